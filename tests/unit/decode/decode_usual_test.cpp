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

Bytes time_stamps() { return {1, 1, 8, 10, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x23}; }

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
      push(frames::tcp({.flags = kTcpAck, .options = time_stamps()}, bytes));
      push(frames::tcp({.options = {2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7}}, bytes));
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
    const auto segment =
        frames::udp(static_cast<uint16_t>(1 + random() % 3), static_cast<uint16_t>(1 + random() % 3), {});
    for (const Bytes& frame : {frames::ethernet(frames::kIp4, frames::ip4({.ends = four}, segment)),
                               frames::ethernet(frames::kIp6, frames::ip6(segment, {}, six))}) {
      Layers out;
      const Layers plain = decode(frame, LinkType::kEthernet);
      ASSERT_EQ(decodes(frame, out), !plain.anomalies.has(Anomaly::kSameEnds)) << hex(frame);
      if (plain.anomalies.has(Anomaly::kSameEnds)) continue;
      ASSERT_TRUE(same_layers(out, plain)) << hex(frame);
      expect_brief_of(frame, out);
    }
  }
}

// Whether decode_usual and decode_brief leave a frame to decode().
void expect_left(const Bytes& frame) {
  Layers out;
  Brief brief;
  EXPECT_FALSE(decodes(frame, out)) << hex(frame);
  EXPECT_FALSE(has_brief(frame, brief)) << hex(frame);
}

void expect_left(const frames::Segment& segment, bool same_ends = false) {
  frames::Ends four = frames::ends4(), six = frames::ends6();
  if (same_ends) four.to = four.from, six.to = six.from;
  expect_left(frames::ethernet(frames::kIp4, frames::ip4({.ends = four}, segment)));
  expect_left(frames::ethernet(frames::kIp6, frames::ip6(segment, {}, six)));
}

TEST(DecodeUsual, WhatIsAnAnomalyIsLeftToItsTwin) {
  expect_left(frames::tcp({.from = 7, .to = 7, .flags = kTcpAck}), true);
  expect_left(frames::udp(7, 7), true);
  for (const auto& [from, to] : {std::pair<uint16_t, uint16_t>{0, 80}, {80, 0}, {0, 0}}) {
    expect_left(frames::tcp({.from = from, .to = to, .flags = kTcpAck}));
    expect_left(frames::udp(from, to));
  }
  for (const int flags : {0x00, 0x03, 0x06, 0x01, 0x20, 0x30, 0x29, 0xc0}) {
    expect_left(frames::tcp({.flags = static_cast<uint8_t>(flags)}));
  }
}

TEST(DecodeUsual, WhatMayBeATunnelIsLeftToItsTwin) {
  for (const uint16_t port : {4789, 8472, 6081, 2152, 3544}) expect_left(frames::udp(40'000, port, Bytes(60)));
  expect_left(frames::udp(3544, 40'000, Bytes(60)));
  for (const uint8_t protocol : {4, 41, 47}) {
    expect_left(frames::ethernet(frames::kIp4, frames::ip4_raw({}, protocol, Bytes(60))));
    expect_left(frames::ethernet(frames::kIp6, frames::ip6_raw(frames::ends6(), {}, protocol, Bytes(60))));
  }
}

// The mask of port bits says "perhaps" for some ports that are none.
TEST(DecodeUsual, EveryOtherUdpPortIsUsual) {
  for (uint32_t port = 1; port <= 0xffff; ++port) {
    const bool tunnel = port == 4789 || port == 8472 || port == 6081 || port == 2152 || port == 3544;
    const Bytes to = frames::ethernet(frames::kIp4, frames::ip4({}, frames::udp(9, static_cast<uint16_t>(port))));
    const Bytes from = frames::ethernet(frames::kIp4, frames::ip4({}, frames::udp(static_cast<uint16_t>(port), 9)));
    Layers out;
    ASSERT_EQ(decodes(to, out), !tunnel) << port;
    ASSERT_EQ(decodes(from, out), port != 3544) << port;
  }
}

TEST(DecodeUsual, VlansThatAreNoPartOfTheKeyAreLeftOut) {
  DecodeOptions options;
  options.vlan_in_key = VlanInKey::kNo;
  const Bytes frame = tagged(frames::ethernet(frames::kIp4, frames::ip4({}, frames::tcp({}))), 0x6123);
  Layers out;
  Brief brief;
  ASSERT_TRUE(decode_usual(frame, out, options));
  ASSERT_TRUE(decode_brief(frame, options, brief));
  EXPECT_EQ(out.key.vlan_outer, 0);
  EXPECT_TRUE(same_layers(out, decode(frame, LinkType::kEthernet, options)));
  EXPECT_TRUE(same_brief(brief, Brief(out)));
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
    out.anomalies.add(Anomaly::kBadChecksum);
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
