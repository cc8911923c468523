// Time, room and fairness.
#include <gtest/gtest.h>

#include "dataplane/fragment/defragmenter.h"
#include "tests/fakes/fragments.h"

namespace glacis {
namespace {

using enum FragmentDisposition;

MadeFragment first(uint32_t id = 1, uint8_t source = 1, size_t bytes = 256) {
  return {.id = id, .bytes = std::vector<uint8_t>(bytes, static_cast<uint8_t>(id)), .source = source};
}
MadeFragment last(uint32_t id = 1, uint8_t source = 1, size_t offset = 256) {
  return {.id = id, .offset = static_cast<uint32_t>(offset), .more = false, .bytes = {1, 2, 3}, .source = source};
}
std::vector<EndedDatagram> advance(Defragmenter& defragmenter, int64_t ms, size_t budget = SIZE_MAX) {
  std::vector<EndedDatagram> out;
  defragmenter.advance(milliseconds(ms), [&](const EndedDatagram& ended) { out.push_back(ended); }, budget);
  return out;
}

TEST(DefragmenterLimits, ADatagramThatIsNotWholeInTimeIsTold) {
  for (const auto& [version, ms] : {std::pair<uint8_t, int64_t>(4, 30'000), std::pair<uint8_t, int64_t>(6, 60'000)}) {
    Defragmenter defragmenter({});
    MadeFragment f = first(7).at(1'000);
    f.ip_version = version;
    f.vlan = 9;
    f.segment = 5;
    (void)say(defragmenter, f);
    EXPECT_TRUE(advance(defragmenter, 1'000 + ms - 1).empty());
    const auto ended = advance(defragmenter, 1'000 + ms + 5'000);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].end, DatagramEnd::kTimedOut);
    EXPECT_EQ(ended[0].time, milliseconds(1'000 + ms)) << "when its time was over, not when the sweep came";
    EXPECT_EQ(names_of(ended[0].anomalies), "fragment-missing");
    EXPECT_EQ(ended[0].id, 7U);
    EXPECT_EQ(ended[0].vlan_outer, 9);
    EXPECT_EQ(ended[0].segment, 5U);
    EXPECT_EQ(ended[0].ip_version, version);
    EXPECT_EQ(ended[0].protocol, 17);
    EXPECT_EQ(defragmenter.counters().timed_out, 1U);
    EXPECT_EQ(defragmenter.free_bytes(), DefragmentOptions{}.arena_bytes);
    EXPECT_TRUE(sums_balance(defragmenter));
  }
}

TEST(DefragmenterLimits, AFragmentThatComesAfterTheTimeStartsAnotherWhetherOrNotASweepCame) {
  for (const bool sweep : {false, true}) {
    Defragmenter defragmenter({});
    (void)say(defragmenter, first());
    size_t told = 0;
    if (sweep) told += advance(defragmenter, 30'000).size();
    const Said said = say(defragmenter, last().at(30'000));
    told += said.ended.size();
    EXPECT_EQ(said.disposition, kHeld);
    EXPECT_EQ(told, 1U);
    EXPECT_EQ(defragmenter.pending(), 1U);
  }
}

TEST(DefragmenterLimits, FragmentsDoNotLengthenTheTime) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, first());
  MadeFragment more = first().at(29'999);
  more.offset = 256;
  (void)say(defragmenter, more);
  EXPECT_EQ(advance(defragmenter, 30'000).size(), 1U);
}

TEST(DefragmenterLimits, ASweepStopsAtItsBudgetAndGoesOnThere) {
  Defragmenter defragmenter({});
  for (uint32_t id = 0; id < 10; ++id) (void)say(defragmenter, first(id));
  EXPECT_EQ(advance(defragmenter, 60'000, 4).size(), 4U);
  EXPECT_EQ(defragmenter.pending(), 6U);
  EXPECT_EQ(advance(defragmenter, 60'000).size(), 6U);
}

TEST(DefragmenterLimits, ALateRepetitionOfAWholeDatagramGoesSoonAndWithoutAWord) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, first());
  EXPECT_EQ(say(defragmenter, last().at(10)).disposition, kWhole);
  EXPECT_EQ(say(defragmenter, last().at(20)).disposition, kHeld);
  EXPECT_TRUE(advance(defragmenter, 5'019).empty());
  EXPECT_EQ(defragmenter.pending(), 1U);
  EXPECT_TRUE(advance(defragmenter, 5'020).empty()) << "nothing was missing";
  EXPECT_EQ(defragmenter.pending(), 0U);
  EXPECT_EQ(defragmenter.counters().late, 1U);
  EXPECT_TRUE(sums_balance(defragmenter));
}

TEST(DefragmenterLimits, ANewDatagramUnderAnIdThatWasJustWholeIsPutTogether) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, first());
  (void)say(defragmenter, last());
  EXPECT_EQ(say(defragmenter, first().at(100)).disposition, kHeld);
  EXPECT_EQ(say(defragmenter, last().at(200)).disposition, kWhole);
}

TEST(DefragmenterLimits, ASecondFragmentGivesALateDatagramItsFullTime) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, first());
  (void)say(defragmenter, last());
  (void)say(defragmenter, first().at(100));
  (void)say(defragmenter, last(1, 1, 512).at(200));
  EXPECT_TRUE(advance(defragmenter, 30'199).empty());
  EXPECT_EQ(defragmenter.pending(), 1U);
  EXPECT_EQ(advance(defragmenter, 30'200).size(), 1U) << "and then it is missed";
}

TEST(DefragmenterLimits, AnIdThatWasWholeLongAgoIsForgotten) {
  Defragmenter defragmenter({});
  (void)say(defragmenter, first());
  (void)say(defragmenter, last());
  (void)say(defragmenter, first().at(5'000));
  EXPECT_EQ(advance(defragmenter, 35'000).size(), 1U);
}

TEST(DefragmenterLimits, AFullTableLosesItsOldestDatagram) {
  Defragmenter defragmenter({.datagrams = 4, .share = 1});
  for (uint32_t id = 1; id <= 4; ++id) (void)say(defragmenter, first(id).at(id));
  const Said said = say(defragmenter, first(5).at(5));
  ASSERT_EQ(said.ended.size(), 1U);
  EXPECT_EQ(said.ended[0].id, 1U);
  EXPECT_EQ(said.ended[0].end, DatagramEnd::kEvicted);
  EXPECT_EQ(said.ended[0].time, milliseconds(5));
  EXPECT_EQ(names_of(said.ended[0].anomalies), "fragment-limit");
  EXPECT_EQ(say(defragmenter, last(2)).disposition, kWhole);
  EXPECT_TRUE(sums_balance(defragmenter));
}

TEST(DefragmenterLimits, TheOldestIsFoundOverBothVersions) {
  Defragmenter defragmenter({.datagrams = 2, .share = 1});
  MadeFragment six = first(1);
  six.ip_version = 6;
  (void)say(defragmenter, six);
  (void)say(defragmenter, first(2).at(1));
  EXPECT_EQ(say(defragmenter, first(3).at(2)).ended.at(0).ip_version, 6);
  EXPECT_EQ(say(defragmenter, first(4).at(3)).ended.at(0).id, 2U);
}

TEST(DefragmenterLimits, LateFragmentsGoBeforeAnyOther) {
  Defragmenter defragmenter({.datagrams = 2, .share = 1});
  (void)say(defragmenter, first(9, 3));
  (void)say(defragmenter, last(9, 3).at(1));
  (void)say(defragmenter, first(1).at(2));
  (void)say(defragmenter, last(9, 3).at(3));
  EXPECT_TRUE(say(defragmenter, first(2).at(4)).ended.empty());
  EXPECT_EQ(say(defragmenter, last(1).at(5)).disposition, kWhole);
  EXPECT_EQ(defragmenter.counters().late, 1U);
}

TEST(DefragmenterLimits, AFullArenaLosesItsOldestDatagramsUntilThereIsRoom) {
  Defragmenter defragmenter({.arena_bytes = 8 * 2048, .share = 1});
  for (uint32_t id = 1; id <= 8; ++id) (void)say(defragmenter, first(id));
  EXPECT_EQ(defragmenter.free_bytes(), 0U);
  const Said said = say(defragmenter, first(9, 1, 5000));
  EXPECT_EQ(said.disposition, kHeld);
  ASSERT_EQ(said.ended.size(), 3U);
  EXPECT_EQ(said.ended[2].id, 3U);
  EXPECT_EQ(say(defragmenter, last(4)).disposition, kWhole);
}

// One source that floods takes its own room, never that of others.
TEST(DefragmenterLimits, AFloodOfOneSourceEvictsNoDatagramOfAnother) {
  Defragmenter defragmenter({.arena_bytes = 64 * 2048, .datagrams = 64});
  for (uint32_t id = 1; id <= 8; ++id) (void)say(defragmenter, first(id, 2));
  for (uint32_t id = 1; id <= 5'000; ++id) {
    for (const EndedDatagram& ended : say(defragmenter, first(id, 66, id % 3 * 1480 + 256).at(id % 5)).ended) {
      ASSERT_EQ(ended.source, IpAddress::v4(10, 0, 0, 66)) << id;
    }
    ASSERT_LE(defragmenter.pending(), 8U + 16);
    ASSERT_GE(defragmenter.free_bytes(), (64 - 8 - 16) * 2048U);
  }
  for (uint32_t id = 1; id <= 8; ++id) EXPECT_EQ(say(defragmenter, last(id, 2)).disposition, kWhole);
  EXPECT_TRUE(sums_balance(defragmenter));
}

// Nor does it matter how many destinations it has.
TEST(DefragmenterLimits, ASourceIsOneWhateverItSendsTo) {
  Defragmenter defragmenter({.datagrams = 64});
  for (uint32_t id = 1; id <= 100; ++id) {
    MadeFragment f = first(id, 66);
    f.header = plain_header(f);
    f.header[19] = static_cast<uint8_t>(id);
    (void)say(defragmenter, f);
  }
  EXPECT_EQ(defragmenter.pending(), 16U);
}

TEST(DefragmenterLimits, AFloodOfManySourcesNeverGrowsIt) {
  Defragmenter defragmenter({.arena_bytes = 64 * 2048, .datagrams = 64});
  for (uint32_t i = 0; i < 20'000; ++i) {
    (void)say(defragmenter, first(i, static_cast<uint8_t>(i % 251), i % 7 * 512 + 256).at(i / 10));
    ASSERT_LE(defragmenter.pending(), 64U);
  }
  EXPECT_TRUE(sums_balance(defragmenter));
  (void)advance(defragmenter, 1'000'000);
  EXPECT_EQ(defragmenter.pending(), 0U);
  EXPECT_EQ(defragmenter.free_bytes(), 64 * 2048U);
}

TEST(DefragmenterLimits, ADatagramOfTooManyFragmentsIsGivenUp) {
  Defragmenter defragmenter({.most_fragments = 3});
  for (uint32_t i = 0; i < 3; ++i) {
    MadeFragment f = first();
    f.offset = 256 * i;
    EXPECT_EQ(say(defragmenter, f).disposition, kHeld);
  }
  const Said said = say(defragmenter, last(1, 1, 1024));
  EXPECT_EQ(said.refusal, FragmentRefusal::kManyFragments);
  ASSERT_EQ(said.ended.size(), 1U);
  EXPECT_EQ(said.ended[0].end, DatagramEnd::kGivenUp);
  EXPECT_EQ(names_of(said.ended[0].anomalies), "fragment-limit");
  EXPECT_EQ(defragmenter.pending(), 0U);
  EXPECT_TRUE(sums_balance(defragmenter));
}

TEST(DefragmenterLimits, ADatagramOfTooManyBytesIsGivenUp) {
  Defragmenter defragmenter({.most_datagram_bytes = 1000});
  (void)say(defragmenter, first(1, 1, 512));
  MadeFragment over = first(2, 1, 512);
  over.id = 1;
  over.offset = 256;
  EXPECT_EQ(say(defragmenter, over).refusal, FragmentRefusal::kManyBytes) << "20 of the header, 512 and 512";
}

TEST(DefragmenterLimits, ADatagramBeyondItsSourcesShareIsGivenUp) {
  Defragmenter defragmenter({.arena_bytes = 8 * 2048});
  (void)say(defragmenter, first(1, 1, 4000));
  MadeFragment over = first(1, 1, 4000);
  over.offset = 4000;
  EXPECT_EQ(say(defragmenter, over).refusal, FragmentRefusal::kNoRoom);
  EXPECT_EQ(defragmenter.free_bytes(), 8 * 2048U);
}

TEST(DefragmenterLimits, LimitsOfZeroAreTakenAsOne) {
  Defragmenter defragmenter({.arena_bytes = 0, .datagrams = 0, .share = 0, .most_fragments = 0});
  EXPECT_EQ(say(defragmenter, first(1)).disposition, kHeld);
  EXPECT_EQ(say(defragmenter, first(2)).ended.size(), 1U);
  EXPECT_EQ(say(defragmenter, last(2)).refusal, FragmentRefusal::kManyFragments);
}

}  // namespace
}  // namespace glacis
