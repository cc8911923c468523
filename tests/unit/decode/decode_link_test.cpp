#include <gtest/gtest.h>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

Layers decode_copy(const Bytes& frame, LinkType link = LinkType::kEthernet) {
  return decode(ExactCopy(frame).bytes(), link);
}

Bytes syn4() { return ip4({}, tcp({})); }
Bytes syn6() { return ip6(tcp({})); }

TEST(DecodeLink, EthernetCarriesIp4) {
  const Layers out = decode_copy(ethernet(kIp4, syn4()));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.l3_offset, 14);
  EXPECT_EQ(out.l4_offset, 34);
  EXPECT_EQ(out.key.ip_version, 4);
  EXPECT_EQ(out.key.vlan_outer, 0);
}

TEST(DecodeLink, EthernetCarriesIp6) {
  const Layers out = decode_copy(ethernet(kIp6, syn6()));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.l4_offset, 54);
  EXPECT_EQ(out.key.ip_version, 6);
}

TEST(DecodeLink, ArpIsNotIp) { EXPECT_EQ(decode_copy(ethernet(kArp, Bytes(28))).result, DecodeResult::kNotIp); }

TEST(DecodeLink, AnLlcLengthIsNotIp) {
  EXPECT_EQ(decode_copy(ethernet(38, Bytes(46, 0x42))).result, DecodeResult::kNotIp);
}

TEST(DecodeLink, OneTagGivesTheOuterVlanWithoutItsPriority) {
  const Layers out = decode_copy(ethernet(kIp4, syn4(), {{0x8100, 100}}));
  ASSERT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.key.vlan_outer, 100);
  EXPECT_EQ(out.key.vlan_inner, 0);
  EXPECT_EQ(out.l3_offset, 18);
}

TEST(DecodeLink, QinqGivesOuterAndInnerVlan) {
  for (const uint16_t outer : {0x88a8, 0x9100, 0x8100}) {
    const Layers out = decode_copy(ethernet(kIp4, syn4(), {{outer, 7}, {0x8100, 4094}}));
    ASSERT_EQ(out.result, DecodeResult::kOk) << std::hex << outer;
    EXPECT_EQ(out.key.vlan_outer, 7);
    EXPECT_EQ(out.key.vlan_inner, 4094);
  }
}

TEST(DecodeLink, FourTagsAreReadAndFiveAreTooDeep) {
  EXPECT_EQ(decode_copy(ethernet(kIp4, syn4(), std::vector<Tag>(4, Tag{0x8100, 1}))).result, DecodeResult::kOk);
  EXPECT_EQ(decode_copy(ethernet(kIp4, syn4(), std::vector<Tag>(5, Tag{0x8100, 1}))).result, DecodeResult::kTooDeep);
}

TEST(DecodeLink, TheSameEndsOnTwoVlansAreTwoFlows) {
  const Layers a = decode_copy(ethernet(kIp4, syn4(), {{0x8100, 1}}));
  const Layers b = decode_copy(ethernet(kIp4, syn4(), {{0x8100, 2}}));
  EXPECT_NE(a.key, b.key);
}

TEST(DecodeLink, RawIpIsToldByItsVersion) {
  for (const LinkType link : {LinkType::kRawIp, LinkType::kRawIp4, LinkType::kRawIp6}) {
    EXPECT_EQ(decode_copy(syn4(), link).key.ip_version, 4);
    EXPECT_EQ(decode_copy(syn6(), link).key.ip_version, 6);
  }
  EXPECT_EQ(decode_copy({0x50, 0, 0, 0}, LinkType::kRawIp).result, DecodeResult::kNotIp);
  EXPECT_EQ(decode_copy({}, LinkType::kRawIp).result, DecodeResult::kTruncated);
}

TEST(DecodeLink, LoopbackFamiliesOfEveryByteOrderAreRead) {
  for (const Bytes& family : {Bytes{2, 0, 0, 0}, Bytes{0, 0, 0, 2}}) {
    Bytes frame = family;
    put(frame, syn4());
    EXPECT_EQ(decode_copy(frame, LinkType::kNull).result, DecodeResult::kOk);
    EXPECT_EQ(decode_copy(frame, LinkType::kLoop).l3_offset, 4);
  }
}

TEST(DecodeLink, LinuxCookedIsRead) {
  Bytes frame(14);
  put16(frame, kIp6);
  put(frame, syn6());
  const Layers out = decode_copy(frame, LinkType::kLinuxCooked);
  EXPECT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.l3_offset, 16);
}

TEST(DecodeLink, LinuxCooked2IsRead) {
  Bytes frame;
  put16(frame, kIp4);
  frame.resize(20);
  put(frame, syn4());
  const Layers out = decode_copy(frame, LinkType::kLinuxCooked2);
  EXPECT_EQ(out.result, DecodeResult::kOk);
  EXPECT_EQ(out.l3_offset, 20);
}

TEST(DecodeLink, AnUnknownLinkTypeIsNamedAsSuch) {
  EXPECT_FALSE(link_type_known(105));  // 802.11
  EXPECT_FALSE(link_type_known(0x10001));
  EXPECT_TRUE(link_type_known(1));
  EXPECT_EQ(decode_copy(ethernet(kIp4, syn4()), static_cast<LinkType>(105)).result, DecodeResult::kUnsupportedLink);
}

}  // namespace
}  // namespace glacis
