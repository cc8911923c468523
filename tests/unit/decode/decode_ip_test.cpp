#include <gtest/gtest.h>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_ip(const Bytes& packet) { return decode(ExactCopy(packet).bytes(), LinkType::kRawIp); }

TEST(DecodeIp4, OptionsAreSteppedOver) {
  const Layers out = decode_ip(ip4({.options = Bytes{7, 7, 4, 0, 0, 0, 0, 0}}, tcp({}, text("abc"))));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.l4_offset, 28);
  EXPECT_EQ(out.payload_offset, 48);
  EXPECT_EQ(out.payload_bytes, 3);
  EXPECT_FALSE(out.bad_checksum);
}

TEST(DecodeIp4, EthernetPaddingIsNoPayload) {
  Bytes frame = ethernet(kIp4, ip4({}, tcp({.flags = 0x10})));
  frame.resize(60, 0xee);
  const Layers out = decode(ExactCopy(frame).bytes(), LinkType::kEthernet);
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.payload_bytes, 0);
  EXPECT_EQ(out.l3_bytes, 40u);
  EXPECT_FALSE(out.bad_checksum);
}

TEST(DecodeIp4, AWrongHeaderChecksumIsReportedAndThePacketIsKeyed) {
  Bytes packet = ip4({}, tcp({}));
  packet[8] ^= 1;  // the time to live
  const Layers out = decode_ip(packet);
  EXPECT_EQ(out.result, DecodeResult::kOk);
  EXPECT_TRUE(out.bad_checksum);
}

TEST(DecodeIp4, ATotalLengthBelowTheHeaderIsABadLength) {
  EXPECT_EQ(decode_ip(ip4({.total_length = 19}, tcp({}))).result, DecodeResult::kBadLength);
}

TEST(DecodeIp4, ATotalLengthBeyondTheCaptureIsTruncated) {
  EXPECT_EQ(decode_ip(ip4({.total_length = 41}, tcp({}))).result, DecodeResult::kTruncated);
}

TEST(DecodeIp4, ATotalLengthThatEndsInTheTcpHeaderIsABadLength) {
  EXPECT_EQ(decode_ip(ip4({.total_length = 39}, tcp({}))).result, DecodeResult::kBadLength);
}

TEST(DecodeIp4, ATotalLengthOfZeroIsThatOfASegmentedSend) {
  const Layers out = decode_ip(ip4({.total_length = 0}, tcp({}, Bytes(3000, 'x'))));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.payload_bytes, 3000);
}

TEST(DecodeIp4, ASuperFrameOf64KilobytesIsKeyedWithItsWholePayload) {
  const size_t most = 65535 - 14 - 40;
  const Bytes frame = ethernet(kIp4, ip4({}, tcp({}, Bytes(most, 'x'))));
  const Layers out = decode(ExactCopy(frame).bytes(), LinkType::kEthernet);
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.payload_bytes, most);
  EXPECT_FALSE(out.bad_checksum);
}

TEST(DecodeIp4, AWrongVersionOrHeaderLengthIsABadHeader) {
  Bytes packet = ip4({}, tcp({}));
  packet[0] = 0x44;
  EXPECT_EQ(decode_ip(packet).result, DecodeResult::kBadHeader);
  Bytes frame = ethernet(kIp4, ip4({}, tcp({})));
  frame[14] = 0x65;
  EXPECT_EQ(decode(ExactCopy(frame).bytes(), LinkType::kEthernet).result, DecodeResult::kBadHeader);
}

TEST(DecodeIp6, ExtensionHeadersAreSteppedOver) {
  const Layers out =
      decode_ip(ip6(udp(1000, 53, text("q")), {padding_options(0), padding_options(43), padding_options(60)}));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.key.protocol, kIpProtoUdp);
  EXPECT_EQ(out.l4_offset, 64);
  EXPECT_EQ(out.payload_bytes, 1);
  EXPECT_FALSE(out.bad_checksum);
}

TEST(DecodeIp6, EightExtensionHeadersAreReadAndNineAreTooDeep) {
  EXPECT_EQ(decode_ip(ip6(tcp({}), std::vector<Ip6Header>(8, padding_options(60)))).result, DecodeResult::kOk);
  const Layers beyond = decode_ip(ip6(tcp({}), std::vector<Ip6Header>(9, padding_options(60))));
  EXPECT_EQ(beyond.result, DecodeResult::kOk) << "a flow without ports";
  EXPECT_EQ(beyond.key.protocol, 60);
  EXPECT_TRUE(beyond.anomalies.has(Anomaly::kTooDeep));
}

// RFC 4302: length in words of 4 bytes, less two.
Ip6Header authentication(size_t icv_bytes) {
  Ip6Header out{51, {static_cast<uint8_t>(icv_bytes / 4 + 1), 0, 0}};
  out.bytes.resize(out.bytes.size() + 8 + icv_bytes);
  return out;
}

TEST(DecodeIp6, AnAuthenticationHeaderIsSteppedOver) {
  for (const size_t icv : {0, 12, 16, 32}) {
    const Layers out = decode_ip(ip6(udp(1000, 53, text("q")), {authentication(icv), padding_options(60)}));
    ASSERT_EQ(out.result, DecodeResult::kOk) << icv;
    EXPECT_EQ(out.key.protocol, kIpProtoUdp);
    EXPECT_EQ(out.destination_port(), 53);
    EXPECT_FALSE(out.bad_checksum);
  }
}

TEST(DecodeIp4, AnAuthenticationHeaderIsSteppedOver) {
  Bytes body{6, 4, 0, 0};  // TCP next, 24 bytes
  body.resize(24);
  put(body, finished(tcp({.from = 9, .to = 443}, text("abc")), ends4()));
  const Layers out = decode_ip(ip4_raw({}, 51, body));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.key.protocol, kIpProtoTcp);
  EXPECT_EQ(out.destination_port(), 443);
  EXPECT_EQ(out.l4_offset, 44);
  EXPECT_EQ(out.payload_bytes, 3);
  EXPECT_FALSE(out.bad_checksum);
}

TEST(DecodeIp4, EncryptedPayloadIsOpaque) {
  for (const Bytes& packet : {ip4_raw({}, 50, Bytes(40)), ip6_raw(ends6(), {padding_options(60)}, 50, Bytes(40))}) {
    const Layers out = decode_ip(packet);
    ASSERT_EQ(out.result, DecodeResult::kOk);
    EXPECT_EQ(out.key.protocol, 50);
    EXPECT_EQ(out.key.low_port, 0);
  }
}

TEST(DecodeIp4, TheHopLimitIsRead) {
  EXPECT_EQ(decode_ip(ip4({}, udp(1, 2))).ttl, 64);
  Bytes six = ip6(udp(1, 2));
  six[7] = 3;
  EXPECT_EQ(decode_ip(six).ttl, 3);
}

TEST(DecodeIp6, AnExtensionHeaderThatReachesPastThePacketIsABadLength) {
  Ip6Header header = padding_options(60);
  header.bytes[0] = 255;
  EXPECT_EQ(decode_ip(ip6(tcp({}), {header})).result, DecodeResult::kBadLength);
}

TEST(DecodeIp6, APayloadLengthOfZeroIsThatOfASegmentedSend) {
  Bytes packet = ip6(tcp({}, Bytes(2000, 'x')));
  set16(packet, 4, 0);
  const Layers out = decode_ip(packet);
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.payload_bytes, 2000);
}

TEST(DecodeIp6, NoNextHeaderIsKeyedWithoutPadding) {
  Bytes frame = ethernet(kIp6, ip6_raw(ends6(), {}, 59, {}));
  frame.resize(60);
  const Layers out = decode(ExactCopy(frame).bytes(), LinkType::kEthernet);
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.l3_bytes, 40u);
  EXPECT_EQ(out.key.protocol, 59);
}

TEST(DecodeIp6, AJumbogramIsABadLength) {
  Bytes packet = ip6(tcp({}), {padding_options(0)});
  set16(packet, 4, 0);
  EXPECT_EQ(decode_ip(packet).result, DecodeResult::kBadLength);
}

TEST(DecodeIp6, AnotherVersionIsABadHeader) {
  Bytes frame = ethernet(kIp6, ip6(tcp({})));
  frame[14] = 0x45;
  EXPECT_EQ(decode(ExactCopy(frame).bytes(), LinkType::kEthernet).result, DecodeResult::kBadHeader);
}

}  // namespace
}  // namespace glacis
