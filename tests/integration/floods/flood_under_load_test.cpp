// Every second packet is one of a flood that wants all the room there is for fragments or for segments out of order, at
// 70 % of what the engine takes of this mixture: the others lose no packet, and what they say out of order is read.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <set>

#include "sensor/runtime/eal.h"
#include "tests/fakes/accounting.h"
#include "tests/fakes/fed_engine_input.h"
#include "tests/fakes/sanitized.h"
#include "tests/fakes/steady_load.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

constexpr uint32_t kRing = 1U << 17;
constexpr uint16_t kMbufRoom = 128 + 768, kConversations = 500;
constexpr uint64_t kToMeasure = kSanitized ? 100'000 : 400'000;  // packets
constexpr auto kSpan = std::chrono::seconds(1);
constexpr int kSpans = kSanitized ? 2 : 5;
constexpr double kShareOfCapacity = 0.7;
constexpr uint32_t kCards = 4;  // the rule

class CardSink final : public EventSink {
 public:
  void on_event(const Event& event, const Generation& generation) override {
    for (uint8_t i = 0; i < event.rule_count; ++i) {
      const auto rule = static_cast<int>(event.rules[i].value);
      if (generation.policy().rules(rule).id() == kCards) flows.insert(event.flow.id.value);
    }
  }
  void on_path(const PathAlert&, const Generation&) override {}
  std::set<uint64_t> flows;  // that showed a card; the correlator's until the engine has stopped
};

class FloodUnderLoad : public testing::TestWithParam<Flood> {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(sensor::start_eal({lcores_for(1), 256})); }
  static void TearDownTestSuite() { sensor::stop_eal(); }

  void SetUp() override {
    const OpenLoopSource::Options options{.flows = kConversations, .flood = GetParam()};
    input_ = std::make_unique<FedEngineInput>("flood", kRing, kMbufRoom, options);
    EngineOptions engine;
    engine.mode = RunMode::kLive;
    engine.poll = PollStyle::kBusy;
    engine.shedding = Shedding::kOff;  // the capacity is measured with the ring full
    engine.flow_slots = 8192;
    engine.duplicates.by_port = {Duplicates::kDrop};
    auto made = Engine::make(engine, {&input_->port}, sink_);
    ASSERT_TRUE(made) << made.error().text();
    engine_ = std::move(*made);
    ASSERT_TRUE(engine_->start(generation_of(kPolicyText, 1)));
  }
  void TearDown() override {
    input_->source.stop();
    if (engine_) engine_->stop();
  }

  std::unique_ptr<FedEngineInput> input_;
  CardSink sink_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(FloodUnderLoad, OthersLoseNothing) {
  SteadyLoad load(*input_, *engine_, kToMeasure, kShareOfCapacity);
  for (int span = 0; span < kSpans; ++span) {
    load.span([] { std::this_thread::sleep_for(kSpan); });
    ASSERT_FALSE(HasFailure());
  }
  input_->source.say("card=4111111111111111");
  input_->settle(*engine_);
  engine_->stop();
  const EngineCounters c = engine_->counters();
  const uint64_t fragments = c.decode[static_cast<size_t>(DecodeResult::kFragment)];
  std::printf(
      "sent %lu, refused by the ring %lu, processed %lu, fragments %lu, waited %lu, lost bytes of streams %lu\n",
      input_->source.sent(), input_->source.refused(), c.processed, fragments, c.stream_waited, c.stream_lost_bytes);
  EXPECT_EQ(input_->source.refused(), load.refused());
  EXPECT_EQ(c.lost(), 0U);
  EXPECT_EQ(c.dropped(), fragments);
  EXPECT_EQ(c.events_shed, 0U);
  EXPECT_EQ(c.flows_evicted, 0U);
  EXPECT_EQ(c.streams_refused, 0U);
  expect_accounted(c, input_->source.sent() - load.refused());
  EXPECT_EQ(sink_.flows.size(), kConversations) << "each of them showed its card, in two segments out of order";
  const auto counted = [&](Anomaly anomaly) { return c.anomalies[static_cast<size_t>(anomaly)]; };
  if (GetParam() == Flood::kFragments) {
    EXPECT_GT(fragments, kToMeasure / 4);
    EXPECT_GT(counted(Anomaly::kFragmentLimit), 0U) << "the flood wants more room than there is";
  } else {
    EXPECT_GT(c.stream_waited, kToMeasure / 4);
    EXPECT_GT(counted(Anomaly::kTcpLimit), 0U) << "the flood wants more room than there is";
  }
}

INSTANTIATE_TEST_SUITE_P(Of, FloodUnderLoad, testing::Values(Flood::kFragments, Flood::kOutOfOrder),
                         [](const auto& param) {
                           return param.param == Flood::kFragments ? "Fragments" : "SegmentsOutOfOrder";
                         });

}  // namespace
}  // namespace glacis
