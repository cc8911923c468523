#include <gtest/gtest.h>

#include <cstring>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_ip(const Bytes& packet) { return decode(ExactCopy(packet).bytes(), LinkType::kRawIp); }

Ends turned(const Ends& ends) { return {ends.to, ends.from}; }

TEST(DecodeTcp, NumbersFlagsAndPayloadAreRead) {
  const Layers out = decode_ip(ip4(
      {},
      tcp({.from = 40000, .to = 443, .seq = 0xfffffff0, .ack = 77, .flags = kTcpPsh | kTcpAck, .options = Bytes(12, 1)},
          text("hello"))));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.tcp_seq, 0xfffffff0u);
  EXPECT_EQ(out.tcp_ack, 77u);
  EXPECT_EQ(out.tcp_flags, kTcpPsh | kTcpAck);
  EXPECT_EQ(out.payload_offset, 52);
  EXPECT_EQ(out.payload_bytes, 5);
  EXPECT_EQ(out.source(), ends4().from);
  EXPECT_EQ(out.source_port(), 40000);
  EXPECT_EQ(out.destination(), ends4().to);
  EXPECT_EQ(out.destination_port(), 443);
}

TEST(DecodeTcp, BothDirectionsHaveTheSameBytesAsKey) {
  for (const Ends& ends : {ends4(), turned(ends4())}) {
    const Layers there = decode_ip(ip4({.ends = ends}, tcp({.from = 1024, .to = 80})));
    const Layers back = decode_ip(ip4({.ends = turned(ends)}, tcp({.from = 80, .to = 1024})));
    EXPECT_EQ(std::memcmp(&there.key, &back.key, sizeof there.key), 0);
    EXPECT_NE(there.from_low, back.from_low);
    EXPECT_LE(there.key.low, there.key.high);
  }
}

TEST(DecodeTcp, WithEqualAddressesTheLowerPortStandsFirst) {
  const Ends self{ends4().from, ends4().from};
  const Layers out = decode_ip(ip4({.ends = self}, tcp({.from = 9000, .to = 22})));
  EXPECT_EQ(out.key.low_port, 22);
  EXPECT_FALSE(out.from_low);
}

TEST(DecodeTcp, AnOffsetBelowFiveIsABadHeader) {
  Bytes packet = ip4({}, tcp({}));
  packet[32] = 0x40;
  EXPECT_EQ(decode_ip(packet).result, DecodeResult::kBadHeader);
}

TEST(DecodeTcp, AnOffsetBeyondThePacketIsABadLength) {
  Bytes packet = ip4({}, tcp({}));
  packet[32] = 0xf0;
  EXPECT_EQ(decode_ip(packet).result, DecodeResult::kBadLength);
}

TEST(DecodeChecksum, ARightOneIsNotReportedAndAFlippedBitIs) {
  const Segment segments[] = {tcp({}, text("odd")), udp(53, 53, text("even")), icmp(1, 8, 0, text("echo"))};
  for (const Segment& segment : segments) {
    Bytes packet = ip4({}, segment);
    EXPECT_FALSE(decode_ip(packet).bad_checksum) << int{segment.protocol};
    packet.back() ^= 1;
    EXPECT_TRUE(decode_ip(packet).bad_checksum) << int{segment.protocol};
    EXPECT_EQ(decode_ip(packet).result, DecodeResult::kOk) << int{segment.protocol};
  }
  const Segment segments6[] = {tcp({}, text("odd")), udp(53, 53, text("even")), icmp(58, 128, 0, text("echo"))};
  for (const Segment& segment : segments6) {
    Bytes packet = ip6(segment);
    EXPECT_FALSE(decode_ip(packet).bad_checksum) << int{segment.protocol};
    packet.back() ^= 1;
    EXPECT_TRUE(decode_ip(packet).bad_checksum) << int{segment.protocol};
  }
}

TEST(DecodeChecksum, AUdpChecksumOfZeroIsNone) {
  Segment segment = udp(53, 4000, text("answer"));
  EXPECT_FALSE(decode_ip(ip4_raw({}, 17, segment.bytes)).bad_checksum);
}

TEST(DecodeUdp, ItsOwnLengthCutsThePayload) {
  Bytes body = finished(udp(53, 4000, text("abcd")), ends4());
  put(body, text("trailer"));
  const Layers out = decode_ip(ip4_raw({}, 17, body));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.payload_bytes, 4);
  EXPECT_FALSE(out.bad_checksum);
}

TEST(DecodeUdp, ALengthThatContradictsThePacketIsABadLength) {
  for (const uint32_t length : {1u, 7u, 13u, 65535u}) {
    Bytes body = udp(53, 4000, text("abcd")).bytes;
    set16(body, 4, length);
    EXPECT_EQ(decode_ip(ip4_raw({}, 17, body)).result, DecodeResult::kBadLength) << length;
  }
}

TEST(DecodeSctp, PortsAndChunksAreRead) {
  const Layers out = decode_ip(ip4({}, sctp(36412, 36412, Bytes(20))));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.key.protocol, kIpProtoSctp);
  EXPECT_EQ(out.key.low_port, 36412);
  EXPECT_EQ(out.payload_bytes, 20);
}

TEST(DecodeOther, AProtocolWithoutPortsIsKeyedByItsNumber) {
  const Layers out = decode_ip(ip4_raw({}, 46, Bytes(12, 5)));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.key.protocol, 46);
  EXPECT_EQ(out.key.low_port, 0);
  EXPECT_EQ(out.key.high_port, 0);
  EXPECT_EQ(out.payload_bytes, 0);
}

}  // namespace
}  // namespace glacis
