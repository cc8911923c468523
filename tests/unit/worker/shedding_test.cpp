// What an engine gives up when a worker is full: in the declared order, by flow, marked and counted. How
// full it is, is the number of packets that wait when the test lets them go; time is the packets' own.
#include <gmock/gmock.h>

#include "tests/unit/worker/overload_fixture.h"

namespace glacis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
constexpr uint32_t kQueue = 1024, kBurst = 32;
constexpr const char* kCard = "card=4111111111111111 ";
constexpr auto kShedMark = static_cast<uint8_t>(Unscanned::kShed);
constexpr uint32_t kFirst = 1, kSecond = 2, kThird = 3;  // users whose flows matter

class SheddingTest : public Overload {
 protected:
  void SetUp() override {
    EngineOptions options = live(1);
    options.burst = kBurst;
    port_ = std::make_unique<QueuePort>(kQueue, *pool_, *stamp_);
    start(options, *port_);
  }
  void TearDown() override {
    engine_.reset();
    port_.reset();
    Overload::TearDown();
  }
  // What the talk has said since the last call.
  std::vector<MemoryFrame> news(const Talk& talk) {
    const auto all = talk.frames();
    size_t& told = told_[&talk];
    std::vector<MemoryFrame> out(all.begin() + static_cast<ptrdiff_t>(told), all.end());
    told = all.size();
    return out;
  }
  // Lets these packets wait, with as many others behind them that the level is reached when the first
  // burst has been taken, and has them processed.
  void send_at(ShedLevel level, std::vector<MemoryFrame> frames) {
    const uint32_t percent = level == ShedLevel::kNothing ? 0 : LoadShed::threshold(level).up + 2U;
    const uint32_t least = percent == 0 ? 0 : kQueue * percent / 100 + kBurst;
    const Nanos at = frames.empty() ? last_ : frames.back().time;
    last_ = std::max(last_, at);
    while (frames.size() < std::min(least, kQueue))
      sql(20'000 + filler_++, last_).from_client(kTcpSyn).append_to(frames);
    port_->hold();
    port_->offer(frames);
    port_->let_go();
    settle(*port_);
  }
  // So long without load that nothing is given up any more.
  void calm_down() {
    for (int level = 0; level < static_cast<int>(ShedLevel::kCount); ++level) {
      last_ = last_ + LoadShed::kCalm;
      send_at(ShedLevel::kNothing, sql(20'000 + filler_++, last_).from_client(kTcpSyn).frames());
    }
  }

  std::unique_ptr<QueuePort> port_;
  std::map<const Talk*, size_t> told_;
  uint32_t filler_ = 0;
  Nanos last_ = kFuture;
};

std::vector<MemoryFrame> together(std::vector<MemoryFrame> one, const std::vector<MemoryFrame>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

TEST_F(SheddingTest, FlowsThatBeginGoUnsearchedBeforeThoseThatAreSearchedAlready) {
  Talk old = sql(kFirst).handshake().from_client(kPushAck, "x");
  send_at(ShedLevel::kNothing, news(old));
  Talk young = sql(kSecond).handshake().from_client(kPushAck, kCard);
  old.from_client(kPushAck, kCard);
  send_at(ShedLevel::kNewScans, together(news(young), news(old)));
  const EngineCounters c = finish(*port_);
  EXPECT_THAT(tally_.found, ElementsAre(user(kFirst)));
  EXPECT_EQ(c.scans_shed, 1U);
  EXPECT_EQ(c.streams_shed, 0U);
  EXPECT_THAT(tally_.unscanned, ElementsAre(Pair(user(kSecond), kShedMark)));
  EXPECT_EQ(c.lost(), 0U);
}

TEST_F(SheddingTest, ASearchIsGivenUpInMidStreamUnderMoreLoadAndTheFlowIsMarked) {
  Talk talk = sql(kFirst).handshake().from_client(kPushAck, "card=41111111");
  send_at(ShedLevel::kNothing, news(talk));
  send_at(ShedLevel::kAllScans, news(talk.from_client(kPushAck, "11111111 ").from_client(kPushAck, kCard)));
  const EngineCounters c = finish(*port_);
  EXPECT_THAT(tally_.found, IsEmpty());
  EXPECT_EQ(c.streams_shed, 1U);
  EXPECT_EQ(c.scans_shed, 0U);
  EXPECT_THAT(tally_.unscanned, ElementsAre(Pair(user(kFirst), kShedMark)));
}

TEST_F(SheddingTest, WhatWasGivenUpIsSearchedAgainWhenItIsCalmAndStaysMarked) {
  Talk cut = sql(kFirst).handshake().from_client(kPushAck, "x");
  Talk never_begun = sql(kSecond).handshake();
  send_at(ShedLevel::kNothing, together(news(cut), news(never_begun)));
  send_at(ShedLevel::kAllScans,
          together(news(cut.from_client(kPushAck, kCard)), news(never_begun.from_client(kPushAck, kCard))));
  calm_down();
  send_at(ShedLevel::kNothing,
          together(news(cut.from_client(kPushAck, kCard)), news(never_begun.from_client(kPushAck, kCard))));
  const EngineCounters c = finish(*port_);
  EXPECT_THAT(tally_.found, UnorderedElementsAre(user(kFirst), user(kSecond)));
  EXPECT_EQ(c.streams_shed, 1U);
  EXPECT_EQ(c.scans_shed, 1U);
  EXPECT_THAT(tally_.unscanned, ElementsAre(Pair(user(kFirst), kShedMark), Pair(user(kSecond), kShedMark)));
}

// Else a worker that is full would take every packet of what it gives up the slow way.
TEST_F(SheddingTest, WhatIsGivenUpCostsWhatAFlowWithoutContentCosts) {
  constexpr int kPackets = 20;
  Talk talk = sql(kFirst).handshake().from_client(kPushAck, "x");
  send_at(ShedLevel::kNothing, news(talk));
  const auto quiet_of_more = [&](ShedLevel level) {
    const uint64_t before = engine_->counters().quiet;
    for (int i = 0; i < kPackets; ++i) talk.from_client(kPushAck, "x");
    send_at(level, news(talk));
    return engine_->counters().quiet - before;
  };
  EXPECT_EQ(quiet_of_more(ShedLevel::kNothing), 0U) << "each is searched";
  EXPECT_EQ(quiet_of_more(ShedLevel::kNewScans), 0U) << "its search has begun";
  EXPECT_EQ(quiet_of_more(ShedLevel::kAllScans), kPackets + 0U);
  calm_down();
  EXPECT_EQ(quiet_of_more(ShedLevel::kNothing), 0U);
  EXPECT_EQ(engine_->counters().streams_shed, 1U) << "counted at the first packet that is looked at again";
  EXPECT_EQ(quiet_of_more(ShedLevel::kAllScans), kPackets + 0U);
  const EngineCounters c = finish(*port_);
  EXPECT_EQ(c.streams_shed, 2U) << "and at the flow's end";
  EXPECT_EQ(c.scans_shed, 0U);
  EXPECT_THAT(tally_.unscanned, ElementsAre(Pair(user(kFirst), kShedMark)));
}

TEST_F(SheddingTest, WhatIsNotBegunForLoadCostsWhatAFlowWithoutContentCosts) {
  constexpr int kPackets = 20;
  Talk talk = sql(kFirst).handshake().from_client(kPushAck, "x");
  send_at(ShedLevel::kNewScans, news(talk));
  const uint64_t before = engine_->counters().quiet;
  for (int i = 0; i < kPackets; ++i) talk.from_client(kPushAck, kCard);
  send_at(ShedLevel::kNewScans, news(talk));
  EXPECT_EQ(engine_->counters().quiet - before, kPackets + 0U);
  const EngineCounters c = finish(*port_);
  EXPECT_EQ(c.scans_shed, 1U);
  EXPECT_THAT(tally_.found, IsEmpty());
  EXPECT_THAT(tally_.unscanned, ElementsAre(Pair(user(kFirst), kShedMark)));
}

TEST_F(SheddingTest, WhatIsGivenUpIsSeenFromOutsideUntilItIsCalm) {
  EXPECT_EQ(engine_->load().shed.level, ShedLevel::kNothing);
  send_at(ShedLevel::kNewScans, {});
  const EngineLoad load = engine_->load();
  EXPECT_EQ(load.shed.level, ShedLevel::kNewScans);
  EXPECT_GE(load.shed.peak_percent, LoadShed::threshold(ShedLevel::kNewScans).up);
  EXPECT_LT(load.shed.peak_percent, LoadShed::threshold(ShedLevel::kAllScans).up);
  EXPECT_EQ(load.worker, WorkerId(0));
  calm_down();
  EXPECT_EQ(engine_->load().shed.level, ShedLevel::kNothing);
  (void)finish(*port_);
}

// An elephant is bypassed before anyone else is given up, costs what a flow without content costs, and
// no other flow loses a packet or a search.
TEST_F(SheddingTest, AnElephantGoesFirstAndForGood) {
  Talk elephant = sql(kFirst).handshake();
  for (uint64_t sent = 0; sent <= kElephantPackets; sent += 100) {
    for (int i = 0; i < 100; ++i) elephant.from_client(kPushAck, "x");
    send_at(ShedLevel::kNothing, news(elephant));
  }
  Talk mouse = sql(kSecond).handshake().from_client(kPushAck, kCard);
  elephant.from_client(kPushAck, kCard);
  send_at(ShedLevel::kElephants, together(news(elephant), news(mouse)));
  calm_down();
  Talk later = sql(kThird, last_).handshake().from_client(kPushAck, kCard);
  send_at(ShedLevel::kNothing, together(news(elephant.from_client(kPushAck, kCard)), news(later)));
  const EngineCounters c = finish(*port_);
  EXPECT_THAT(tally_.found, ElementsAre(user(kSecond), user(kThird)));
  EXPECT_EQ(c.elephants_shed, 1U);
  EXPECT_EQ(c.streams_shed, 1U);
  EXPECT_EQ(c.scans_shed, 0U);
  EXPECT_EQ(c.lost(), 0U);
  EXPECT_THAT(tally_.unscanned, ElementsAre(Pair(user(kFirst), kShedMark)));
}

TEST_F(SheddingTest, AnElephantIsSearchedWhileThereIsRoom) {
  Talk elephant = sql(kFirst).handshake();
  for (uint64_t sent = 0; sent <= kElephantPackets; sent += 100) {
    for (int i = 0; i < 100; ++i) elephant.from_client(kPushAck, "x");
    send_at(ShedLevel::kNothing, news(elephant));
  }
  send_at(ShedLevel::kNothing, news(elephant.from_client(kPushAck, kCard)));
  EXPECT_EQ(finish(*port_).elephants_shed, 0U);
  EXPECT_THAT(tally_.found, ElementsAre(user(kFirst)));
}

// A closed flow ends when its ports are used again. Half of these break a rule.
std::vector<MemoryFrame> ended_flows(uint32_t count) {
  std::vector<MemoryFrame> out;
  for (uint32_t i = 0; i < count; ++i) {
    const auto talk = [i] { return i % 2 == 0 ? sql(i) : ssh(i); };
    talk().from_client(kTcpSyn).from_server(kTcpRst | kTcpAck).append_to(out);
    talk().from_client(kTcpSyn).append_to(out);
  }
  return out;
}

TEST_F(SheddingTest, RecordsGoLastAndWhatHasToDoWithViolationsIsToldAllTheSame) {
  constexpr uint32_t kEnded = 50;
  send_at(ShedLevel::kAllScans, ended_flows(kEnded));
  EXPECT_EQ(engine_->counters().records_shed, 0U);
  calm_down();
  send_at(ShedLevel::kRecords, ended_flows(kEnded));
  EXPECT_EQ(engine_->counters().records_shed, kEnded / 2) << "those that broke no rule";
  const EngineCounters c = finish(*port_);
  EXPECT_EQ(tally_.judged, c.violations);
  EXPECT_EQ(c.events_shed, 0U);
  EXPECT_EQ(c.records_shed, kEnded / 2) << "what ends with the sensor is told: nothing comes that needs the room";
  EXPECT_EQ(tally_.ends + c.records_shed, c.flows);
}

// Behind a distributor the worker's ring says how full it is.
class SheddingBehindADistributor : public Overload {
 protected:
  static constexpr uint32_t kRing = 64;
  // Datagrams, each a flow of its own with a card number, to two workers whose rings are full of them.
  EngineCounters run(Shedding shedding) {
    EngineOptions options = live(2);
    options.packet_ring = kRing;
    options.scanned_flows = 256;
    options.shedding = shedding;
    hold_workers(options);
    QueuePort port(kQueue, *pool_, *stamp_);
    start(options, port);
    for (uint32_t i = 0; i < kQueue; ++i) {
      const frames::Ends ends{user(i), kDatabase};
      const auto datagram = frames::udp(20'000, 5000, frames::text(kCard));
      port.offer({kFuture, frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, datagram)), LinkType::kEthernet});
    }
    wait_until_distributed(kQueue, 2 * kRing);
    workers_may_go_.count_down();
    return finish(port);
  }
};

TEST_F(SheddingBehindADistributor, AFullRingShedsScans) {
  const EngineCounters c = run(Shedding::kOn);
  EXPECT_EQ(c.scans_shed, 2 * kRing);
  EXPECT_THAT(tally_.found, IsEmpty());
}

TEST_F(SheddingBehindADistributor, NothingIsShedWhereItIsSwitchedOff) {
  const EngineCounters c = run(Shedding::kOff);
  EXPECT_EQ(c.scans_shed, 0U);
  EXPECT_EQ(tally_.found.size(), 2 * kRing);
}

// The correlator stands still: flow records leave the last quarter of the ring to what the policy asks for.
TEST_F(Overload, TheLastQuarterOfTheEventRingIsKeptFromRecords) {
  constexpr uint32_t kRing = 64, kFlows = 200;
  tally_.hold();
  EngineOptions options = live(1);
  options.event_ring = kRing;
  QueuePort port(2048, *pool_, *stamp_);
  start(options, port);
  const auto process = [&](const std::vector<MemoryFrame>& frames) {
    port.offer(frames);
    settle(port);
  };
  std::vector<MemoryFrame> records, violations;
  for (uint32_t i = 0; i < kFlows; ++i) {
    sql(i).from_client(kTcpSyn).from_server(kTcpRst | kTcpAck).append_to(records);
    sql(i).from_client(kTcpSyn).append_to(records);
    ssh(i).from_client(kTcpSyn).append_to(violations);
  }
  process(records);
  // What the correlator stands at is in the ring still.
  EXPECT_EQ(kFlows - engine_->counters().records_shed, kRing * 3 / 4);
  EXPECT_EQ(engine_->counters().events_shed, 0U);
  process(violations);
  EXPECT_EQ(kFlows - engine_->counters().events_shed, kRing / 4);
  tally_.let_go();
  finish(port);
}

TEST_F(EngineTest, AReplayShedsNothing) {
  std::vector<MemoryFrame> frames;
  for (uint32_t i = 0; i < 400; ++i) sql(i).handshake().from_client(kPushAck, kCard).append_to(frames);
  std::stable_sort(frames.begin(), frames.end(),
                   [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
  MemoryPort port("memory", frames, *pool_, *stamp_);
  Heard heard;
  EngineOptions options;
  options.workers = 2;
  options.flow_slots = 8192;
  options.packet_ring = 16;  // always full: the reader waits
  options.event_ring = 8;
  auto engine = Engine::make(options, {&port}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(policy_, 1)));
  (*engine)->wait();
  const EngineCounters c = (*engine)->counters();
  expect_accounted(c, frames.size());
  EXPECT_EQ(heard.evidence.size(), 400U);
  EXPECT_EQ(c.scans_shed + c.streams_shed + c.records_shed + c.events_shed, 0U);
}

}  // namespace
}  // namespace glacis
