// Anomalies of one packet alone, and what TCP says beside its ports.
#include <gtest/gtest.h>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_ip(const Bytes& packet) { return decode(ExactCopy(packet).bytes(), LinkType::kRawIp); }

AnomalySet only(Anomaly a) {
  AnomalySet out;
  out.add(a);
  return out;
}

AnomalySet anomalies_of(const Bytes& packet) { return decode_ip(packet).anomalies; }

TEST(DecodeAnomaly, OrdinaryPacketsShowNone) {
  for (const Segment& segment : {tcp({}), tcp({.flags = 0x18}, text("x")), udp(1, 2), icmp(1, 8, 0), sctp(1, 2)}) {
    EXPECT_TRUE(anomalies_of(ip4({}, segment)).empty()) << int{segment.protocol};
  }
  EXPECT_TRUE(anomalies_of(ip6(tcp({}), {padding_options(0)})).empty());
}

TEST(DecodeAnomaly, AWrongChecksumOfAnyLayerIsOne) {
  Bytes header = ip4({}, tcp({}));
  header[8] ^= 1;
  EXPECT_EQ(anomalies_of(header), only(Anomaly::kBadChecksum));
  Bytes segment = ip6(tcp({}, text("x")));
  segment.back() ^= 1;
  EXPECT_EQ(anomalies_of(segment), only(Anomaly::kBadChecksum));
  EXPECT_TRUE(decode_ip(segment).bad_checksum);
}

TEST(DecodeAnomaly, LooseAndStrictSourceRoutesAreOne) {
  for (const uint8_t type : {131, 137}) {
    const Bytes route{1, type, 7, 8, 192, 0, 2, 9};  // the pointer is beyond: its last stop
    EXPECT_EQ(anomalies_of(ip4({.options = route}, tcp({}))), only(Anomaly::kSourceRoute)) << int{type};
  }
  const Bytes record_route{7, 7, 4, 0, 0, 0, 0, 0};
  EXPECT_TRUE(anomalies_of(ip4({.options = record_route}, tcp({}))).empty());
}

TEST(DecodeAnomaly, AnOptionListThatBreaksEndsTheSearch) {
  for (const Bytes& options : {Bytes{7, 0, 131, 7}, Bytes{7, 1, 131, 7}, Bytes{7, 40, 131, 7}, Bytes{0, 131, 7, 4}}) {
    EXPECT_TRUE(anomalies_of(ip4({.options = options}, tcp({}))).empty());
  }
}

// On the way the checksum is that of the last destination (RFC 9293, 3.1; RFC 8200, 8.1).
TEST(DecodeAnomaly, ASourceRoutedPacketOnItsWayIsNotJudgedByItsChecksum) {
  Bytes packet = ip4({.options = {1, 131, 7, 4, 192, 0, 2, 9}}, tcp({}, text("x")));
  packet.back() ^= 1;
  EXPECT_EQ(anomalies_of(packet), only(Anomaly::kSourceRoute));
}

TEST(DecodeAnomaly, ARoutingHeaderOfType0IsOneAndOthersAreNot) {
  for (const uint8_t type : {0, 2, 3, 4}) {
    for (const uint8_t left : {0, 1}) {
      Ip6Header routing{43, {2, type, left, 0, 0, 0, 0}};
      put(routing.bytes, Bytes(16, 0x20));
      Bytes packet = ip6(tcp({}), {routing});
      const AnomalySet expected = type == 0 ? only(Anomaly::kSourceRoute) : AnomalySet{};
      EXPECT_EQ(anomalies_of(packet), expected) << int{type};
      packet[40 + 24 + 18] ^= 1;  // the checksum, not judged on the way
      EXPECT_EQ(decode_ip(packet).bad_checksum, left == 0) << int{type};
    }
  }
}

TEST(DecodeAnomaly, OneAddressAndPortAtBothEndsIsOne) {
  const Ends self{ends4().from, ends4().from}, self6{ends6().from, ends6().from};
  for (const Segment& segment : {tcp({.from = 139, .to = 139}), udp(53, 53), sctp(9, 9)}) {
    EXPECT_EQ(anomalies_of(ip4({.ends = self}, segment)), only(Anomaly::kSameEnds)) << int{segment.protocol};
    EXPECT_EQ(anomalies_of(ip6(segment, {}, self6)), only(Anomaly::kSameEnds)) << int{segment.protocol};
    EXPECT_TRUE(anomalies_of(ip4({}, segment)).empty());
  }
  EXPECT_TRUE(anomalies_of(ip4({.ends = self}, tcp({.from = 139, .to = 140}))).empty());
  EXPECT_TRUE(anomalies_of(ip4({.ends = self}, icmp(1, 8, 0))).empty());
}

TEST(DecodeAnomaly, FlagsThatNoTcpSendsAreOne) {
  for (uint32_t flags = 0; flags < 256; ++flags) {
    const bool syn = flags & 2, fin = flags & 1, rst = flags & 4, ack = flags & 16;
    const bool odd = (flags & 0x3f) == 0 || (syn && (fin || rst)) || (fin && !ack);
    const AnomalySet found = anomalies_of(ip4({}, tcp({.flags = static_cast<uint8_t>(flags)})));
    EXPECT_EQ(found.has(Anomaly::kTcpFlags), odd) << flags;
    EXPECT_EQ(found.has(Anomaly::kUrgentPointer), (flags & 0x20) != 0) << flags;
  }
}

TEST(DecodeAnomaly, PortZeroIsOne) {
  for (const Segment& segment : {tcp({.from = 0}), tcp({.to = 0}), udp(0, 5), udp(5, 0), sctp(0, 5)}) {
    EXPECT_EQ(anomalies_of(ip4({}, segment)), only(Anomaly::kPortZero)) << int{segment.protocol};
  }
  EXPECT_TRUE(anomalies_of(ip4({}, icmp(1, 0, 0))).empty());
}

TEST(DecodeAnomaly, TheUrgentPointerIsReadWhereItsFlagIsSet) {
  for (const uint8_t flags : {0x10, 0x30}) {
    Segment segment = tcp({.flags = flags}, text("abc"));
    set16(segment.bytes, 18, 2);
    const Layers out = decode_ip(ip4({}, segment));
    EXPECT_EQ(out.tcp_urgent, flags == 0x30 ? 2 : 0);
    EXPECT_EQ(out.anomalies.has(Anomaly::kUrgentPointer), flags == 0x30);
  }
}

TEST(DecodeTcpOptions, ASynTellsItsSegmentSizeScaleAndTime) {
  const Layers out =
      decode_ip(ip4({}, tcp({.options = {2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7}})));
  EXPECT_EQ(out.tcp_mss, 1460);
  EXPECT_EQ(out.tcp_window_scale, 7);
  EXPECT_EQ(out.tcp_window, 64240);
  ASSERT_TRUE(out.tcp_has_time);
  EXPECT_EQ(out.tcp_time, 0x01020304u);
  EXPECT_EQ(out.tcp_time_echo, 0x05060708u);
}

TEST(DecodeTcpOptions, SegmentSizeAndScaleCountOnASynAlone) {
  const Layers out = decode_ip(ip4({}, tcp({.flags = 0x10, .options = {2, 4, 5, 180, 3, 3, 7, 0}})));
  EXPECT_EQ(out.tcp_mss, 0);
  EXPECT_EQ(out.tcp_window_scale, 0xff);
  EXPECT_FALSE(out.tcp_has_time);
}

TEST(DecodeTcpOptions, AScaleBeyond14Is14) {
  EXPECT_EQ(decode_ip(ip4({}, tcp({.options = {3, 3, 200, 0}}))).tcp_window_scale, 14);
}

TEST(DecodeTcpOptions, AListThatBreaksCountsUpToThere) {
  const Bytes then_time{8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0};
  for (const Bytes& broken : {Bytes{2, 4, 5, 180, 9, 0, 1, 1}, Bytes{2, 4, 5, 180, 9, 1, 1, 1},
                              Bytes{2, 4, 5, 180, 0, 1, 1, 1}, Bytes{2, 4, 5, 180, 9, 17, 1, 1}}) {
    Bytes options = broken;
    put(options, then_time);
    const Layers out = decode_ip(ip4({}, tcp({.options = options})));
    EXPECT_EQ(out.result, DecodeResult::kOk);
    EXPECT_EQ(out.tcp_mss, 1460);
    EXPECT_FALSE(out.tcp_has_time);
  }
}

}  // namespace
}  // namespace glacis
