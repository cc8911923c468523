#include <gtest/gtest.h>

#include <random>
#include <string>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

struct Example {
  const char* name;
  LinkType link;
  Bytes frame;
};

std::vector<Example> examples() {
  const Bytes quoted = ip4({}, tcp({}));
  return {
      {"tcp4", LinkType::kEthernet, ethernet(kIp4, ip4({}, tcp({.options = Bytes(8, 1)}, text("payload"))))},
      {"udp4", LinkType::kEthernet, ethernet(kIp4, ip4({}, udp(53, 5353, text("dns"))), {{0x88a8, 3}, {0x8100, 4}})},
      {"sctp4", LinkType::kEthernet, ethernet(kIp4, ip4({}, sctp(1, 2, Bytes(4))))},
      {"icmp4", LinkType::kEthernet, ethernet(kIp4, ip4({}, icmp(1, 8, 0)))},
      {"icmp4 error", LinkType::kEthernet, ethernet(kIp4, ip4({}, icmp(1, 3, 0, quoted)))},
      {"tcp6", LinkType::kRawIp, ip6(tcp({}, text("payload")), {padding_options(0), padding_options(60)})},
      {"udp6", LinkType::kRawIp6, ip6(udp(1, 2), {fragment_header(0)})},
      {"icmp6 error", LinkType::kEthernet, ethernet(kIp6, ip6(icmp(58, 1, 0, ip6(udp(1, 2)))))},
      {"other", LinkType::kRawIp4, ip4_raw({}, 47, Bytes(9))},
  };
}

TEST(DecodeHostile, EveryExampleIsWholeBeforeItIsCut) {
  for (const Example& example : examples()) {
    EXPECT_EQ(decode(ExactCopy(example.frame).bytes(), example.link).result, DecodeResult::kOk) << example.name;
  }
}

TEST(DecodeHostile, CutAtEveryLengthAFrameIsTruncatedAndNothingBeyondIsRead) {
  for (const Example& example : examples()) {
    for (size_t kept = 0; kept < example.frame.size(); ++kept) {
      const ExactCopy cut(std::span(example.frame).first(kept));
      const DecodeResult result = decode(cut.bytes(), example.link).result;
      EXPECT_TRUE(result == DecodeResult::kTruncated || result == DecodeResult::kBadLength)
          << example.name << " cut to " << kept << " gives " << static_cast<int>(result);
    }
  }
}

std::string hex(const Bytes& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t b : bytes) {
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

// What every step behind decode relies on.
void expect_sound(const Layers& out, const Bytes& frame, const std::string& what) {
  if (out.result != DecodeResult::kOk) return;
  EXPECT_LE(out.payload_offset + out.payload_bytes, frame.size()) << what;
  EXPECT_LE(out.l3_offset, frame.size()) << what;
  EXPECT_LE(std::pair(out.key.low, out.key.low_port), std::pair(out.key.high, out.key.high_port)) << what;
  EXPECT_TRUE(out.key.ip_version == 4 || out.key.ip_version == 6) << what;
  for (const uint8_t zero : out.key.zero) EXPECT_EQ(zero, 0) << what;
}

TEST(DecodeHostile, AnyBitFlipsLeaveOffsetsInsideTheFrame) {
  constexpr unsigned kSeed = 20261124;
  std::mt19937 random(kSeed);
  for (const Example& example : examples()) {
    for (int round = 0; round < 5000; ++round) {
      Bytes frame = example.frame;
      for (unsigned flips = 1 + random() % 6; flips != 0; --flips) {
        frame[random() % frame.size()] ^= static_cast<uint8_t>(1u << random() % 8);
      }
      frame.resize(random() % 4 == 0 ? random() % (frame.size() + 1) : frame.size());
      const std::string what = "seed " + std::to_string(kSeed) + ", " + example.name + ", " + hex(frame);
      expect_sound(decode(ExactCopy(frame).bytes(), example.link), frame, what);
    }
  }
}

TEST(DecodeHostile, AFrameLongerThanAnyIpPacketIsReadToItsIpLength) {
  Bytes frame = ethernet(kIp4, ip4({}, tcp({}, text("x"))));
  frame.resize(200'000);
  const Layers out = decode(ExactCopy(frame).bytes(), LinkType::kEthernet);
  EXPECT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.payload_bytes, 1);
}

}  // namespace
}  // namespace glacis
