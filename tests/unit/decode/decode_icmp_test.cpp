#include <gtest/gtest.h>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_ip(const Bytes& packet) { return decode(ExactCopy(packet).bytes(), LinkType::kRawIp); }

Ends turned(const Ends& ends) { return {ends.to, ends.from}; }

TEST(DecodeIcmp, TypeAndCounterpartStandForPorts) {
  const Layers out = decode_ip(ip4({}, icmp(1, 8, 0)));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.source_port(), 8);
  EXPECT_EQ(out.destination_port(), 0);
}

TEST(DecodeIcmp, RequestAndReplyAreOneFlow) {
  const std::pair<uint8_t, uint8_t> pairs4[] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
  for (const auto& [request, reply] : pairs4) {
    const Layers there = decode_ip(ip4({}, icmp(1, request, 0)));
    const Layers back = decode_ip(ip4({.ends = turned(ends4())}, icmp(1, reply, 0)));
    EXPECT_EQ(there.key, back.key) << int{request};
    EXPECT_NE(there.from_low, back.from_low) << int{request};
  }
  const std::pair<uint8_t, uint8_t> pairs6[] = {{128, 129}, {133, 134}, {135, 136}, {130, 131}, {139, 140}, {144, 145}};
  for (const auto& [request, reply] : pairs6) {
    const Layers there = decode_ip(ip6(icmp(58, request, 0)));
    const Layers back = decode_ip(ip6(icmp(58, reply, 0), {}, turned(ends6())));
    EXPECT_EQ(there.key, back.key) << int{request};
  }
}

TEST(DecodeIcmp, AOneWayTypeHasItsCodeAsOtherPort) {
  const Layers out = decode_ip(ip6(icmp(58, 143, 9)));
  EXPECT_EQ(out.source_port(), 143);
  EXPECT_EQ(out.destination_port(), 9);
}

TEST(DecodeIcmp, AnErrorBelongsToTheFlowItQuotes) {
  const Layers sent = decode_ip(ip4({}, udp(33000, 161, text("x"))));
  for (const uint8_t type : {3, 4, 5, 11, 12}) {
    Bytes quoted = ip4({}, udp(33000, 161, text("x")));
    const Ends from_router{IpAddress::v4(192, 0, 2, 1), ends4().from};
    const Layers out = decode_ip(ip4({.ends = from_router}, icmp(1, type, 3, quoted)));
    ASSERT_EQ(out.result, DecodeResult::kOk) << int{type};
    EXPECT_TRUE(out.icmp_error);
    EXPECT_EQ(out.key, sent.key);
    EXPECT_NE(out.from_low, sent.from_low) << "the error travels the other way";
    EXPECT_EQ(out.payload_bytes, 0);
    EXPECT_FALSE(out.bad_checksum);
  }
}

TEST(DecodeIcmp, EightQuotedBytesAreEnough) {
  Bytes quoted = ip4({}, tcp({.from = 50000, .to = 22}));
  quoted.resize(28);
  const Layers out = decode_ip(ip4({.ends = turned(ends4())}, icmp(1, 3, 1, quoted)));
  ASSERT_TRUE(out.icmp_error);
  EXPECT_EQ(out.key.protocol, kIpProtoTcp);
  EXPECT_EQ(out.destination_port(), 50000);
  EXPECT_EQ(out.tcp_flags, 0);
}

TEST(DecodeIcmp, AnErrorOfVersion6BelongsToTheFlowItQuotes) {
  const Layers sent = decode_ip(ip6(tcp({})));
  const Layers out = decode_ip(ip6(icmp(58, 1, 4, ip6(tcp({}))), {}, turned(ends6())));
  ASSERT_TRUE(out.icmp_error);
  EXPECT_EQ(out.key, sent.key);
}

TEST(DecodeIcmp, AnErrorKeepsTheVlanItCameOn) {
  const Bytes error = ip4({.ends = turned(ends4())}, icmp(1, 3, 3, ip4({}, udp(1, 2))));
  const Layers out =
      decode(ExactCopy(ethernet(kIp4, error, {{0x8100, 12}, {0x8100, 13}})).bytes(), LinkType::kEthernet);
  ASSERT_TRUE(out.icmp_error);
  EXPECT_EQ(out.key.vlan_outer, 12);
  EXPECT_EQ(out.key.vlan_inner, 13);
}

TEST(DecodeIcmp, AnErrorThatQuotesNothingUsableIsKeyedByItself) {
  const Bytes unusable[] = {{}, Bytes(19, 0x45), ip4_raw({.fragment = 5}, 6, Bytes(8)), Bytes(40, 0xff)};
  for (const Bytes& quoted : unusable) {
    const Layers out = decode_ip(ip4({}, icmp(1, 3, 13, quoted)));
    ASSERT_EQ(out.result, DecodeResult::kOk);
    EXPECT_FALSE(out.icmp_error);
    EXPECT_EQ(out.source_port(), 3);
    EXPECT_EQ(out.destination_port(), 13);
  }
}

TEST(DecodeIcmp, AnErrorInsideAnErrorIsKeyedByTheInnerMessageAlone) {
  const Bytes inner = ip4({}, icmp(1, 3, 1, ip4({}, udp(1, 2))));
  const Layers out = decode_ip(ip4({.ends = turned(ends4())}, icmp(1, 11, 0, inner)));
  ASSERT_TRUE(out.icmp_error);
  EXPECT_EQ(out.key.protocol, kIpProtoIcmp);
}

TEST(DecodeIcmp, AnErrorWithAWrongChecksumIsReported) {
  Bytes packet = ip4({}, icmp(1, 3, 3, ip4({}, udp(1, 2))));
  packet.back() ^= 0x10;
  const Layers out = decode_ip(packet);
  EXPECT_TRUE(out.icmp_error);
  EXPECT_TRUE(out.bad_checksum);
}

}  // namespace
}  // namespace glacis
