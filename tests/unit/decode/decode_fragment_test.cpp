// Every fragment is handed out with what it takes to put its datagram together.
#include <gtest/gtest.h>

#include "dataplane/decode/decode.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using namespace frames;

constexpr uint16_t kMoreFragments = 0x2000;

Layers decode_ip(const Bytes& packet) { return decode(ExactCopy(packet).bytes(), LinkType::kRawIp); }

Bytes bytes_of(const Bytes& packet, const Layers& layers) {
  const auto from = packet.begin() + layers.fragment.data_offset;
  return {from, from + layers.fragment.bytes};
}

TEST(DecodeFragment, AFirstFragmentIsOneThoughItHoldsTheWholeHeader) {
  const Bytes packet = ip4({.fragment = kMoreFragments}, tcp({.from = 5, .to = 6}, Bytes(28, 1)));
  const Layers out = decode_ip(packet);
  ASSERT_EQ(out.result, DecodeResult::kFragment);
  EXPECT_EQ(out.fragment.id, 0x1234u);
  EXPECT_EQ(out.fragment.offset, 0u);
  EXPECT_TRUE(out.fragment.more);
  EXPECT_EQ(out.fragment.protocol, kIpProtoTcp);
  EXPECT_EQ(out.fragment.data_offset, 20);
  EXPECT_EQ(out.fragment.bytes, 48);
  EXPECT_EQ(out.l3_offset, 0);
  EXPECT_EQ(out.ttl, 64);
}

TEST(DecodeFragment, ALaterOneTellsItsPlaceInBytesAndItsEnds) {
  const Bytes packet = ip4_raw({.fragment = 0x1fff, .options = {7, 7, 4, 0, 0, 0, 0, 0}}, 17, text("the last eight"));
  const Layers out = decode_ip(packet);
  ASSERT_EQ(out.result, DecodeResult::kFragment);
  EXPECT_EQ(out.fragment.offset, 65'528u);
  EXPECT_FALSE(out.fragment.more);
  EXPECT_EQ(bytes_of(packet, out), text("the last eight"));
  EXPECT_EQ(packet[out.fragment.named_at], 17);
  EXPECT_EQ(out.source(), ends4().from);
  EXPECT_EQ(out.destination(), ends4().to);
  EXPECT_EQ(out.source_port(), 0);
  EXPECT_EQ(out.destination_port(), 0);
  EXPECT_EQ(out.key.protocol, 17);
  EXPECT_EQ(out.key.ip_version, 4);
}

TEST(DecodeFragment, PaddingBehindTheIpLengthIsNoneOfItsBytes) {
  Bytes frame = ethernet(kIp4, ip4_raw({.fragment = 1}, 17, text("abc")), {{0x8100, 5}});
  frame.resize(64, 0xee);
  const Layers out = decode(ExactCopy(frame).bytes(), LinkType::kEthernet);
  ASSERT_EQ(out.result, DecodeResult::kFragment);
  EXPECT_EQ(bytes_of(frame, out), text("abc"));
  EXPECT_EQ(out.key.vlan_outer, 5);
}

TEST(DecodeFragment, OneWithoutAnyBytesIsHandedOutToo) {
  const Layers out = decode_ip(ip4_raw({.fragment = kMoreFragments | 3}, 6, {}));
  ASSERT_EQ(out.result, DecodeResult::kFragment);
  EXPECT_EQ(out.fragment.bytes, 0);
}

TEST(DecodeFragment, BothDirectionsHaveEndsInOneOrder) {
  const Ends back{ends4().to, ends4().from};
  const Layers there = decode_ip(ip4_raw({.fragment = 4}, 17, Bytes(8)));
  const Layers here = decode_ip(ip4_raw({.ends = back, .fragment = 4}, 17, Bytes(8)));
  EXPECT_EQ(there.key, here.key);
  EXPECT_NE(there.from_low, here.from_low);
}

TEST(DecodeFragment, OfIp6TheHeaderThatNamesTheFragmentHeaderIsTold) {
  for (const std::vector<Ip6Header>& before :
       {std::vector<Ip6Header>{}, {padding_options(0)}, {padding_options(0), padding_options(43)}}) {
    std::vector<Ip6Header> headers = before;
    headers.push_back(fragment_header(16 | 1));
    const Bytes packet = ip6_raw(ends6(), headers, 60, text("sixteen bytes..."));
    const Layers out = decode_ip(packet);
    ASSERT_EQ(out.result, DecodeResult::kFragment);
    EXPECT_EQ(out.fragment.id, 77u);
    EXPECT_EQ(out.fragment.offset, 16u);
    EXPECT_TRUE(out.fragment.more);
    EXPECT_EQ(out.fragment.protocol, 60);
    EXPECT_EQ(packet[out.fragment.named_at], 44);
    EXPECT_EQ(out.fragment.named_at, before.empty() ? 6 : 40 + 8 * (before.size() - 1));
    EXPECT_EQ(out.fragment.data_offset, 48 + 8 * before.size());
    EXPECT_EQ(bytes_of(packet, out), text("sixteen bytes..."));
    EXPECT_EQ(out.source(), ends6().from);
    EXPECT_EQ(out.key.ip_version, 6);
  }
}

TEST(DecodeFragment, OfIp6AFirstOneIsAFragmentAndAnAtomicOneIsAWholePacket) {
  EXPECT_EQ(decode_ip(ip6(tcp({}), {fragment_header(1)})).result, DecodeResult::kFragment);
  EXPECT_EQ(decode_ip(ip6(tcp({}), {fragment_header(8)})).result, DecodeResult::kFragment);
  const Layers whole = decode_ip(ip6(tcp({}, text("abc")), {fragment_header(0)}));
  ASSERT_EQ(whole.result, DecodeResult::kOk);
  EXPECT_EQ(whole.payload_bytes, 3);
  EXPECT_FALSE(whole.bad_checksum);
}

TEST(DecodeFragment, OfIp6OneWhoseOwnHeaderIsCutIsABadLength) {
  Bytes packet = ip6_raw(ends6(), {fragment_header(8)}, 6, {});
  packet.resize(46);
  set16(packet, 4, 6);
  EXPECT_EQ(decode_ip(packet).result, DecodeResult::kBadLength);
}

// What a defragmenter does: the first one's header without the fragment bits, then all bytes in their order.
TEST(DecodeFragment, ADatagramPutTogetherByWhatIsToldDecodesAsTheOneThatWasCut) {
  const Bytes whole = ip4({}, udp(4000, 53, Bytes(100, 'q')));
  Bytes body;
  for (const auto& [from, bytes, bits] : {std::tuple{20, 56, kMoreFragments}, {76, 52, 7}}) {
    const Bytes piece = ip4_raw({.fragment = static_cast<uint16_t>(bits)}, 17,
                                Bytes(whole.begin() + from, whole.begin() + from + bytes));
    const Layers out = decode_ip(piece);
    ASSERT_EQ(out.result, DecodeResult::kFragment);
    ASSERT_EQ(out.fragment.offset, body.size());
    put(body, bytes_of(piece, out));
  }
  const Layers again = decode_ip(ip4_raw({}, 17, body));
  ASSERT_EQ(again.result, DecodeResult::kOk);
  EXPECT_EQ(again.key, decode_ip(whole).key);
  EXPECT_FALSE(again.bad_checksum);
}

}  // namespace
}  // namespace glacis
