// What stands between a link's header and IP: LLC, MACsec, MPLS, PPPoE, PPP, and captures' own headers.
#include <gtest/gtest.h>

#include "dataplane/decode/decode.h"
#include "tests/fakes/tunnels.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_copy(const Bytes& frame, LinkType link = LinkType::kEthernet) {
  return decode(ExactCopy(frame).bytes(), link);
}

Bytes packet4() { return ip4({}, tcp({}, text("hello"))); }
Bytes packet6() { return ip6(tcp({}, text("hello"))); }

void expect_flow(const Layers& out, const Bytes& frame, const Bytes& packet, const char* what) {
  ASSERT_EQ(out.result, DecodeResult::kOk) << what;
  FlowKey alone = decode_copy(packet, LinkType::kRawIp).key;
  alone.vlan_outer = out.key.vlan_outer;
  alone.vlan_inner = out.key.vlan_inner;
  EXPECT_EQ(out.key, alone) << what;
  EXPECT_EQ(out.payload_bytes, 5) << what;
  EXPECT_EQ(text("hello"), Bytes(frame.begin() + out.payload_offset, frame.begin() + out.payload_offset + 5)) << what;
  EXPECT_EQ(out.tunnels, 0) << what;
}

TEST(DecodeLlc, SnapAndItsOwnNumberOfIpAreFollowed) {
  for (const Bytes& head :
       {Bytes{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, Bytes{0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0}, Bytes{6, 6, 3}}) {
    const Bytes inside = joined(head, packet4());
    Bytes frame = ethernet(static_cast<uint16_t>(inside.size()), inside);
    frame.resize(frame.size() + 9, 0xee);
    expect_flow(decode_copy(frame), frame, packet4(), "llc");
    const Bytes tagged = ethernet(static_cast<uint16_t>(inside.size()), inside, {{0x8100, 9}});
    expect_flow(decode_copy(tagged), tagged, packet4(), "llc behind a tag");
  }
  for (const Bytes& other :
       {Bytes{0x42, 0x42, 3}, Bytes{0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0}, Bytes{0xff, 0xff, 0}, Bytes{}}) {
    EXPECT_EQ(decode_copy(ethernet(60, joined(other, Bytes(50)))).result, DecodeResult::kNotIp);
  }
}

TEST(DecodeMacsec, WhatIsOnlySignedIsFollowedAndWhatIsEncryptedIsOpaque) {
  for (const uint8_t control : {0x00, 0x20, 0x08, 0x0c, 0x2c, 0x04, 0x80}) {
    Bytes inside{control, 0, 0, 0, 0, 1};
    if ((control & 0x20) != 0) put(inside, Bytes(8, 5));
    put16(inside, kIp4);
    put(inside, packet4());
    put(inside, Bytes(16, 0xcc));
    const Bytes frame = ethernet(0x88e5, inside, {{0x8100, 3}});
    const Layers out = decode_copy(frame);
    if ((control & 0x8c) != 0) {
      EXPECT_EQ(out.result, DecodeResult::kNotIp) << int{control};
      continue;
    }
    expect_flow(out, frame, packet4(), "macsec");
    EXPECT_EQ(out.key.vlan_outer, 3);
    EXPECT_FALSE(out.bad_checksum);
  }
}

TEST(DecodeMpls, AStackIsSteppedOverToIp) {
  for (int labels = 1; labels <= 9; ++labels) {
    Bytes stack;
    for (int i = 1; i <= labels; ++i) put(stack, label(100, i == labels));
    for (const bool six : {false, true}) {
      const Bytes frame = ethernet(0x8847, joined(stack, six ? packet6() : packet4()));
      const Layers out = decode_copy(frame);
      if (labels > kMaxMplsLabels) {
        EXPECT_EQ(out.result, DecodeResult::kTooDeep);
        EXPECT_TRUE(out.anomalies.has(Anomaly::kTooDeep));
        continue;
      }
      expect_flow(out, frame, six ? packet6() : packet4(), "mpls");
      EXPECT_EQ(out.tunnel, TunnelKind::kMpls);
      EXPECT_EQ(out.outer_source, IpAddress{});
    }
  }
}

TEST(DecodeMpls, AnExplicitNullSaysWhatFollows) {
  for (const auto& [number, packet] : {std::pair{0u, packet4()}, {2u, packet6()}}) {
    const Bytes frame = ethernet(0x8847, joined(label(number, true), packet));
    expect_flow(decode_copy(frame), frame, packet, "explicit null");
  }
  EXPECT_EQ(decode_copy(ethernet(0x8847, joined(label(0, true), packet6()))).result, DecodeResult::kBadHeader);
}

TEST(DecodeMpls, APseudowiresFrameIsFoundWithItsControlWordOrWithout) {
  for (const uint8_t first : {0x00, 0x02, 0x45, 0x60, 0x4a, 0xfe}) {
    Bytes inner = ethernet(kIp4, packet4(), {{0x8100, 44}});
    inner[0] = first;
    for (const Bytes& word : {Bytes{}, Bytes{0, 0, 0, 0}, Bytes{0, 0, 0x12, 0x34}}) {
      const Bytes frame = ethernet(0x8847, joined(label(16, true), joined(word, inner)), {{0x8100, 3}});
      const Layers out = decode_copy(frame);
      expect_flow(out, frame, packet4(), "pseudowire");
      EXPECT_EQ(out.key.vlan_outer, 44) << "the inner frame's";
    }
  }
  EXPECT_EQ(decode_copy(ethernet(0x8847, joined(label(16, true), Bytes(60, 0x10)))).result, DecodeResult::kNotIp);
}

TEST(DecodePppoe, ASessionIsFollowedAndDiscoveryIsNot) {
  const std::pair<Bytes, Bytes> sessions[] = {{joined({0x00, 0x21}, packet4()), packet4()},
                                              {joined({0x21}, packet4()), packet4()},
                                              {joined({0x00, 0x57}, packet6()), packet6()}};
  for (const auto& [inside, packet] : sessions) {
    const Bytes frame = ethernet(0x8864, pppoe(inside), {{0x8100, 7}});
    const Layers out = decode_copy(frame);
    expect_flow(out, frame, packet, "pppoe");
    EXPECT_EQ(out.tunnel, TunnelKind::kPppoe);
    EXPECT_EQ(out.key.vlan_outer, 7);
  }
  EXPECT_EQ(decode_copy(ethernet(0x8863, Bytes(20))).result, DecodeResult::kNotIp);
  EXPECT_EQ(decode_copy(ethernet(0x8864, pppoe(Bytes{0xc0, 0x21, 1, 2}))).result, DecodeResult::kNotIp);
  Bytes longer = ethernet(0x8864, pppoe(joined({0x00, 0x21}, packet4())));
  set16(longer, 18, 200);
  EXPECT_EQ(decode_copy(longer).result, DecodeResult::kTruncated);
}

TEST(DecodePppoe, ItsLengthEndsThePacket) {
  Bytes offloaded = packet4();
  set16(offloaded, 2, 0);
  Bytes frame = ethernet(0x8864, pppoe(joined({0x00, 0x21}, offloaded)));
  frame.resize(frame.size() + 20, 0xee);
  EXPECT_EQ(decode_copy(frame).payload_bytes, 5);
}

TEST(DecodeLinkTypes, EachThatIsKnownIsRead) {
  Bytes nflog{2, 0, 0, 0, 5, 0, 10, 0, 'x', 0, 0, 0};  // an attribute of 5 bytes, padded to 8
  nflog.push_back(static_cast<uint8_t>(packet4().size() + 4));
  put(nflog, Bytes{0, 9, 0});
  const std::pair<LinkType, Bytes> cases[] = {
      {LinkType::kPpp, joined({0xff, 0x03, 0x00, 0x21}, packet4())},
      {LinkType::kPpp, joined({0x21}, packet4())},
      {LinkType::kPppSerial, joined({0xff, 0x03, 0x00, 0x21}, packet4())},
      {LinkType::kPppSerial, joined({0x0f, 0x00, 0x08, 0x00}, packet4())},
      {LinkType::kPppoe, pppoe(joined({0x00, 0x21}, packet4()))},
      {LinkType::kCiscoHdlc, joined({0x8f, 0x00, 0x08, 0x00}, packet4())},
      {LinkType::kOldRawIp, packet4()},
      {LinkType::kOldRawIp2, packet4()},
      {LinkType::kNflog, joined(nflog, packet4())},
      {LinkType::kLinuxCooked, joined(joined(Bytes(14), {0x00, 0x04, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}), packet4())},
      {LinkType::kLinuxCooked, joined(joined(Bytes(14), {0x81, 0x00, 0x00, 0x09, 8, 0}), packet4())},
  };
  for (const auto& [link, frame] : cases) {
    ASSERT_TRUE(link_type_known(static_cast<uint32_t>(link)));
    expect_flow(decode_copy(frame, link), frame, packet4(), std::to_string(static_cast<int>(link)).c_str());
    for (size_t kept = 0; kept < frame.size(); ++kept) {
      const DecodeResult cut =
          decode_copy({frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(kept)}, link).result;
      EXPECT_NE(cut, DecodeResult::kOk) << static_cast<int>(link) << " cut to " << kept;
    }
  }
}

TEST(DecodeLayers, HoweverALinkNestsItEnds) {
  // Pseudowires in pseudowires: no IP header is ever reached.
  Bytes frame = ethernet(kIp4, packet4());
  for (int i = 0; i < 40; ++i) frame = ethernet(0x8847, joined(label(16, true), frame));
  const Layers out = decode_copy(frame);
  EXPECT_EQ(out.result, DecodeResult::kTooDeep);
  EXPECT_TRUE(out.anomalies.has(Anomaly::kTooDeep));
  const Layers inside = decode_copy(over_udp(4789, vxlan(frame)), LinkType::kRawIp);
  EXPECT_EQ(inside.result, DecodeResult::kOk);
  EXPECT_EQ(inside.source(), outer_ends().from);
  EXPECT_TRUE(inside.anomalies.has(Anomaly::kTooDeep));
  EXPECT_FALSE(inside.anomalies.has(Anomaly::kBrokenTunnel));
}

}  // namespace
}  // namespace glacis
