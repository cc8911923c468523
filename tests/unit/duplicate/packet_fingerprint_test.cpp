// Which packets look the same, and which do not: whatever a switch or a router changes, and nothing else.
#include "dataplane/duplicate/packet_fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/fakes/frames.h"
#include "tests/fakes/tunnels.h"

namespace glacis {
namespace {

using frames::Bytes;

const PacketFingerprint kPrint(7);

uint64_t print(const Bytes& frame, LinkType link = LinkType::kEthernet) { return kPrint(frame, link); }
uint64_t print4(const Bytes& packet) { return print(frames::ethernet(frames::kIp4, packet)); }
uint64_t print6(const Bytes& packet) { return print(frames::ethernet(frames::kIp6, packet)); }

frames::Segment segment(size_t payload) {
  Bytes text(payload);
  for (size_t i = 0; i < payload; ++i) text[i] = static_cast<uint8_t>(i * 7);
  return frames::tcp({.flags = kTcpAck}, text);
}
Bytes packet4(size_t payload = 100) { return frames::ip4({}, segment(payload)); }

// As a router sends it on: its header checksum is made anew from all of the header.
Bytes routed(Bytes packet, uint8_t ttl, uint8_t service) {
  packet[8] = ttl;
  packet[1] = service;
  frames::set16(packet, 10, 0);
  const size_t header = (packet[0] & 15U) * 4;
  frames::set16(packet, 10, frames::checksum(std::span(packet).first(header)));
  return packet;
}

TEST(PacketFingerprint, IsTheSameBehindSwitchesAndRouters) {
  for (const size_t payload : {0, 1, 15, 16, 17, 63, 64, 65, 200, 1460}) {
    const Bytes packet = packet4(payload);
    const uint64_t expected = print4(packet);
    ASSERT_NE(expected, 0U);
    for (int ttl = 0; ttl < 256; ++ttl) EXPECT_EQ(print4(routed(packet, static_cast<uint8_t>(ttl), 0)), expected);
    for (int service = 0; service < 256; ++service) {
      EXPECT_EQ(print4(routed(packet, 63, static_cast<uint8_t>(service))), expected) << service;
    }
    EXPECT_EQ(print(frames::ethernet(frames::kIp4, packet, {{0x8100, 7}})), expected) << "a tag";
    EXPECT_EQ(print(frames::ethernet(frames::kIp4, packet, {{0x88a8, 7}, {0x8100, 9}})), expected) << "two tags";
    EXPECT_EQ(print(packet, LinkType::kRawIp), expected) << "another link";
    Bytes padded = frames::ethernet(frames::kIp4, packet);
    padded.resize(padded.size() + 10, 0xee);
    padded[5] ^= 1;
    EXPECT_EQ(print(padded), expected) << "padding, another MAC address";
  }
}

TEST(PacketFingerprint, OfIp6LeavesOutHopLimitClassAndLabel) {
  Bytes packet = frames::ip6(segment(100));
  const uint64_t expected = print6(packet);
  ASSERT_NE(expected, 0U);
  packet[7] = 3;
  packet[1] ^= 0x35;
  packet[3] ^= 0xff;
  EXPECT_EQ(print6(packet), expected);
}

// Every other byte counts; one of an IPv4 header that is changed alone does not fit its checksum any more.
TEST(PacketFingerprint, AnyByteThatChangesAloneMakesItAnother) {
  for (const size_t payload : {0, 5, 16, 64, 100, 1460}) {
    const Bytes packet = packet4(payload), other = frames::ip6(segment(payload));
    for (size_t at = 0; at < packet.size(); ++at) {
      for (const uint8_t flip : {0x01, 0x80}) {
        Bytes changed = packet;
        changed[at] ^= flip;
        EXPECT_NE(print4(changed), print4(packet)) << "byte " << at << " of " << packet.size();
      }
    }
    for (size_t at = 4; at < other.size(); ++at) {
      if (at == 7) continue;
      Bytes changed = other;
      changed[at] ^= 1;
      EXPECT_NE(print6(changed), print6(other)) << "byte " << at << " of " << other.size();
    }
  }
}

TEST(PacketFingerprint, DependsOnTheSeed) {
  const Bytes frame = frames::ethernet(frames::kIp4, packet4());
  EXPECT_NE(PacketFingerprint(1)(frame, LinkType::kEthernet), PacketFingerprint(2)(frame, LinkType::kEthernet));
  EXPECT_EQ(PacketFingerprint(1)(frame, LinkType::kEthernet), PacketFingerprint(1)(frame, LinkType::kEthernet));
}

TEST(PacketFingerprint, LengthsThatDifferInZerosAreDifferent) {
  std::set<uint64_t> prints;
  for (size_t bytes = 0; bytes < 300; ++bytes) prints.insert(print4(frames::ip4({}, frames::udp(1, 2, Bytes(bytes)))));
  EXPECT_EQ(prints.size(), 300U);
}

TEST(PacketFingerprint, WhatIsNoWholeIpPacketHasNone) {
  EXPECT_EQ(print(frames::ethernet(frames::kArp, Bytes(46))), 0U);
  EXPECT_EQ(print({}), 0U);
  const Bytes frame = frames::ethernet(frames::kIp4, packet4()),
              frame6 = frames::ethernet(frames::kIp6, frames::ip6(segment(9)));
  for (size_t bytes = 0; bytes < frame.size(); ++bytes)
    EXPECT_EQ(print(Bytes(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(bytes))), 0U) << bytes;
  for (size_t bytes = 0; bytes < frame6.size(); ++bytes)
    EXPECT_EQ(print(Bytes(frame6.begin(), frame6.begin() + static_cast<ptrdiff_t>(bytes))), 0U) << bytes;
}

// One packet in two of a network's segments is two packets; with two tags it is read by what is in the tunnel.
TEST(PacketFingerprint, OfATunnelTheSegmentCounts) {
  const Bytes inner = frames::ethernet(frames::kIp4, packet4());
  const auto around = [&](uint32_t vni, const std::vector<frames::Tag>& tags) {
    const auto carrier = frames::udp(50'000, 4789, frames::vxlan(inner, vni));
    return print(frames::ethernet(frames::kIp4, frames::ip4({}, carrier), tags));
  };
  const std::vector<frames::Tag> two = {{0x88a8, 7}, {0x8100, 9}};
  EXPECT_NE(around(1, {}), around(2, {}));
  EXPECT_NE(around(1, two), around(2, two));
  EXPECT_NE(around(1, two), print(inner));
  EXPECT_EQ(around(1, two), around(1, {{0x88a8, 8}, {0x8100, 5}}));
}

}  // namespace
}  // namespace glacis
