// Defragmenter against its plain twin: random overlaps, repetitions and ends, under every policy.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "dataplane/fragment/defragmenter.h"
#include "tests/fakes/fragments.h"
#include "tests/fakes/plain_reassembly.h"

namespace glacis {
namespace {

uint64_t seed() {
  const char* const given = std::getenv("GLACIS_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

struct Dice {
  std::mt19937_64 random;
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random() % n); }
};

// Mostly of a few units, with two values of bytes, so that overlaps agree now and then.
MadeFragment draw(Dice& dice, uint32_t units, uint8_t version) {
  MadeFragment out{.ip_version = version};
  out.offset = 8 * dice.below(units);
  out.more = dice.below(4) != 0;
  const uint32_t n = 1 + dice.below(units / 2 + 1);
  const uint32_t bytes = out.more ? 8 * n : 8 * n - dice.below(8);
  out.bytes.assign(bytes, static_cast<uint8_t>(dice.below(2)));
  if (dice.below(4) == 0) out.bytes[dice.below(bytes)] ^= 1;
  if (out.offset == 0) out.more = true;
  if (out.more) out.bytes.resize(8 * n, 1);
  out.hop_limit = static_cast<uint8_t>(64 + dice.below(2));
  return out;
}

std::string told(const MadeFragment& f) {
  return std::to_string(f.offset) + "+" + std::to_string(f.bytes.size()) + (f.more ? " " : ". ");
}

TEST(DefragmenterRandom, ReadsAsItsPlainTwinUnderEveryPolicy) {
  const uint64_t start = seed();
  size_t whole = 0, conflicts = 0, ends = 0;
  for (uint64_t round = 0; round < 20'000; ++round) {
    Dice dice{std::mt19937_64(start + round)};
    const auto policy = static_cast<FragmentPolicy>(round % static_cast<uint64_t>(FragmentPolicy::kCount));
    const uint8_t version = dice.below(2) == 0 ? 4 : 6;
    static Defragmenter defragmenter({.most_fragments = 40});
    PlainReassembly plain(policy, version);
    const uint32_t units = 2 + dice.below(14);
    std::string sequence = "GLACIS_TEST_SEED=" + std::to_string(start) + " round " + std::to_string(round) + ": ";
    bool conflict = false;
    for (int i = 0; i < 40; ++i) {
      MadeFragment f = draw(dice, units, version);
      f.id = static_cast<uint32_t>(round);
      f.at_ms = static_cast<int64_t>(round) * 100'000;
      sequence += told(f);
      const Said said = say(defragmenter, f, policy);
      const auto step = plain.add({f.offset, f.more, f.protocol, f.bytes, plain_header(f)});
      conflict = conflict || said.anomalies.has(Anomaly::kFragmentConflict);
      ASSERT_EQ(said.disposition == FragmentDisposition::kDuplicate, step.duplicate) << sequence;
      ASSERT_EQ(said.packet, step.packet) << sequence;
      ASSERT_EQ(said.other, step.other) << sequence;
      ASSERT_EQ(said.target_discards, step.discards) << sequence;
      ASSERT_FALSE(step.conflict && !conflict) << sequence;
      ASSERT_FALSE(said.anomalies.has(Anomaly::kFragmentConflict) && !step.conflict) << sequence;
      ASSERT_FALSE(said.anomalies.has(Anomaly::kFragmentOverlap) && !step.overlap) << sequence;
      ends += step.conflict && said.packet.empty() ? 1 : 0;
      if (said.packet.empty()) continue;
      ++whole;
      conflicts += said.other.empty() ? 0 : 1;
      break;
    }
  }
  EXPECT_TRUE(std::getenv("GLACIS_TEST_SEED") != nullptr || (whole > 8'000 && conflicts > 3'000 && ends > 3'000))
      << whole << " " << conflicts << " " << ends << ", else this shows little";
}

// Many at once, with every limit in reach: sums balance and every chunk comes back.
TEST(DefragmenterRandom, BalancesWhileEverythingIsFull) {
  const uint64_t start = seed();
  Dice dice{std::mt19937_64(start)};
  Defragmenter defragmenter({.arena_bytes = 20 * 2048,
                             .datagrams = 12,
                             .most_fragments = 6,
                             .most_datagram_bytes = 9000,
                             .life_v4 = seconds(2),
                             .life_v6 = seconds(3),
                             .life_late = milliseconds(500)});
  int64_t ms = 0;
  uint64_t ended = 0;
  for (int i = 0; i < 200'000; ++i) {
    MadeFragment f = draw(dice, 12, dice.below(2) == 0 ? 4 : 6);
    if (f.more && dice.below(3) == 0) f.bytes.resize(8 * (1 + dice.below(500)));
    f.id = dice.below(4);
    f.source = static_cast<uint8_t>(dice.below(3));
    f.at_ms = ms += dice.below(100);
    ended += say(defragmenter, f, static_cast<FragmentPolicy>(dice.below(8))).ended.size();
    if (dice.below(10) == 0) defragmenter.advance(milliseconds(ms), [&](const EndedDatagram&) { ++ended; }, 3);
    ASSERT_TRUE(sums_balance(defragmenter)) << start;
  }
  defragmenter.advance(milliseconds(ms + 100'000), [&](const EndedDatagram&) { ++ended; });
  EXPECT_EQ(defragmenter.pending(), 0U) << start;
  EXPECT_EQ(defragmenter.free_bytes(), 20 * 2048U) << start;
  const DefragmentCounters& c = defragmenter.counters();
  EXPECT_EQ(ended, c.timed_out + c.evicted + c.given_up) << start;
  EXPECT_TRUE(c.timed_out > 0 && c.evicted > 0 && c.given_up > 0 && c.whole > 0 && c.late > 0) << start;
}

}  // namespace
}  // namespace glacis
