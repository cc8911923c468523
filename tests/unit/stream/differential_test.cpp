#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "tests/fakes/plain_stream.h"

namespace glacis {
namespace {

struct Play {
  size_t text = 200, longest = 30, steps = 60;
  bool acks = false, lies = true, syn = false, urgent = false;
};

// Segments of a text in any order, some of them with other bytes, as often as it takes.
void play(const Play& p, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto policy = static_cast<OverlapPolicy>(random() % kOverlapPolicies);
  const uint32_t one_sided = random() % 3 == 0 ? 40 : 1 << 20;
  TcpReassembler real(
      {.streams = 1, .arena_chunks = 256, .most_chunks = 256, .most_pieces = 32, .one_sided_bytes = one_sided});
  BothStreams both(real, policy, one_sided, static_cast<uint32_t>(random()));
  std::string text(p.text, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  const uint64_t base = uint64_t{1} << 40;
  if (p.syn) both.syn(base);
  uint64_t near = 0;  // where the sender is
  for (size_t step = 0; step < p.steps; ++step) {
    const uint64_t from = random() % 4 == 0 ? random() % p.text : std::min<uint64_t>(near + random() % 8, p.text - 1);
    std::string bytes = text.substr(from, 1 + random() % p.longest);
    if (p.lies && random() % 3 == 0) bytes[random() % bytes.size()] = static_cast<char>('A' + random() % 26);
    if (p.lies && random() % 9 == 0) bytes.assign(bytes.size(), static_cast<char>('A' + random() % 26));
    const bool bad = p.lies && random() % 12 == 0;
    std::optional<uint16_t> urgent;
    if (p.urgent && random() % 8 == 0) urgent = static_cast<uint16_t>(random() % (p.longest + 5));
    both.data(base + from, bytes, bad, urgent);
    if (random() % 2 == 0) near = std::min<uint64_t>(p.text - 1, from + bytes.size());
    if (p.acks && random() % 5 == 0) both.ack(base + random() % (near + 1));
    ASSERT_EQ(both.main, both.plain.main) << "step " << step << " policy " << static_cast<int>(policy);
    ASSERT_EQ(both.other, both.plain.other) << "step " << step << " policy " << static_cast<int>(policy);
  }
  both.finish();
  ASSERT_EQ(real.counters().full, 0u);
  ASSERT_EQ(both.main, both.plain.main);
  ASSERT_EQ(both.other, both.plain.other);
  ASSERT_EQ(real.counters().conflicts, static_cast<uint64_t>(both.plain.conflicts));
  ASSERT_EQ(real.counters().gaps, static_cast<uint64_t>(both.plain.gaps));
  ASSERT_EQ(both.anomalies.has(Anomaly::kTcpConflict), both.plain.conflicts != 0);
}

void play_many(const Play& p, int rounds) {
  const uint64_t seed = std::random_device{}();
  for (int i = 0; i < rounds; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + static_cast<uint64_t>(i)));
    ASSERT_NO_FATAL_FAILURE(play(p, seed + static_cast<uint64_t>(i)));
  }
}

TEST(TcpReassemblerAgainstThePlainOne, HonestSegmentsInAnyOrder) { play_many({.lies = false, .syn = true}, 2000); }
TEST(TcpReassemblerAgainstThePlainOne, SegmentsThatDifferWithoutAcknowledgements) { play_many({}, 2000); }
TEST(TcpReassemblerAgainstThePlainOne, SegmentsThatDifferWithAcknowledgements) {
  play_many({.acks = true, .syn = true}, 2000);
}
TEST(TcpReassemblerAgainstThePlainOne, UrgentBytes) { play_many({.acks = true, .syn = true, .urgent = true}, 2000); }
TEST(TcpReassemblerAgainstThePlainOne, LongSegmentsThatFillChunksAndOutrunTheHistory) {
  play_many({.text = 20'000, .longest = 3000, .steps = 40, .acks = true, .syn = true, .urgent = true}, 100);
}

}  // namespace
}  // namespace glacis
