// Datagrams put together, and what is odd about single fragments.
#include "dataplane/fragment/defragmenter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/decode/checksum.h"
#include "dataplane/fragment/inspect_fragment.h"
#include "tests/fakes/fragments.h"

namespace glacis {
namespace {

using Bytes = std::vector<uint8_t>;
using enum FragmentDisposition;

Bytes filled(size_t size, uint8_t value) { return Bytes(size, value); }

// `n` bytes that differ from those of other places.
Bytes counted(size_t offset, size_t n) {
  Bytes out(n);
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>((offset + i) * 31 + (offset + i) / 256);
  return out;
}
MadeFragment part(uint32_t offset, size_t n, bool more = true, uint8_t version = 4) {
  return {.ip_version = version, .offset = offset, .more = more, .bytes = counted(offset, n)};
}
Bytes body_of(const Bytes& packet, size_t header_bytes = 20) {
  return {packet.begin() + static_cast<std::ptrdiff_t>(header_bytes), packet.end()};
}

TEST(Defragmenter, FragmentsInAnyOrderMakeTheirDatagram) {
  const MadeFragment parts[] = {part(0, 512), part(512, 1024), part(1536, 1001, false)};
  int order[] = {0, 1, 2};
  do {
    Defragmenter defragmenter({});
    EXPECT_EQ(say(defragmenter, parts[order[0]]).disposition, kHeld);
    EXPECT_EQ(say(defragmenter, parts[order[1]]).disposition, kHeld);
    const Said said = say(defragmenter, parts[order[2]]);
    EXPECT_EQ(said.disposition, kWhole);
    EXPECT_EQ(body_of(said.packet), counted(0, 2537));
    EXPECT_TRUE(said.anomalies.empty()) << names_of(said.anomalies);
    EXPECT_TRUE(said.other.empty());
    EXPECT_EQ(defragmenter.pending(), 0U);
    EXPECT_EQ(defragmenter.free_bytes(), DefragmentOptions{}.arena_bytes) << "every chunk is back";
  } while (std::next_permutation(std::begin(order), std::end(order)));
}

TEST(Defragmenter, TheHeaderOfAnIpv4PacketIsMended) {
  Defragmenter defragmenter({});
  MadeFragment first = part(0, 256);
  first.header = plain_header(first);
  first.header[0] = 0x46;  // with four bytes of options
  first.header.insert(first.header.end(), {1, 1, 1, 0});
  (void)say(defragmenter, first);
  const Bytes packet = say(defragmenter, part(256, 5, false)).packet;
  ASSERT_EQ(packet.size(), 24U + 261);
  EXPECT_EQ(packet[2] << 8 | packet[3], 285);
  EXPECT_EQ(packet[6] << 8 | packet[7], 0) << "no fragment any more";
  EXPECT_EQ(bytewise_ones_sum(std::span(packet).first(24)), 0xffffU);
  EXPECT_EQ(packet[20], 1) << "options stay";
  EXPECT_EQ(body_of(packet, 24), counted(0, 261));
}

TEST(Defragmenter, TheHeadersOfAnIpv6PacketAreMended) {
  Defragmenter defragmenter({});
  MadeFragment first = part(0, 256, true, 6);
  first.header = plain_header(first);
  first.header[6] = 0;  // hop-by-hop options, then the fragment header
  const Bytes options = {44, 0, 1, 4, 0, 0, 0, 0};
  first.header.insert(first.header.end(), options.begin(), options.end());
  (void)say(defragmenter, first);
  MadeFragment last = part(256, 3, false, 6);
  last.protocol = 6;  // RFC 8200, 4.5: only the first one's counts
  const Bytes packet = say(defragmenter, last).packet;
  ASSERT_EQ(packet.size(), 48U + 259);
  EXPECT_EQ(packet[4] << 8 | packet[5], 8 + 259);
  EXPECT_EQ(packet[6], 0);
  EXPECT_EQ(packet[40], 17) << "what followed the fragment header follows the options";
  EXPECT_EQ(body_of(packet, 48), counted(0, 259));
}

TEST(Defragmenter, TheHeaderIsThatOfTheFragmentWhoseBytesStandFirst) {
  for (const auto& [policy, hops] : {std::pair(FragmentPolicy::kFirst, 64), std::pair(FragmentPolicy::kLast, 63)}) {
    Defragmenter defragmenter({});
    (void)say(defragmenter, part(0, 256), policy);
    MadeFragment again{.bytes = filled(256, 7), .hop_limit = 63};
    (void)say(defragmenter, again, policy);
    const Said said = say(defragmenter, part(256, 8, false), policy);
    EXPECT_EQ(said.packet[8], hops);
    EXPECT_EQ(said.other[8], 127 - hops);
  }
}

TEST(Defragmenter, ADuplicateIsNoAnomalyAndTakesNoRoom) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(0, 4000));
  const uint64_t free = defragmenter.free_bytes();
  const Said said = say(defragmenter, part(0, 4000));
  EXPECT_EQ(said.disposition, kDuplicate);
  EXPECT_TRUE(said.anomalies.empty());
  EXPECT_EQ(defragmenter.free_bytes(), free);
  EXPECT_EQ(say(defragmenter, part(4000, 8, false)).packet.size(), 4028U);
  EXPECT_TRUE(sums_balance(defragmenter));
}

TEST(Defragmenter, AnOverlapOfTheSameBytesIsToldOnceAndHasOneReading) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(0, 512));
  EXPECT_EQ(names_of(say(defragmenter, part(256, 512)).anomalies), "fragment-overlap");
  EXPECT_EQ(names_of(say(defragmenter, part(264, 512)).anomalies), "") << "not again for the same datagram";
  const Said said = say(defragmenter, part(776, 8, false));
  EXPECT_EQ(body_of(said.packet), counted(0, 784));
  EXPECT_TRUE(said.other.empty());
  EXPECT_TRUE(said.anomalies.empty());
  EXPECT_TRUE(said.target_discards) << "RFC 5722 asks for no difference in the bytes";
}

TEST(Defragmenter, AnOverlapOfOtherBytesIsAConflictWithTwoReadings) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(0, 512), FragmentPolicy::kLinux);
  EXPECT_EQ(names_of(say(defragmenter, {.offset = 256, .bytes = filled(512, 1)}, FragmentPolicy::kLinux).anomalies),
            "fragment-overlap");
  const Said said = say(defragmenter, part(768, 8, false), FragmentPolicy::kLinux);
  EXPECT_EQ(names_of(said.anomalies), "fragment-conflict");
  Bytes first = counted(0, 776), last = first;
  std::fill(first.begin() + 512, first.begin() + 768, 1);
  std::fill(last.begin() + 256, last.begin() + 768, 1);
  EXPECT_EQ(body_of(said.packet), first);
  EXPECT_EQ(body_of(said.other), last);
  EXPECT_FALSE(said.target_discards);
  EXPECT_EQ(defragmenter.counters().conflicts, 1U);
}

// The target takes it for a repetition whatever its bytes are.
TEST(Defragmenter, ADiscardingTargetKeepsADatagramWhenWhatComesWasHeldInFull) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(0, 512));
  (void)say(defragmenter, {.offset = 256, .bytes = filled(256, 1)});
  const Said said = say(defragmenter, part(512, 8, false));
  EXPECT_FALSE(said.target_discards);
  EXPECT_EQ(body_of(said.packet), counted(0, 520));
  EXPECT_FALSE(said.other.empty());
}

TEST(Defragmenter, OfTwoEndsTheFirstStandsWhereTargetsKeepToIt) {
  for (const auto policy : {FragmentPolicy::kFirst, FragmentPolicy::kLinux, FragmentPolicy::kWindows}) {
    Defragmenter defragmenter({});
    (void)say(defragmenter, part(256, 8, false), policy);
    EXPECT_EQ(names_of(say(defragmenter, part(264, 16, false), policy).anomalies), "fragment-conflict");
    const Said said = say(defragmenter, part(0, 256), policy);
    EXPECT_EQ(body_of(said.packet), counted(0, 264));
    EXPECT_EQ(body_of(said.other), counted(0, 280)) << "the other end is the other reading";
    EXPECT_TRUE(said.anomalies.empty()) << "told already";
  }
}

TEST(Defragmenter, OfTwoEndsTheHighestStandsWhereTargetsListsEndThere) {
  for (const auto policy :
       {FragmentPolicy::kLast, FragmentPolicy::kBsd, FragmentPolicy::kBsdRight, FragmentPolicy::kSolaris}) {
    Defragmenter defragmenter({});
    (void)say(defragmenter, part(256, 8, false), policy);
    (void)say(defragmenter, part(0, 256), policy);  // whole, to those who keep to the first end
    EXPECT_EQ(defragmenter.pending(), 0U);
    Defragmenter another({});
    (void)say(another, part(256, 8, false), policy);
    EXPECT_EQ(names_of(say(another, part(264, 16, false), policy).anomalies), "fragment-conflict");
    const Said said = say(another, part(0, 256), policy);
    EXPECT_EQ(body_of(said.packet), counted(0, 280));
    EXPECT_EQ(body_of(said.other), counted(0, 264));
  }
}

TEST(Defragmenter, AnEndBeforeWhatIsHeldIsNotTaken) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(512, 256));
  EXPECT_EQ(names_of(say(defragmenter, part(256, 256, false)).anomalies), "fragment-conflict");
  EXPECT_EQ(say(defragmenter, part(0, 256)).disposition, kHeld);
  EXPECT_EQ(say(defragmenter, part(256, 256)).disposition, kHeld);
  const Said said = say(defragmenter, part(768, 8, false));
  EXPECT_EQ(body_of(said.packet), counted(0, 776));
  EXPECT_EQ(body_of(said.other), counted(0, 512));
  EXPECT_TRUE(said.target_discards);
}

// A hole must not be taken for bytes: no sum of lengths says that a datagram is whole.
TEST(Defragmenter, BytesThatCameTwiceDoNotFillAHole) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(0, 256));
  (void)say(defragmenter, part(128, 256));
  EXPECT_EQ(say(defragmenter, part(512, 128, false)).disposition, kHeld) << "640 bytes came, 128 of them twice";
  EXPECT_EQ(say(defragmenter, part(384, 128)).disposition, kWhole);
}

// Found by the plain twin: the unit that a lower end cuts was taken for a whole one.
TEST(Defragmenter, AnEndThatDoesNotStandLeavesAHoleBehindIt) {
  for (const bool lower_first : {false, true}) {
    Defragmenter defragmenter({});
    const MadeFragment lower = part(24, 2, false), higher = part(32, 18, false);
    (void)say(defragmenter, lower_first ? lower : higher, FragmentPolicy::kBsd);
    (void)say(defragmenter, lower_first ? higher : lower, FragmentPolicy::kBsd);
    EXPECT_EQ(say(defragmenter, part(0, 24), FragmentPolicy::kBsd).disposition, kHeld) << "26 to 31 never came";
    EXPECT_EQ(body_of(say(defragmenter, part(24, 8), FragmentPolicy::kBsd).packet), counted(0, 50));
  }
}

TEST(Defragmenter, OtherBytesUnderTheEndAreSeen) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(256, 3, false));
  MadeFragment other = part(256, 3, false);
  other.bytes[2] ^= 1;
  EXPECT_EQ(names_of(say(defragmenter, other).anomalies), "fragment-overlap");
  const Said said = say(defragmenter, part(0, 256));
  EXPECT_EQ(names_of(said.anomalies), "fragment-conflict");
  EXPECT_EQ(body_of(said.packet), counted(0, 259));
  EXPECT_EQ(said.other.back(), said.packet.back() ^ 1);
}

TEST(Defragmenter, TinyFragmentsAreToldOncePerDatagram) {
  Defragmenter defragmenter({});
  EXPECT_EQ(names_of(say(defragmenter, part(0, 248)).anomalies), "fragment-tiny");
  EXPECT_EQ(names_of(say(defragmenter, part(248, 8)).anomalies), "");
  EXPECT_EQ(names_of(say(defragmenter, part(256, 1, false)).anomalies), "") << "a last one may be as short as it is";
  EXPECT_EQ(names_of(say(defragmenter, part(0, 256).of(2)).anomalies), "");
}

TEST(Defragmenter, AFirstFragmentWithoutItsWholeTransportHeaderIsTiny) {
  Bytes tcp(256, 0);
  tcp[12] = 15 << 4;
  EXPECT_TRUE(has_transport_header(6, tcp));
  EXPECT_TRUE(has_transport_header(6, std::span(tcp).first(60)));
  EXPECT_FALSE(has_transport_header(6, std::span(tcp).first(56))) << "options are split";
  tcp[12] = 0;
  EXPECT_FALSE(has_transport_header(6, std::span(tcp).first(16)));
  EXPECT_TRUE(has_transport_header(6, std::span(tcp).first(20)));
  const Bytes options = {6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};  // 16 bytes, then TCP
  EXPECT_FALSE(has_transport_header(60, options));
  EXPECT_FALSE(has_transport_header(60, std::span(options).first(8)));
  Bytes chain = options;
  chain.insert(chain.end(), tcp.begin(), tcp.begin() + 20);
  EXPECT_TRUE(has_transport_header(60, chain));
  for (const auto& [protocol, bytes] : {std::pair(17, 8), std::pair(1, 8), std::pair(58, 8), std::pair(132, 12)}) {
    EXPECT_TRUE(has_transport_header(static_cast<uint8_t>(protocol), std::span(tcp).first(static_cast<size_t>(bytes))));
    EXPECT_FALSE(
        has_transport_header(static_cast<uint8_t>(protocol), std::span(tcp).first(static_cast<size_t>(bytes - 1))));
  }
  EXPECT_TRUE(has_transport_header(50, {})) << "of what is not known nothing is asked";
  Defragmenter defragmenter({.tiny_bytes = 0});
  EXPECT_EQ(names_of(say(defragmenter, {.bytes = filled(16, 0), .protocol = 6}).anomalies), "fragment-tiny");
}

TEST(Defragmenter, HopLimitsTooFarApartAreTold) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, part(0, 256));
  MadeFragment second = part(256, 256), third = part(512, 256);
  second.hop_limit = 61;
  third.hop_limit = 65;
  EXPECT_EQ(names_of(say(defragmenter, second).anomalies), "") << "3 apart: two ways of one route";
  EXPECT_EQ(names_of(say(defragmenter, third).anomalies), "fragment-ttl");
  MadeFragment again = part(0, 256).of(9);
  (void)say(defragmenter, again);
  again.hop_limit = 1;
  EXPECT_EQ(names_of(say(defragmenter, again).anomalies), "fragment-ttl") << "of a repeated one too";
}

TEST(Defragmenter, WhatReachesBeyondTheLargestDatagramIsRefused) {
  Defragmenter defragmenter({});
  const Said over = say(defragmenter, part(65'512, 8, false));
  EXPECT_EQ(over.refusal, FragmentRefusal::kOversize);
  EXPECT_EQ(names_of(over.anomalies), "fragment-oversize");
  EXPECT_EQ(say(defragmenter, part(65'512, 3, false)).disposition, kHeld) << "65,535 with the header";
  EXPECT_EQ(say(defragmenter, part(65'528, 8, false, 6)).refusal, FragmentRefusal::kOversize);
  EXPECT_EQ(say(defragmenter, part(65'528, 7, false, 6)).disposition, kHeld) << "of IPv6 40 bytes do not count";
  EXPECT_EQ(defragmenter.pending(), 2U);
}

TEST(Defragmenter, ADatagramThatItsFirstHeaderMakesTooLargeIsRefusedWhenWhole) {
  Defragmenter defragmenter({});
  for (uint32_t offset = 8192; offset < 57'344; offset += 8192) (void)say(defragmenter, part(offset, 8192));
  (void)say(defragmenter, part(57'344, 8171, false));
  MadeFragment first = part(0, 8192);
  first.header = plain_header(first);
  first.header[0] = 0x46;
  first.header.resize(24);
  const Said said = say(defragmenter, first);
  EXPECT_EQ(said.refusal, FragmentRefusal::kOversize);
  EXPECT_EQ(names_of(said.anomalies), "fragment-oversize");
  EXPECT_EQ(defragmenter.pending(), 0U);
  EXPECT_TRUE(sums_balance(defragmenter));
}

TEST(Defragmenter, TheLargestDatagramIsPutTogether) {
  for (const uint8_t version : {uint8_t{4}, uint8_t{6}}) {
    const uint32_t bytes = version == 4 ? 65'515 : 65'535;
    Defragmenter defragmenter({});
    Said said;
    for (uint32_t offset = 0; offset < bytes; offset += 1480) {
      const uint32_t n = std::min(1480U, bytes - offset);
      said = say(defragmenter, part(offset, n, offset + n < bytes, version));
    }
    EXPECT_EQ(body_of(said.packet, version == 4 ? 20 : 40), counted(0, bytes));
  }
}

TEST(Defragmenter, EmptyFragmentsAreRefused) {
  Defragmenter defragmenter({});
  for (const MadeFragment& empty : {part(8, 0), part(8, 0, false), part(0, 0)}) {
    const Said said = say(defragmenter, empty);
    EXPECT_EQ(said.refusal, FragmentRefusal::kLength);
    EXPECT_EQ(names_of(said.anomalies), "fragment-length");
  }
  EXPECT_EQ(defragmenter.pending(), 0U);
}

TEST(Defragmenter, OddBytesOfAFragmentThatIsNotTheLastAreCutOrItIsRefused) {
  for (int i = 0; i < static_cast<int>(FragmentPolicy::kCount); ++i) {
    const auto policy = static_cast<FragmentPolicy>(i);
    const bool cut = policy == FragmentPolicy::kLinux || policy == FragmentPolicy::kDiscard;
    Defragmenter defragmenter({});
    const Said said = say(defragmenter, part(0, 261), policy);
    EXPECT_EQ(names_of(said.anomalies), "fragment-length");
    EXPECT_EQ(said.disposition, cut ? kHeld : kRefused);
    EXPECT_EQ(say(defragmenter, part(0, 261, true, 6), policy).refusal, FragmentRefusal::kLength);
    const Said last = say(defragmenter, part(256, 8, false), policy);
    EXPECT_EQ(last.packet.empty() ? Bytes() : body_of(last.packet), cut ? counted(0, 264) : Bytes());
    EXPECT_EQ(say(defragmenter, part(8, 7).of(2), policy).refusal, FragmentRefusal::kLength) << "nothing is left of it";
  }
}

TEST(Defragmenter, AWholeDatagramIsNoFragment) {
  Defragmenter defragmenter({});
  EXPECT_EQ(say(defragmenter, part(0, 100, false)).refusal, FragmentRefusal::kWholeDatagram);
  EXPECT_EQ(defragmenter.pending(), 0U);
}

TEST(Defragmenter, AFirstFragmentWithoutASoundHeaderIsRefused) {
  Bytes not_44_behind(48, 0);
  not_44_behind[0] = 0x60;
  not_44_behind[6] = 6;
  Bytes cut_options(44, 0);
  cut_options[0] = 0x60;
  Bytes long_options(40 + 2056, 0);
  long_options[0] = 0x60;
  long_options[41] = 255;
  const std::pair<uint8_t, Bytes> headers[] = {{4, filled(20, 0)},    {4, filled(19, 0x44)}, {4, filled(24, 0x45)},
                                               {4, filled(20, 0x65)}, {6, not_44_behind},    {6, cut_options},
                                               {6, filled(39, 0x60)}, {6, long_options}};
  for (const auto& [version, header] : headers) {
    MadeFragment first = part(0, 256, true, version);
    first.header = header;
    // The addresses are not read from it.
    const Bytes sound = plain_header(first);
    Fragment view = view_of(first, sound);
    view.header = header;
    Defragmenter defragmenter({});
    const Reassembled out = defragmenter.add(view, kDefaultFragmentPolicy, [](const EndedDatagram&) {});
    EXPECT_EQ(out.refusal, FragmentRefusal::kHeader) << int{version} << " " << header.size();
    EXPECT_EQ(names_of(out.anomalies), "fragment-limit");
  }
}

TEST(Defragmenter, DatagramsThatDifferInAnyPartOfTheKeyStayApart) {
  Defragmenter defragmenter({});
  std::vector<MadeFragment> firsts(6, part(0, 256));
  firsts[1].id = 2;
  firsts[2].source = 3;
  firsts[3].protocol = 1;
  firsts[4].vlan = 7;
  firsts[5].segment = 0x1234;
  for (const MadeFragment& first : firsts) EXPECT_EQ(say(defragmenter, first).disposition, kHeld);
  EXPECT_EQ(defragmenter.pending(), 6U);
  for (MadeFragment last : firsts) {
    last.offset = 256;
    last.more = false;
    EXPECT_EQ(say(defragmenter, last).disposition, kWhole);
  }
}

}  // namespace
}  // namespace glacis
