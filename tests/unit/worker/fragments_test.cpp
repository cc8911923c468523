// Datagrams that come in fragments, through the whole engine: who reads them puts them together, whoever owns the flow.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/fakes/ip_fragments.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const IpAddress kUser = IpAddress::v4(10, 1, 0, 7), kData = IpAddress::v4(10, 4, 0, 5);
constexpr Nanos kStart = seconds(1'700'000'000);
constexpr std::string_view kCard = "card=4111111111111111";

// A UDP datagram to the database in fragments of so many bytes.
std::vector<MemoryFrame> datagram(std::string_view text, uint16_t id, size_t bytes, uint16_t port = 40'000,
                                  Nanos at = kStart) {
  std::vector<MemoryFrame> out;
  for (frames::Bytes& bytes_of :
       frames::in_fragments({kUser, kData}, frames::udp(port, 5432, frames::text(text)), id, bytes)) {
    out.push_back({at, std::move(bytes_of), LinkType::kEthernet});
  }
  return out;
}

class FragmentsTest : public EngineTest {};

TEST_F(FragmentsTest, APatternThatLiesInTwoFragmentsIsFoundWhicheverComesFirst) {
  for (const bool reversed : {false, true}) {
    auto frames = datagram("first " + std::string(kCard) + " last", 7, 24);
    ASSERT_GT(frames.size(), 1U);
    if (reversed) std::reverse(frames.begin(), frames.end());
    Heard heard;
    const EngineCounters c = replay(frames, heard);
    EXPECT_THAT(heard.evidence, SizeIs(1)) << "reversed " << reversed;
    ASSERT_THAT(heard.all, Contains(HasSubstr("end ")));
    // 20 bytes of IP header, 8 of UDP, the text.
    EXPECT_THAT(heard.all,
                Contains(HasSubstr("1+0 packets " + std::to_string(28 + 6 + kCard.size() + 5) + "+0 bytes")));
    EXPECT_EQ(c.processed, 1U);
    EXPECT_EQ(c.datagrams, 1U);
    EXPECT_EQ(c.decode[static_cast<size_t>(DecodeResult::kFragment)], frames.size() - 1);
  }
}

// The header checksum stands 10 bytes into the IP header, which begins behind Ethernet's 14.
TEST_F(FragmentsTest, AFragmentWhoseHeaderIsDamagedStandsForNone) {
  auto frames = datagram("first " + std::string(kCard) + " last", 7, 24);
  MemoryFrame decoy = frames[1];
  std::fill(decoy.bytes.end() - 24, decoy.bytes.end(), 'x');
  decoy.bytes[24] ^= 0xff;
  frames.insert(frames.begin() + 1, decoy);
  for (const uint16_t workers : {1, 4}) {
    Heard heard;
    const EngineCounters c = replay(frames, heard, workers);
    EXPECT_THAT(heard.evidence, SizeIs(1)) << workers << " workers";
    EXPECT_EQ(c.datagrams, 1U);
    EXPECT_EQ(c.anomalies[static_cast<size_t>(Anomaly::kFragmentConflict)], 0U);
    EXPECT_EQ(c.anomalies[static_cast<size_t>(Anomaly::kBadChecksum)], 1U);
  }
}

TEST_F(FragmentsTest, FragmentsThatNeverBecomeADatagramAreCountedAndToldAsMissing) {
  auto frames = datagram("one that is never whole", 7, 16);
  frames.pop_back();
  Heard heard;
  const EngineCounters c = replay(frames, heard);
  EXPECT_EQ(c.processed, 0U);
  EXPECT_EQ(c.flows, 0U);
  EXPECT_EQ(c.decode[static_cast<size_t>(DecodeResult::kFragment)], frames.size());
  EXPECT_EQ(c.anomalies[static_cast<size_t>(Anomaly::kFragmentMissing)], 1U);
}

// The card stands in the bytes that come second: an end that lets them replace the first ones reads it.
TEST_F(FragmentsTest, WhatFragmentsConflictAboutIsSearchedInBothReadings) {
  const frames::Ends ends{kUser, kData};
  const std::string harmless(48, 'x');
  std::string hidden = harmless;
  hidden.replace(8, kCard.size(), kCard);
  const auto first = frames::pieces_of(frames::finished(frames::udp(40'000, 5432, frames::text(harmless)), ends), 48);
  const auto second = frames::pieces_of(frames::finished(frames::udp(40'000, 5432, frames::text(hidden)), ends), 48);
  std::vector<MemoryFrame> frames;
  for (const frames::Piece* piece : {&first[0], &second[0], &first[1]}) {
    frames.push_back({kStart, frames::fragment(ends, 9, kIpProtoUdp, *piece), LinkType::kEthernet});
  }
  Heard heard;
  const EngineCounters c = replay(frames, heard);
  EXPECT_THAT(heard.evidence, SizeIs(1));
  EXPECT_EQ(c.processed, 1U) << "the other reading is no packet of its own";
  EXPECT_EQ(c.anomalies[static_cast<size_t>(Anomaly::kFragmentConflict)], 1U);
}

MemoryFrame at_start(frames::Bytes bytes) { return {kStart, std::move(bytes), LinkType::kEthernet}; }

// A datagram of so many bytes with its header, in two fragments.
std::vector<MemoryFrame> large_datagram(uint8_t version, size_t bytes) {
  const bool v4 = version == 4;
  const frames::Ends ends = v4 ? frames::Ends{kUser, kData} : frames::ends6();
  const frames::Bytes payload(bytes - (v4 ? 20 : 40) - 8, 'x');
  const frames::Bytes body = frames::finished(frames::udp(40'000, 5432, payload), ends);
  std::vector<MemoryFrame> out;
  for (const frames::Piece& piece : frames::pieces_of(body, body.size() / 16 * 8)) {
    const auto field = static_cast<uint16_t>(piece.offset | (piece.more ? 1 : 0));
    out.push_back(at_start(v4 ? frames::fragment(ends, 9, kIpProtoUdp, piece)
                              : frames::ethernet(frames::kIp6, frames::ip6_raw(ends, {frames::fragment_header(field)},
                                                                               kIpProtoUdp, piece.bytes))));
  }
  return out;
}

// Frames of that size need mbufs of that size.
TEST_F(FragmentsTest, EveryDatagramThatABufferHoldsIsReadAndWhatNoneHoldsIsToldAndCounted) {
  pool_ = *MbufPool::make("large_frames", 63, 0xffff);
  for (const uint8_t version : {4, 6}) {
    for (const size_t bytes : {2'000UL, 40'000UL, 65'471UL, 65'472UL, 65'535UL, 65'536UL, 65'575UL}) {
      if (version == 4 && bytes > 65'535) continue;  // there is none
      const bool fits = bytes <= FragmentJoiner::kMostDatagram;
      Heard heard;
      const EngineCounters c = replay(large_datagram(version, bytes), heard);
      EXPECT_EQ(c.processed, fits ? 1U : 0U) << bytes;
      EXPECT_EQ(c.datagrams_lost, fits ? 0U : 1U) << bytes;
      EXPECT_EQ(c.anomalies[static_cast<size_t>(Anomaly::kFragmentLimit)], fits ? 0U : 1U) << bytes;
      EXPECT_EQ(c.bytes, fits ? bytes : 0U);
    }
  }
  mbufs_ = 63;
}

// IP in IP, each packet in two fragments, the inner ones' second halves sent ahead: the last small packet makes them
// all whole, one in the other.
TEST_F(FragmentsTest, FragmentsInFragmentsAreAccountedForHoweverDeep) {
  constexpr int kDeep = 6;
  const frames::Ends ends{kUser, kData};
  std::vector<MemoryFrame> frames;
  frames::Bytes inner = frames::finished(frames::udp(40'000, 5432, frames::text(std::string(24, 'x'))), ends);
  uint8_t protocol = kIpProtoUdp;
  for (int depth = 0; depth < kDeep; ++depth) {
    const auto pieces = frames::pieces_of(inner, 16);
    for (size_t i = 1; i < pieces.size(); ++i) {
      frames.push_back(at_start(frames::fragment(ends, static_cast<uint16_t>(depth), protocol, pieces[i])));
    }
    const frames::Bytes first = frames::fragment(ends, static_cast<uint16_t>(depth), protocol, pieces[0]);
    inner.assign(first.begin() + 14, first.end());
    protocol = 4;
  }
  frames.push_back(at_start(frames::ethernet(frames::kIp4, inner)));
  for (const uint16_t workers : {1, 2}) {
    Heard heard;
    const EngineCounters c = replay(frames, heard, workers);  // asks for the sum
    EXPECT_EQ(c.received, frames.size());
    EXPECT_LE(c.datagrams, static_cast<uint64_t>(kMaxTunnels));
  }
}

// Large packets through a tunnel are cut on the way, small ones are not: they are one flow.
TEST_F(FragmentsTest, ATunnelThatComesInFragmentsKeepsItsFlowsKey) {
  const frames::Ends ends{kUser, kData}, outer{IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 0, 2, 2)};
  constexpr uint8_t kGre = 47;
  const auto carried = [&](size_t payload) {
    frames::Bytes gre{0, 0, 8, 0};
    frames::put(gre, frames::ip4({.ends = ends}, frames::udp(40'000, 5432, frames::text(std::string(payload, 'x')))));
    return gre;
  };
  const auto tagged = [](frames::Bytes frame) {
    const frames::Bytes tag{0x81, 0x00, 0x00, 0x0a};
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    return at_start(frame);
  };
  std::vector<MemoryFrame> frames;
  frames.push_back(tagged(frames::ethernet(frames::kIp4, frames::ip4_raw({.ends = outer}, kGre, carried(10)))));
  for (const frames::Piece& piece : frames::pieces_of(carried(200), 64)) {
    frames.push_back(tagged(frames::fragment(outer, 3, kGre, piece)));
  }
  Heard heard;
  const EngineCounters c = replay(frames, heard);
  EXPECT_EQ(c.flows, 1U);
  EXPECT_EQ(c.processed, 2U);
}

// Datagrams of many flows, their fragments in any order between packets of the same flows.
std::vector<MemoryFrame> many_datagrams(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<MemoryFrame> out;
  for (uint16_t i = 0; i < 200; ++i) {
    const std::string text = i % 3 == 0 ? std::string(40, 'a') + std::string(kCard) + " " : std::string(300, 'b');
    const auto port = static_cast<uint16_t>(40'000 + random() % 20);
    const Nanos at = kStart + milliseconds(static_cast<int64_t>(random() % 3'000));
    auto frames = datagram(text, i, 8 * (1 + random() % 8), port, at);
    for (MemoryFrame& frame : frames) frame.time = at + milliseconds(static_cast<int64_t>(random() % 50));
    out.insert(out.end(), frames.begin(), frames.end());
    out.push_back({at,
                   frames::ethernet(frames::kIp4,
                                    frames::ip4({.ends = {kUser, kData}}, frames::udp(port, 5432, frames::text("x")))),
                   LinkType::kEthernet});
  }
  std::stable_sort(out.begin(), out.end(), [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
  return out;
}

TEST_F(FragmentsTest, AnyNumberOfWorkersBurstAndSeedSayTheSame) {
  Heard one;
  const EngineCounters c = replay(many_datagrams(1), one, 1, 32, 1);
  ASSERT_EQ(c.datagrams, 200U);
  ASSERT_EQ(c.processed, 400U);
  ASSERT_GT(one.evidence.size(), 15U);
  struct Shape {
    uint16_t workers, burst;
    uint64_t seed;
  };
  for (const Shape s : {Shape{1, 1, 2}, Shape{2, 64, 3}, Shape{4, 1, 4}, Shape{4, 64, 5}}) {
    Heard other;
    replay(many_datagrams(1), other, s.workers, s.burst, s.seed);
    EXPECT_EQ(other.all, one.all) << s.workers << " workers, burst " << s.burst;
    EXPECT_EQ(other.evidence, one.evidence);
  }
}

// Every step of a path, every count: also of fragments that conflict, are cut wrong or stay alone.
TEST_F(FragmentsTest, AnyNumberOfWorkersCountsTheSame) {
  const auto frames = [] {
    std::vector<MemoryFrame> out = many_datagrams(2);
    std::mt19937 random(3);
    for (MemoryFrame& frame : out) {
      if (random() % 10 == 0) frame.bytes[14 + 20 + random() % 4] ^= 0xff;  // what the fragment carries
      if (random() % 20 == 0) frame.bytes[14 + 10] ^= 0xff;                 // its header's checksum
    }
    for (size_t i = 0; i < 200; ++i) out.push_back(out[random() % out.size()]);
    std::stable_sort(out.begin(), out.end(),
                     [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
    return out;
  }();
  Heard one;
  const EngineCounters first = replay(frames, one, 1, 32, 1);
  for (const uint16_t workers : {2, 4}) {
    Heard other;
    const EngineCounters c = replay(frames, other, workers, 7, workers);
    EXPECT_EQ(other.all, one.all) << workers;
    EXPECT_EQ(c.anomalies, first.anomalies) << workers;
    EXPECT_EQ(c.decode, first.decode) << workers;
    EXPECT_EQ(c.processed, first.processed) << workers;
    EXPECT_EQ(c.datagrams, first.datagrams) << workers;
  }
}

TEST_F(FragmentsTest, TheFastWayTellsWhatThePlainOneTells) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    Heard fast, plain;
    replay(many_datagrams(seed), fast, 1, 64, seed, PacketWay::kFast);
    replay(many_datagrams(seed), plain, 1, 1, seed, PacketWay::kPlain);
    ASSERT_EQ(fast.all, plain.all) << "seed " << seed;
  }
}

}  // namespace
}  // namespace glacis
