// After their start workers and the distributor neither allocate, free, lock nor make a system call:
// real engines, with every thread of theirs watched from its first poll to its last, on traffic that
// goes through every step.
#include <gtest/gtest.h>

#include "dataplane/port/ethdev_port.h"
#include "tests/fakes/queue_port.h"
#include "tests/integration/worker_threads/watched_engine.h"
#include "tests/unit/worker/ring_device.h"

namespace glacis {
namespace {

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
// Later than any clock, so that event time is the packets' alone.
constexpr Nanos kStart = seconds(4'000'000'000);
const IpAddress kData = IpAddress::v4(10, 4, 0, 5);
constexpr uint16_t kTalks = 1200;

// Beside the fixture's policy: a path whose steps are an end, an outcome and a content.
constexpr const char* kPathText = R"(
  paths { rule: 5 id: "P" enforced: true root { kind: GROUP_KIND_THEN within_ns: 9000
    nodes { step { id: "a" verb: "flow" enforced: true from { zones: 0 } to { zones: 1 } } }
    nodes { step { id: "b" verb: "flow" enforced: true from { zones: 0 } to { zones: 1 } is: "denied" } } } }
  rules { id: 5 model: "m" element: "abuse/P" kind: RULE_KIND_PATH severity: SEVERITY_HIGH })";

// One conversation of each kind in turn: allowed, with content that no one may see, forbidden, refused,
// without an answer, closed and begun again.
void add_talk(uint16_t number, Nanos at, std::vector<MemoryFrame>& frames) {
  const IpAddress user = IpAddress::v4(10, 1, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
  const auto port = static_cast<uint16_t>(20'000 + number);
  Talk sql(user, port, kData, 5432, at), ssh(user, port, kData, 22, at);
  switch (number % 6) {
    case 0:
      return sql.handshake().from_client(kPushAck, "select 1").from_server(kPushAck, "1").append_to(frames);
    case 1:
      return sql.handshake()
          .from_client(kPushAck, "card=41111111")
          .from_client(kPushAck, "11111111 ")
          .append_to(frames);
    case 2:
      return ssh.handshake().from_server(kPushAck, "SSH-2.0").append_to(frames);
    case 3:
      return ssh.from_client(kTcpSyn).from_server(kTcpRst | kTcpAck).append_to(frames);
    case 4:
      return ssh.from_client(kTcpSyn).append_to(frames);
    default:
      sql.handshake().from_client(kTcpFin | kTcpAck).from_server(kTcpFin | kTcpAck).from_client(kTcpAck);
      return sql.from_client(kTcpSyn).append_to(frames);
  }
}

using Queues = std::vector<std::vector<MemoryFrame>>;

size_t count(const Queues& queues) {
  size_t out = 0;
  for (const auto& frames : queues) out += frames.size();
  return out;
}

// Every kind of talk, each on one queue as a card would put it; a datagram and frames that do not decode. More
// flows than the tables hold and, at the end, more time than any of them lives.
Queues traffic(Nanos start, uint16_t queues) {
  Queues out(queues);
  for (uint16_t i = 0; i < kTalks; ++i) add_talk(i, start + milliseconds(i * 10), out[i / 6 % queues]);
  const frames::Ends ends{IpAddress::v4(10, 1, 9, 9), kData};
  const auto datagram = frames::udp(4000, 53, frames::text("card=4111111111111111"));
  const Nanos end = start + seconds(30);
  std::vector<MemoryFrame>& last = out.back();
  last.push_back({end, frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, datagram)), LinkType::kEthernet});
  last.push_back({end, {1, 2, 3}, LinkType::kEthernet});
  last.push_back({end, frames::Bytes(64, 0), LinkType::kEthernet});
  for (auto& frames : out) {
    std::stable_sort(frames.begin(), frames.end(),
                     [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
  }
  return out;
}

class WorkerThreads : public WatchedEngine {
 protected:
  // Two lots of traffic with three swaps between them, to the end.
  void run_live(Shape shape);
};

void WorkerThreads::run_live(Shape shape) {
  const Queues early = traffic(kStart, shape.queues), late = traffic(kStart + seconds(2000), shape.queues);
  FilledPort first(early, *pool_, *stamp_, PortId(0)), second(late, *pool_, *stamp_, PortId(1));
  second.set_state(RxState::kDown);
  Heard heard;
  const std::string text = std::string(kPolicyText) + kPathText;
  auto current = generation_of(text, 1);
  const auto engine = started(watched(RunMode::kLive, shape), {&first, &second}, heard, current);
  wait_until_taken(*engine, count(early));
  for (uint32_t id = 2; id <= 4; ++id) {
    std::string other = text;
    if (id % 2 == 0) other.replace(other.find("card="), 5, "[ck]ard=");
    auto next = generation_of(other, id, current.get());
    ASSERT_TRUE(engine->warm(*next));
    engine->swap(next);
    current = std::move(next);
  }
  second.set_state(RxState::kUp);
  wait_until_taken(*engine, count(early) + count(late));
  if (shape.poll == PollStyle::kAdaptive) {
    wait_until([] { return thread_watch::slept() > 0; }, "a sleep, which the filter sees and lets through");
  }
  engine->stop();
  const EngineCounters c = engine->counters();
  expect_accounted(c, count(early) + count(late));
  EXPECT_GT(c.violations, 0U);
  EXPECT_GT(c.step_hits, 0U);
  EXPECT_GT(c.flows_evicted, 0U);
  EXPECT_GT(c.streams_refused, 0U);
  EXPECT_FALSE(heard.evidence.empty()) << "a content was found";
  EXPECT_EQ(c.dropped(), 4U);
  EXPECT_EQ(c.handed_over > 0, shape.queues > 1);
  EXPECT_EQ(c.ring_full, 0U);
  expect_nothing_seen(shape);
}

TEST_F(WorkerThreads, DoNothingButTheirWorkWhenBusy) { run_live({PollStyle::kBusy, 1}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkAndSleepWhenAdaptive) { run_live({PollStyle::kAdaptive, 1}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkBehindABusyDistributor) { run_live({PollStyle::kBusy, 2}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkBehindAnAdaptiveDistributor) { run_live({PollStyle::kAdaptive, 2}); }

TEST_F(WorkerThreads, DoNothingButTheirWorkWhenBusyOnQueuesOfTheirOwn) { run_live({PollStyle::kBusy, 3, 3}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkAndSleepWhenAdaptiveOnQueuesOfTheirOwn) {
  run_live({PollStyle::kAdaptive, 3, 3});
}

// Rings with room for everything: a replay that must wait for room gives up its CPU, by a system call.
TEST_F(WorkerThreads, DoNothingButTheirWorkInAReplay) {
  for (const Shape shape : {Shape{PollStyle::kAdaptive, 1}, Shape{PollStyle::kBusy, 2}}) {
    thread_watch::forget();
    const auto frames = traffic(kStart, 1).front();
    MemoryPort port("memory", frames, *pool_, *stamp_);
    Heard heard;
    EngineOptions options = watched(RunMode::kReplay, shape);
    options.event_ring = options.packet_ring = 16'384;
    ASSERT_LT(frames.size(), options.packet_ring);
    const auto engine = started(options, {&port}, heard, generation_of(std::string(kPolicyText) + kPathText, 1));
    engine->wait();
    expect_accounted(engine->counters(), frames.size());
    expect_nothing_seen(shape);
  }
}

TEST_F(WorkerThreads, DoNothingButTheirWorkWhileTheyShedLoad) {
  auto frames = traffic(kStart, 1).front();
  frames.resize(1000);
  QueuePort port(1024, *pool_, *stamp_);
  port.hold();
  Heard heard;
  const Shape shape{PollStyle::kBusy, 1};
  const auto engine = started(watched(RunMode::kLive, shape), {&port}, heard, generation_of(kPolicyText, 1));
  port.offer(frames);
  port.let_go();
  wait_until_taken(*engine, frames.size());
  engine->stop();
  const EngineCounters c = engine->counters();
  expect_accounted(c, port.sent());
  EXPECT_GT(c.scans_shed, 0U);
  EXPECT_GT(c.records_shed, 0U);
  expect_nothing_seen(shape);
}

// What a driver is asked at each poll, by the one that needs no device.
TEST_F(WorkerThreads, DoNothingButTheirWorkOnADriversPort) {
  auto port = EthdevPort::open({.name = "null", .device = "net_null0"}, *pool_);
  ASSERT_TRUE(port) << port.error().text();
  Heard heard;
  const Shape shape{PollStyle::kBusy, 1};
  const auto engine = started(watched(RunMode::kLive, shape), {port->get()}, heard, generation_of(kPolicyText, 1));
  wait_until([&] { return engine->counters().received > 10'000; }, "packets");
  engine->stop();
  expect_accounted(engine->counters());
  expect_nothing_seen(shape);
}

// By the driver that has queues in memory: each packet on a queue of the test's choice, half of them not their owner's.
TEST_F(WorkerThreads, DoNothingButTheirWorkOnADriversQueues) {
  const Shape shape{PollStyle::kAdaptive, 2, 2};
  RingDevice device(shape.queues, *pool_);
  Heard heard;
  const auto engine = started(watched(RunMode::kLive, shape), {&device}, heard, generation_of(kPolicyText, 1));
  const auto frames = traffic(kStart, 1).front();
  for (size_t i = 0; i < frames.size(); ++i) {
    device.send(i % 2, frames[i].bytes);
    if (i % 500 == 0) wait_until_taken(*engine, device.sent());
  }
  wait_until_taken(*engine, device.sent());
  engine->stop();
  const EngineCounters c = engine->counters();
  expect_accounted(c, device.sent());
  EXPECT_GT(c.handed_over, 0U);
  EXPECT_EQ(c.ring_full, 0U);
  expect_nothing_seen(shape);
}

// One packet has room between two workers, and full bursts wait before the start: the rest is freed and counted.
TEST_F(WorkerThreads, DoNothingButTheirWorkWhenTheRingsBetweenThemAreFull) {
  const Shape shape{PollStyle::kBusy, 2, 2};
  const Queues queues = traffic(kStart, shape.queues);
  FilledPort port(queues, *pool_, *stamp_, PortId(0));
  Heard heard;
  EngineOptions options = watched(RunMode::kLive, shape);
  options.packet_ring = 1;
  const auto engine = started(options, {&port}, heard, generation_of(kPolicyText, 1));
  wait_until_taken(*engine, count(queues));
  engine->stop();
  const EngineCounters c = engine->counters();
  expect_accounted(c, count(queues));
  EXPECT_GT(c.ring_full, 0U);
  EXPECT_GT(c.handed_over, 0U);
  expect_nothing_seen(shape);
}

}  // namespace
}  // namespace glacis
