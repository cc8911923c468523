// The fast way and its plain twin under the same load: payload that the flow table counts alone, because nobody has
// time to search it, must leave what the plain way leaves.
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <tuple>

#include "tests/unit/worker/engine_fixture.h"
#include "tests/unit/worker/nonsense.h"

namespace glacis {
namespace {

constexpr size_t kFlows = 4096, kStreams = 512;

// Conversations that talk long enough to be counted alone, with nonsense between them.
std::vector<MemoryFrame> traffic(uint32_t seed) {
  std::mt19937 random(seed);
  constexpr std::string_view kTexts[] = {"", "x", "select 1", "card=41111111", "11111111 ", "card=4111111111111111 "};
  std::vector<MemoryFrame> out = nonsense(seed);
  for (uint16_t port = 30'000; port < 30'008; ++port) {
    const Nanos start = kNonsenseStart + milliseconds(static_cast<int64_t>(random() % 2'000));
    Talk talk(kNonsenseUser, port, kNonsenseData, 5432, start);
    talk.handshake();
    for (uint32_t i = 0, packets = random() % 100; i < packets; ++i) {
      const std::string_view text = kTexts[random() % std::size(kTexts)];
      (void)(random() % 2 == 0 ? talk.from_client(kTcpAck, text) : talk.from_server(kTcpAck, text));
    }
    talk.append_to(out);
  }
  std::stable_sort(out.begin(), out.end(), [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
  return out;
}

class WaysUnderLoad : public EngineTest {
 protected:
  struct Said {
    Heard heard;
    CoreCounters counters;

    [[nodiscard]] auto sums() const {
      const CoreCounters& c = counters;
      return std::tuple(c.received.get(), c.processed.get(), c.bytes.get(), c.bad_checksum.get(), c.flows.get(),
                        c.violations.get(), c.scans_shed.get(), c.streams_shed.get(), c.records_shed.get());
    }
  };

  // One worker's steps by hand: `most` packets a burst, and from time to time another level, by the seed.
  void run(PacketWay way, uint32_t seed, size_t most, Said& out) {
    auto streams = ScanStreams::make(generation_->shared_patterns(), {.flows = kStreams});
    ASSERT_TRUE(streams);
    PipelineOptions options;
    options.way = way;
    options.flow_slots = kFlows;
    SpscRing<Event> ring(16'384);
    Pipeline pipeline(options, ring, out.counters);
    pipeline.content().offer(streams->get());
    const auto frames = traffic(seed);
    ordinal_ = 0;
    std::mt19937 random(seed);
    for (size_t at = 0; at < frames.size();) {
      const size_t same_level = std::min<size_t>(1 + random() % 40, frames.size() - at);
      pipeline.shed(static_cast<ShedLevel>(random() % static_cast<unsigned>(ShedLevel::kCount)));
      for (const size_t end = at + same_level; at < end;) {
        const size_t count = std::min(most, end - at);
        process(pipeline, std::span(frames).subspan(at, count));
        at += count;
      }
      hear(ring, out.heard);
    }
    pipeline.shut_down(frames.back().time, *generation_);
    hear(ring, out.heard);
    EXPECT_EQ(out.counters.streams_refused.get(), 0U) << "a cap was hit";
  }

 private:
  void process(Pipeline& pipeline, std::span<const MemoryFrame> frames) {
    Burst& burst = *burst_;
    std::array<LinkType, kMaxBurst> links;
    burst.count = static_cast<uint16_t>(frames.size());
    for (uint16_t i = 0; i < burst.count; ++i) {
      const auto& bytes = frames[i].bytes;
      burst.mbuf[i] = rte_pktmbuf_alloc(pool_->get());
      ASSERT_NE(burst.mbuf[i], nullptr);
      std::memcpy(rte_pktmbuf_append(burst.mbuf[i], static_cast<uint16_t>(bytes.size())), bytes.data(), bytes.size());
      burst.time[i] = burst.clock = frames[i].time;
      burst.ordinal[i] = Ordinal(++ordinal_);
      burst.port[i] = PortId(0);
      links[i] = frames[i].link;
    }
    pipeline.process(burst, std::span(links).first(burst.count), *generation_);
    rte_pktmbuf_free_bulk(burst.mbuf.data(), burst.count);
  }
  void hear(SpscRing<Event>& ring, Heard& heard) {
    for (Event event; ring.pop(event);) heard.on_event(event, *generation_);
  }

  const std::shared_ptr<const Generation> generation_ = generation_of(kPolicyText, 1);
  const std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
  uint64_t ordinal_ = 0;
};

TEST_F(WaysUnderLoad, TellTheSameWhateverIsGivenUp) {
  uint64_t given_up = 0, cut = 0, found = 0, quiet = 0;
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    Said fast, plain;
    run(PacketWay::kFast, seed, kMaxBurst, fast);
    run(PacketWay::kPlain, seed, 1, plain);
    ASSERT_EQ(difference(fast.heard.all, plain.heard.all), "") << "seed " << seed;
    ASSERT_EQ(fast.heard.evidence, plain.heard.evidence) << "seed " << seed;
    ASSERT_EQ(fast.sums(), plain.sums()) << "seed " << seed;
    given_up += fast.counters.scans_shed.get();
    cut += fast.counters.streams_shed.get();
    found += fast.heard.evidence.size();
    quiet += fast.counters.quiet.get();
  }
  EXPECT_GT(given_up, 1000U);
  EXPECT_GT(cut, 500U);
  EXPECT_GT(found, 100U) << "some are searched";
  EXPECT_GT(quiet, 10'000U);
}

}  // namespace
}  // namespace glacis
