// Tunnels over IP: the flow is that of the innermost packet that can be read.
#include <gtest/gtest.h>

#include <functional>

#include "dataplane/decode/decode.h"
#include "tests/fakes/tunnels.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_ip(const Bytes& packet, const DecodeOptions& options = {}) {
  return decode(ExactCopy(packet).bytes(), LinkType::kRawIp, options);
}

Ends turned(const Ends& ends) { return {ends.to, ends.from}; }

Bytes inner4(bool back = false) {
  return back ? ip4({.ends = turned(ends4())}, tcp({.from = 443, .to = 40000}, text("answer")))
              : ip4({}, tcp({.from = 40000, .to = 443}, text("hello")));
}
Bytes inner6(bool back = false) {
  return back ? ip6(udp(53, 40000, text("answer")), {}, turned(ends6())) : ip6(udp(40000, 53, text("hello")));
}

struct Way {
  const char* name;
  TunnelKind kind;
  uint32_t segment;
  // An IP packet that carries `inner`, which is IPv6 or IPv4; `id`: what may differ by direction.
  std::function<Bytes(const Bytes& inner, bool six, const Ends& outer, uint16_t id)> wrap;
};

uint16_t type_of(bool six) { return six ? kIp6 : kIp4; }
Bytes frame_of(const Bytes& inner, bool six) { return ethernet(type_of(six), inner); }
Bytes ppp_of(const Bytes& inner, bool six) { return ppp(six ? 0x0057 : 0x0021, inner); }

std::vector<Way> ways() {
  using B = const Bytes&;
  using E = const Ends&;
  using enum TunnelKind;
  return {
      {"ip in ip", kIpInIp, 0,
       [](B inner, bool six, E ends, uint16_t) {
         return six ? ip6_raw(ends6(), {}, 41, inner) : over_ip(4, inner, ends);
       }},
      {"gre", kGre, 0, [](B inner, bool six, E ends, uint16_t) { return over_ip(47, gre(type_of(six), inner), ends); }},
      {"gre, all flags", kGre, 0,
       [](B inner, bool six, E ends, uint16_t id) { return over_ip(47, gre(type_of(six), inner, 0xb000, id), ends); }},
      {"gre, ethernet", kGre, 0,
       [](B inner, bool six, E ends, uint16_t id) {
         return over_ip(47, gre(0x6558, frame_of(inner, six), 0x2000, id), ends);
       }},
      {"gre, mpls", kGre, 0,
       [](B inner, bool, E ends, uint16_t id) {
         return over_ip(47, gre(0x8847, joined(label(100u + id, true), inner)), ends);
       }},
      {"pptp", kPptp, 0,
       [](B inner, bool six, E ends, uint16_t id) { return over_ip(47, pptp(ppp_of(inner, six), id, id != 1), ends); }},
      {"erspan 1", kErspan, 0,
       [](B inner, bool six, E ends, uint16_t) { return over_ip(47, erspan1(frame_of(inner, six)), ends); }},
      {"erspan 2", kErspan, 0,
       [](B inner, bool six, E ends, uint16_t id) { return over_ip(47, erspan2(frame_of(inner, six), id), ends); }},
      {"erspan 3", kErspan, 0,
       [](B inner, bool six, E ends, uint16_t) { return over_ip(47, erspan3(frame_of(inner, six), 0, true), ends); }},
      {"erspan 3, ip", kErspan, 0,
       [](B inner, bool, E ends, uint16_t) { return over_ip(47, erspan3(inner, 2), ends); }},
      {"vxlan", kVxlan, segment_of(kVxlan, 42),
       [](B inner, bool six, E ends, uint16_t id) {
         return over_udp(4789, vxlan(frame_of(inner, six)), static_cast<uint16_t>(50000 + id), ends);
       }},
      {"vxlan, old port", kVxlan, segment_of(kVxlan, 42),
       [](B inner, bool six, E ends, uint16_t) { return over_udp(8472, vxlan(frame_of(inner, six)), 50000, ends); }},
      {"geneve", kGeneve, segment_of(kGeneve, 42),
       [](B inner, bool six, E ends, uint16_t) {
         return over_udp(6081, geneve(0x6558, frame_of(inner, six), 42, Bytes(12)), 50000, ends);
       }},
      {"geneve, ip", kGeneve, segment_of(kGeneve, 42),
       [](B inner, bool six, E ends, uint16_t) { return over_udp(6081, geneve(type_of(six), inner), 50000, ends); }},
      {"gtp-u", kGtpU, 0,
       [](B inner, bool, E ends, uint16_t id) { return over_udp(2152, gtp_u(inner, id), 2152, ends); }},
      {"gtp-u, extensions", kGtpU, 0,
       [](B inner, bool, E ends, uint16_t id) {
         return over_udp(2152, gtp_u(inner, id, 0x85, {1, 0, 0, 0xc0, 2, 0, 0, 0, 0, 0, 0, 0}), 2152, ends);
       }},
  };
}

TEST(DecodeTunnel, TheFlowIsThatOfTheInnerPacketAndTheOuterEndsAreKept) {
  for (const Way& way : ways()) {
    for (const bool six : {false, true}) {
      const Bytes inner = six ? inner6() : inner4();
      const Layers alone = decode_ip(inner);
      const Bytes packet = way.wrap(inner, six, outer_ends(), 1);
      const Layers out = decode_ip(packet);
      ASSERT_EQ(out.result, DecodeResult::kOk) << way.name << six;
      FlowKey expected = alone.key;
      expected.segment = way.segment;
      EXPECT_EQ(out.key, expected) << way.name << six;
      EXPECT_EQ(out.tunnel, way.kind) << way.name << six;
      EXPECT_EQ(out.tunnels, 1) << way.name;
      const Ends outer = packet[0] >> 4 == 6 ? ends6() : outer_ends();
      EXPECT_EQ(out.outer_source, outer.from) << way.name;
      EXPECT_EQ(out.outer_destination, outer.to) << way.name;
      EXPECT_EQ(out.l3_offset, packet.size() - inner.size()) << way.name;
      EXPECT_EQ(out.l3_bytes, inner.size()) << way.name;
      EXPECT_EQ(text("hello"), Bytes(packet.begin() + out.payload_offset, packet.end())) << way.name;
      EXPECT_TRUE(out.anomalies.empty()) << way.name;
    }
  }
}

TEST(DecodeTunnel, WhatDiffersByDirectionIsNoPartOfTheKey) {
  for (const Way& way : ways()) {
    for (const bool six : {false, true}) {
      const Layers there = decode_ip(way.wrap(six ? inner6() : inner4(), six, outer_ends(), 1));
      const Layers back = decode_ip(way.wrap(six ? inner6(true) : inner4(true), six, turned(outer_ends()), 2));
      EXPECT_EQ(there.key, back.key) << way.name;
      EXPECT_NE(there.from_low, back.from_low) << way.name;
    }
  }
}

TEST(DecodeTunnel, AnInsideThatCannotBeReadLeavesThePacketToTheFlowAround) {
  for (const Way& way : ways()) {
    for (const bool six : {false, true}) {
      Bytes bad = six ? inner6() : inner4();
      set16(bad, six ? 4 : 2, 0x7000);  // a length that is not there
      const Bytes packet = way.wrap(bad, six, outer_ends(), 1);
      const Layers out = decode_ip(packet);
      ASSERT_EQ(out.result, DecodeResult::kOk) << way.name << six;
      EXPECT_EQ(out.l3_offset, 0) << way.name;
      EXPECT_EQ(out.tunnels, 0) << way.name;
      EXPECT_EQ(out.tunnel, TunnelKind::kNone) << way.name;
      EXPECT_EQ(out.key.segment, 0u) << way.name;
      EXPECT_TRUE(out.anomalies.has(Anomaly::kBrokenTunnel)) << way.name;
      EXPECT_TRUE(out.plain) << way.name;
    }
  }
}

TEST(DecodeTunnel, AnInsideThatIsNoIpLeavesItWithoutAWord) {
  const Bytes arp = ethernet(kArp, Bytes(28));
  const Bytes packets[] = {over_ip(47, gre(kArp, Bytes(28))),
                           over_ip(47, gre(0, {})),
                           over_ip(47, gre(0x6558, arp)),
                           over_ip(47, erspan2(arp)),
                           over_ip(47, pptp(ppp(0xc021, Bytes(8)), 1)),
                           over_udp(4789, vxlan(arp)),
                           over_udp(6081, geneve(0x6558, arp)),
                           over_udp(6081, geneve(kArp, Bytes(28))),
                           over_udp(2152, gtp_u(Bytes(40, 0x01)))};
  for (const Bytes& packet : packets) {
    const Layers out = decode_ip(packet);
    ASSERT_EQ(out.result, DecodeResult::kOk);
    EXPECT_EQ(out.source(), outer_ends().from);
    EXPECT_EQ(out.tunnels, 0);
    EXPECT_TRUE(out.anomalies.empty());
  }
}

// Only a header that is as it must be is followed: the rest is someone's ordinary UDP.
TEST(DecodeTunnel, OrdinaryUdpOnATunnelsPortIsAnOrdinaryFlow) {
  const Bytes frame = ethernet(kIp4, inner4());
  const auto with = [](Bytes bytes, size_t at, uint8_t value) {
    bytes[at] = value;
    return bytes;
  };
  const std::pair<uint16_t, Bytes> cases[] = {
      {4789, {}},
      {4789, Bytes(7, 8)},
      {4789, with(vxlan(frame), 0, 0x00)},
      {4789, with(vxlan(frame), 0, 0x0c)},
      {4789, with(vxlan(frame), 1, 0x01)},
      {4789, with(vxlan(frame), 3, 0x01)},
      {8472, with(vxlan(frame), 7, 0x01)},
      {6081, with(geneve(0x6558, frame), 0, 0x40)},
      {6081, with(geneve(0x6558, frame), 0, 0x3f)},
      {6081, with(geneve(0x6558, frame), 1, 0x01)},
      {6081, with(geneve(0x6558, frame), 7, 0x01)},
      {6081, geneve(20, frame)},
      {2152, with(gtp_u(inner4()), 0, 0x50)},
      {2152, with(gtp_u(inner4()), 0, 0x20)},
      {2152, with(gtp_u(inner4()), 0, 0x38)},
      {2152, with(gtp_u(inner4()), 1, 0x01)},
      {2152, with(gtp_u(inner4()), 3, 0x01)},
      {3544, inner4()},
      {3544, with(inner6(), 5, 1)},
      {3544, text("0123456789")},
  };
  for (const auto& [port, payload] : cases) {
    const Layers out = decode_ip(over_udp(port, payload));
    ASSERT_EQ(out.result, DecodeResult::kOk) << port;
    EXPECT_EQ(out.tunnels, 0) << port;
    EXPECT_EQ(out.destination_port(), port);
    EXPECT_EQ(out.payload_bytes, payload.size()) << port;
    EXPECT_TRUE(out.anomalies.empty()) << port;
  }
  // Only where it goes to tells a tunnel, but for Teredo.
  EXPECT_EQ(decode_ip(over_udp(9, vxlan(frame), 4789)).tunnels, 0);
}

TEST(DecodeTunnel, AGroupPolicyOfVxlanIsTaken) {
  Bytes payload = vxlan(ethernet(kIp4, inner4()));
  payload[0] = 0x88;
  payload[1] = 0x48;
  set16(payload, 2, 0xabcd);
  EXPECT_EQ(decode_ip(over_udp(4789, payload)).tunnel, TunnelKind::kVxlan);
}

TEST(DecodeTunnel, NetworksOfOneNumberAndTwoKindsAreTwoAndSoAreTwoNumbers) {
  const Bytes frame = ethernet(kIp4, inner4());
  const Bytes packets[] = {inner4(), over_udp(4789, vxlan(frame, 1)), over_udp(6081, geneve(0x6558, frame, 1)),
                           over_udp(4789, vxlan(frame, 0)), over_udp(4789, vxlan(frame, 0xffffff))};
  for (const Bytes& a : packets) {
    for (const Bytes& b : packets) EXPECT_EQ(decode_ip(a).key == decode_ip(b).key, &a == &b);
  }
}

TEST(DecodeTunnel, VlansOfAnInnerFrameReplaceThoseOfTheOuterOne) {
  const std::vector<Tag> outer{{0x8100, 5}, {0x8100, 6}};
  const auto vlans = [&](const Bytes& packet) {
    const Layers out = decode(ExactCopy(ethernet(kIp4, packet, outer)).bytes(), LinkType::kEthernet);
    EXPECT_EQ(out.tunnels, 1);
    return std::pair<int, int>(out.key.vlan_outer, out.key.vlan_inner);
  };
  EXPECT_EQ(vlans(over_udp(4789, vxlan(ethernet(kIp4, inner4(), {{0x8100, 77}})))), std::pair(77, 0));
  EXPECT_EQ(vlans(over_udp(4789, vxlan(ethernet(kIp4, inner4())))), std::pair(0, 0));
  EXPECT_EQ(vlans(over_ip(4, inner4())), std::pair(5, 6)) << "no inner frame";
}

TEST(DecodeTunnel, SixInFourAndFourInSixAreTold) {
  const Layers six = decode_ip(over_ip(41, inner6()));
  EXPECT_EQ(six.tunnel, TunnelKind::k6in4);
  EXPECT_EQ(six.key, decode_ip(inner6()).key);
  const Layers four = decode_ip(ip6_raw(ends6(), {padding_options(60)}, 4, inner4()));
  EXPECT_EQ(four.tunnel, TunnelKind::kIpInIp);
  EXPECT_EQ(four.key, decode_ip(inner4()).key);
  EXPECT_TRUE(decode_ip(over_ip(4, inner6())).anomalies.has(Anomaly::kBrokenTunnel));
}

TEST(DecodeTunnel, TeredoIsToldByEitherPortWithItsOwnHeadersOrWithout) {
  const Bytes origin{0, 0, 0x12, 0x34, 9, 9, 9, 9};
  const Bytes authentication = joined({0, 1, 2, 3}, Bytes(2 + 3 + 9, 0xaa));
  for (const Bytes& head : {Bytes{}, origin, authentication, joined(authentication, origin)}) {
    for (const auto& [from, to] : {std::pair<uint16_t, uint16_t>{50000, 3544}, {3544, 50000}}) {
      const Layers out = decode_ip(over_udp(to, joined(head, inner6()), from));
      EXPECT_EQ(out.tunnel, TunnelKind::kTeredo) << head.size();
      EXPECT_EQ(out.key, decode_ip(inner6()).key);
    }
  }
}

TEST(DecodeTunnel, AWrongChecksumOfAnyPacketOnTheWayIsReported) {
  Bytes outer = over_udp(4789, vxlan(ethernet(kIp4, inner4())));
  outer[26] ^= 1;  // of the outer UDP
  const Layers out = decode_ip(outer);
  EXPECT_EQ(out.tunnels, 1);
  EXPECT_TRUE(out.bad_checksum);
  EXPECT_TRUE(out.anomalies.has(Anomaly::kBadChecksum));
  EXPECT_FALSE(decode_ip(outer, Checksums::kKnownGood).bad_checksum);
}

TEST(DecodeTunnel, FourAreFollowedAndTheFifthIsTooDeep) {
  Bytes packet = inner4();
  for (int tunnels = 1; tunnels <= 7; ++tunnels) {
    const Ends ends{IpAddress::v4(192, 0, 2, static_cast<uint8_t>(tunnels)), IpAddress::v4(192, 0, 2, 200)};
    packet = tunnels % 2 == 0 ? over_ip(4, packet, ends) : over_udp(4789, vxlan(ethernet(kIp4, packet)), 50000, ends);
    const Layers out = decode_ip(packet);
    ASSERT_EQ(out.result, DecodeResult::kOk) << tunnels;
    EXPECT_EQ(out.tunnels, std::min(tunnels, 4)) << tunnels;
    EXPECT_EQ(out.anomalies.has(Anomaly::kTooDeep), tunnels > 4) << tunnels;
    // Beyond, the last header reached is that of the packet `tunnels - 4` from the inside.
    const IpAddress source = tunnels <= 4 ? ends4().from : IpAddress::v4(192, 0, 2, static_cast<uint8_t>(tunnels - 4));
    EXPECT_EQ(out.source(), source) << tunnels;
  }
}

TEST(DecodeTunnel, AFlowInsideTwoTunnelsKeepsTheNetworkOfTheInnermostThatHasOne) {
  const Bytes inside = over_ip(47, gre(kIp4, inner4()));
  const Bytes twice = over_udp(4789, vxlan(ethernet(kIp4, over_udp(6081, geneve(kIp4, inside, 8))), 7));
  const Layers out = decode_ip(twice);
  EXPECT_EQ(out.tunnels, 3);
  EXPECT_EQ(out.tunnel, TunnelKind::kGre);
  EXPECT_EQ(out.key.segment, segment_of(TunnelKind::kGeneve, 8));
}

TEST(DecodeTunnel, ABrokenInsideOfAnInnerTunnelIsKeyedByThePacketRightAround) {
  Bytes bad = inner4();
  bad[0] = 0x41;
  const Layers out = decode_ip(over_udp(4789, vxlan(ethernet(kIp4, over_ip(4, bad)))));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.tunnels, 1);
  EXPECT_EQ(out.key.protocol, 4);
  EXPECT_EQ(out.key.segment, segment_of(TunnelKind::kVxlan, 42));
  EXPECT_TRUE(out.anomalies.has(Anomaly::kBrokenTunnel));
}

TEST(DecodeTunnel, AFragmentInsideIsHandedOutAsOne) {
  const Bytes piece = ip4_raw({.fragment = 0x2000 | 2}, 17, text("sixteen bytes..."));
  for (const Bytes& packet : {over_ip(4, piece), over_udp(4789, vxlan(ethernet(kIp4, piece)))}) {
    const Layers out = decode_ip(packet);
    ASSERT_EQ(out.result, DecodeResult::kFragment);
    EXPECT_EQ(out.tunnels, 1);
    EXPECT_EQ(out.outer_source, outer_ends().from);
    EXPECT_EQ(out.source(), ends4().from);
    EXPECT_EQ(out.fragment.offset, 16u);
    EXPECT_EQ(text("sixteen bytes..."), Bytes(packet.begin() + out.fragment.data_offset, packet.end()));
  }
}

TEST(DecodeTunnel, AnErrorAboutACarrierIsTheCarriersAndOneInsideIsTheInnerFlows) {
  const Ends router{IpAddress::v4(192, 0, 2, 1), outer_ends().from};
  const Layers about = decode_ip(ip4({.ends = router}, icmp(1, 3, 1, over_ip(47, gre(kIp4, inner4())))));
  ASSERT_TRUE(about.icmp_error);
  EXPECT_EQ(about.key.protocol, kIpProtoGre);
  const Bytes error = ip4({.ends = turned(ends4())}, icmp(1, 3, 1, inner4()));
  const Layers inside = decode_ip(over_udp(4789, vxlan(ethernet(kIp4, error))));
  ASSERT_TRUE(inside.icmp_error);
  EXPECT_EQ(inside.key, decode_ip(over_udp(4789, vxlan(ethernet(kIp4, inner4())))).key);
}

TEST(DecodeTunnel, GreRoutesAreSteppedOverAndTooManyAreBroken) {
  const auto routed = [](int routes) {
    Bytes out;
    put16(out, 0x4000);
    put16(out, kIp4);
    put32(out, 0);
    for (int i = 0; i < routes; ++i) put(out, Bytes{8, 0, 0, 4, 10, 0, 0, 1});
    put32(out, 0);
    return over_ip(47, joined(out, inner4()));
  };
  EXPECT_EQ(decode_ip(routed(2)).tunnels, 1);
  EXPECT_TRUE(decode_ip(routed(9)).anomalies.has(Anomaly::kBrokenTunnel));
}

TEST(DecodeTunnel, AHeaderThatIsCutIsBroken) {
  const Bytes bodies[] = {Bytes(3), gre(kIp4, {}, 0x2000), erspan2({}), erspan3({}), pptp(Bytes(20), 1)};
  for (const Bytes& body : bodies) {
    for (size_t kept = 0; kept < body.size(); ++kept) {
      const Layers out = decode_ip(over_ip(47, Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(kept))));
      ASSERT_EQ(out.result, DecodeResult::kOk);
      EXPECT_EQ(out.key.protocol, kIpProtoGre);
      EXPECT_TRUE(out.anomalies.has(Anomaly::kBrokenTunnel)) << kept << " of " << body.size();
    }
  }
}

TEST(DecodeTunnel, ExtensionsOfGtpThatCountNothingOrTooManyAreBroken) {
  EXPECT_TRUE(decode_ip(over_udp(2152, gtp_u(inner4(), 1, 0x85, {0, 0, 0, 0}))).anomalies.has(Anomaly::kBrokenTunnel));
  Bytes many;
  for (int i = 0; i < 9; ++i) put(many, Bytes{1, 0, 0, static_cast<uint8_t>(i == 8 ? 0 : 0x85)});
  EXPECT_TRUE(decode_ip(over_udp(2152, gtp_u(inner4(), 1, 0x85, many))).anomalies.has(Anomaly::kBrokenTunnel));
}

}  // namespace
}  // namespace glacis
