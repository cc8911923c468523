// decode_usual and decode_brief against decode, their plain twin.
#include "dataplane/decode/decode_usual.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <sstream>

#include "dataplane/decode/decode.h"
#include "dataplane/decode/decode_brief.h"
#include "tests/fakes/frames.h"
#include "tests/fakes/same_layers.h"

namespace glacis {
namespace {

using frames::Bytes;

std::string hex(const Bytes& frame) {
  std::ostringstream out;
  for (const uint8_t byte : frame) out << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
  return out.str();
}

// In a block of exactly its size, so that a sanitizer sees a read beyond it.
class Exactly {
 public:
  explicit Exactly(const Bytes& frame) : size_(frame.size()), copy_(new uint8_t[size_]) {
    std::copy(frame.begin(), frame.end(), copy_.get());
  }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return {copy_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> copy_;
};

bool decodes(const Bytes& frame, Layers& out, Checksums checksums = Checksums::kVerify) {
  return decode_usual(Exactly(frame).bytes(), out, checksums);
}

// Of those that decode_usual() takes, IPv4 alone has a brief.
bool has_brief(const Bytes& frame, Brief& out, Checksums checksums = Checksums::kVerify) {
  return decode_brief(Exactly(frame).bytes(), checksums, out);
}

void expect_brief_of(const Bytes& frame, const Layers& layers, Checksums checksums = Checksums::kVerify) {
  Brief brief;
  ASSERT_EQ(has_brief(frame, brief, checksums), layers.key.ip_version == 4) << hex(frame);
  if (layers.key.ip_version == 6) return;
  ASSERT_TRUE(same_brief(brief, Brief(layers))) << hex(frame);
}

Bytes tagged(const Bytes& frame, uint16_t tci) {
  Bytes out(frame.begin(), frame.begin() + 12);
  frames::put16(out, 0x8100);
  frames::put16(out, tci);
  out.insert(out.end(), frame.begin() + 12, frame.end());
  return out;
}

std::vector<Bytes> usual_frames() {
  std::vector<Bytes> out;
  for (const bool back : {false, true}) {
    const frames::Ends ends = back ? frames::Ends{frames::ends4().to, frames::ends4().from} : frames::ends4();
    const frames::Ends ends6 = back ? frames::Ends{frames::ends6().to, frames::ends6().from} : frames::ends6();
    for (const size_t payload : {0, 1, 7, 8, 9, 26, 1399}) {
      const Bytes bytes(payload, 0xab);
      const auto push = [&](const frames::Segment& segment) {
        out.push_back(frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, segment)));
        out.push_back(tagged(out.back(), 0x6123));
        out.push_back(frames::ethernet(frames::kIp6, frames::ip6(segment, {}, ends6)));
        out.push_back(tagged(out.back(), 0x0001));
      };
      push(frames::tcp({}, bytes));
      push(frames::tcp({.flags = kTcpAck, .options = {2, 4, 5, 180}}, bytes));
      push(frames::udp(53, 40'000, bytes));
    }
  }
  return out;
}

TEST(DecodeUsual, TakesTheUsualFrames) {
  for (const Bytes& frame : usual_frames()) {
    Layers out;
    ASSERT_TRUE(decodes(frame, out)) << hex(frame);
    EXPECT_TRUE(same_layers(out, decode(frame, LinkType::kEthernet))) << hex(frame);
    EXPECT_FALSE(out.bad_checksum) << hex(frame);
    expect_brief_of(frame, out);
  }
}

TEST(DecodeUsual, TheLowerEndIsThatOfItsTwin) {
  std::mt19937 random(12);
  for (int i = 0; i < 20'000; ++i) {
    // Ends that differ late, or in their ports alone.
    frames::Ends four = frames::ends4(), six = frames::ends6();
    const size_t first_that_differs = random() % 17;
    for (size_t at = 0; at < 16; ++at) {
      six.to.bytes[at] = at < first_that_differs ? six.from.bytes[at] : static_cast<uint8_t>(random());
      if (at >= 12) four.to.bytes[at] = at < first_that_differs ? four.from.bytes[at] : static_cast<uint8_t>(random());
    }
    const auto segment = frames::udp(static_cast<uint16_t>(random() % 3), static_cast<uint16_t>(random() % 3), {});
    for (const Bytes& frame : {frames::ethernet(frames::kIp4, frames::ip4({.ends = four}, segment)),
                               frames::ethernet(frames::kIp6, frames::ip6(segment, {}, six))}) {
      Layers out;
      ASSERT_TRUE(decodes(frame, out)) << hex(frame);
      ASSERT_TRUE(same_layers(out, decode(frame, LinkType::kEthernet))) << hex(frame);
      expect_brief_of(frame, out);
    }
  }
}

TEST(DecodeUsual, ChecksumsThatSomebodyVerifiedAreNotSummed) {
  for (Bytes frame : usual_frames()) {
    frame.back() ^= 0x55;
    frame[frame[12] == 0x81 ? 18 + 10 : 14 + 10] ^= 0x55;  // IPv4's own, too
    Layers out;
    if (!decodes(frame, out, Checksums::kKnownGood)) continue;
    EXPECT_FALSE(out.bad_checksum);
    EXPECT_TRUE(same_layers(out, decode(frame, LinkType::kEthernet, Checksums::kKnownGood))) << hex(frame);
    expect_brief_of(frame, out, Checksums::kKnownGood);
    out.bad_checksum = true;
    EXPECT_TRUE(same_layers(out, decode(frame, LinkType::kEthernet))) << hex(frame);
  }
}

TEST(DecodeUsual, WhateverItTakesItDecodesAsItsTwin) {
  std::mt19937 random(11);
  size_t taken = 0, bad = 0;
  const std::vector<Bytes> frames = usual_frames();
  for (int i = 0; i < 200'000; ++i) {
    Bytes frame = frames[random() % frames.size()];
    if (random() % 3 == 0) frame.resize(random() % (frame.size() + 1));
    if (random() % 3 == 0) frame.resize(frame.size() + random() % 20);
    // Mostly where the headers are.
    for (size_t n = random() % 4; n > 0 && !frame.empty(); --n) {
      frame[random() % std::min<size_t>(frame.size(), 80)] = static_cast<uint8_t>(random());
    }
    Layers out;
    if (!decodes(frame, out)) {
      Brief none;
      ASSERT_FALSE(has_brief(frame, none)) << "seed 11, round " << i << ": " << hex(frame);
      continue;
    }
    ++taken;
    const Layers plain = decode(frame, LinkType::kEthernet);
    bad += plain.bad_checksum;
    ASSERT_TRUE(same_layers(out, plain)) << "seed 11, round " << i << ": " << hex(frame);
    expect_brief_of(frame, plain);
  }
  EXPECT_GT(taken, 50'000u);
  EXPECT_GT(bad, 10'000u);
  EXPECT_GT(taken - bad, 10'000u);
}

}  // namespace
}  // namespace glacis
