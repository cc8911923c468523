// After their start workers and the distributor neither allocate, free, lock nor make a system call:
// real engines, with every thread of theirs watched from its first poll to its last, on traffic that
// goes through every step. And the watch itself: what is planted on a worker is caught.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include "dataplane/port/ethdev_port.h"
#include "tests/fakes/queue_port.h"
#include "tests/integration/worker_threads/thread_watch.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using thread_watch::Offence;

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

// Every kind of talk, a datagram and frames that do not decode; more flows than the table holds and, at
// its end, more time than any of them lives.
std::vector<MemoryFrame> traffic(Nanos start) {
  std::vector<MemoryFrame> frames;
  for (uint16_t i = 0; i < kTalks; ++i) add_talk(i, start + milliseconds(i * 10), frames);
  const frames::Ends ends{IpAddress::v4(10, 1, 9, 9), kData};
  const auto datagram = frames::udp(4000, 53, frames::text("card=4111111111111111"));
  const Nanos end = start + seconds(30);
  frames.push_back({end, frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, datagram)), LinkType::kEthernet});
  frames.push_back({end, {1, 2, 3}, LinkType::kEthernet});
  frames.push_back({end, frames::Bytes(64, 0), LinkType::kEthernet});
  std::stable_sort(frames.begin(), frames.end(),
                   [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
  return frames;
}

// A port that does something of the test's choice at one poll, on the thread that polls.
class MeddlingPort final : public RxPort {
 public:
  MeddlingPort(RxPort& real, std::function<void()> meddle) : real_(real), meddle_(std::move(meddle)) {}
  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override {
    if (meddle_ && !done_.load(std::memory_order_relaxed)) {
      meddle_();
      done_.store(true, std::memory_order_release);
    }
    return real_.rx_burst(queue, out);
  }
  RxCounters counters() const override { return real_.counters(); }
  RxState state() const override { return real_.state(); }
  std::string_view name() const override { return "meddling"; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return real_.clock(); }
  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  RxPort& real_;
  const std::function<void()> meddle_;
  std::atomic<bool> done_{false};
};

struct Shape {
  PollStyle poll;
  uint16_t workers;
};

class WorkerThreads : public EngineTest {
 protected:
  void SetUp() override { thread_watch::forget(); }

  static EngineOptions watched(RunMode mode, Shape shape) {
    EngineOptions options;
    options.mode = mode;
    options.poll = shape.poll;
    options.workers = shape.workers;
    options.flow_slots = 256;
    options.scanned_flows = 16;
    const auto sleep =
        shape.poll == PollStyle::kAdaptive ? thread_watch::Sleep::kAllowed : thread_watch::Sleep::kForbidden;
    options.on_loop = [sleep](LoopMoment moment) {
      moment == LoopMoment::kBegins ? thread_watch::enter(sleep) : thread_watch::leave();
    };
    return options;
  }
  static void wait_until(const std::function<bool()>& done, const char* what) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << what;
      std::this_thread::yield();
    }
  }
  void expect_nothing_seen(Shape shape) {
    EXPECT_EQ(thread_watch::entered(), lcores_for(shape.workers)) << "every thread of the engine is watched";
    EXPECT_EQ(thread_watch::sightings(), "");
  }
  // Two lots of traffic with three swaps between them, to the end.
  void run_live(Shape shape);
  // A live engine that polls `meddle` once, on its worker.
  void plant(PollStyle poll, std::function<void()> meddle);
};

void WorkerThreads::run_live(Shape shape) {
  const auto early = traffic(kStart), late = traffic(kStart + seconds(2000));
  MemoryPort first("first", early, *pool_, *stamp_, PortId(0), MemoryPort::AfterLast::kStayUp);
  MemoryPort second("second", late, *pool_, *stamp_, PortId(1), MemoryPort::AfterLast::kStayUp);
  second.set_state(RxState::kDown);
  Heard heard;
  auto engine = Engine::make(watched(RunMode::kLive, shape), {&first, &second}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  const std::string text = std::string(kPolicyText) + kPathText;
  auto current = generation_of(text, 1);
  ASSERT_TRUE((*engine)->start(current));
  const auto taken = [&](size_t frames) {
    const EngineCounters c = (*engine)->counters();
    return c.processed + c.dropped() + c.ring_full >= frames;
  };
  wait_until([&] { return taken(early.size()); }, "the first lot");
  for (uint32_t id = 2; id <= 4; ++id) {
    std::string other = text;
    if (id % 2 == 0) other.replace(other.find("card="), 5, "[ck]ard=");
    auto next = generation_of(other, id, current.get());
    ASSERT_TRUE((*engine)->warm(*next));
    (*engine)->swap(next);
    current = std::move(next);
  }
  second.set_state(RxState::kUp);
  wait_until([&] { return taken(early.size() + late.size()); }, "the second lot");
  if (shape.poll == PollStyle::kAdaptive) {
    wait_until([] { return thread_watch::slept() > 0; }, "a sleep, which the filter sees and lets through");
  }
  (*engine)->stop();
  const EngineCounters c = (*engine)->counters();
  expect_accounted(c, early.size() + late.size());
  EXPECT_GT(c.violations, 0U);
  EXPECT_GT(c.step_hits, 0U);
  EXPECT_GT(c.flows_evicted, 0U);
  EXPECT_GT(c.streams_refused, 0U);
  EXPECT_FALSE(heard.evidence.empty()) << "a content was found";
  EXPECT_EQ(c.dropped(), 4U);
  expect_nothing_seen(shape);
}

TEST_F(WorkerThreads, DoNothingButTheirWorkWhenBusy) { run_live({PollStyle::kBusy, 1}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkAndSleepWhenAdaptive) { run_live({PollStyle::kAdaptive, 1}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkBehindABusyDistributor) { run_live({PollStyle::kBusy, 2}); }
TEST_F(WorkerThreads, DoNothingButTheirWorkBehindAnAdaptiveDistributor) { run_live({PollStyle::kAdaptive, 2}); }

// Rings with room for everything: a replay that must wait for room gives up its CPU, by a system call.
TEST_F(WorkerThreads, DoNothingButTheirWorkInAReplay) {
  for (const Shape shape : {Shape{PollStyle::kAdaptive, 1}, Shape{PollStyle::kBusy, 2}}) {
    thread_watch::forget();
    const auto frames = traffic(kStart);
    MemoryPort port("memory", frames, *pool_, *stamp_);
    Heard heard;
    EngineOptions options = watched(RunMode::kReplay, shape);
    options.event_ring = options.packet_ring = 16'384;
    ASSERT_LT(frames.size(), options.packet_ring);
    auto engine = Engine::make(options, {&port}, heard);
    ASSERT_TRUE(engine) << engine.error().text();
    ASSERT_TRUE((*engine)->start(generation_of(std::string(kPolicyText) + kPathText, 1)));
    (*engine)->wait();
    expect_accounted((*engine)->counters(), frames.size());
    expect_nothing_seen(shape);
  }
}

TEST_F(WorkerThreads, DoNothingButTheirWorkWhileTheyShedLoad) {
  auto frames = traffic(kStart);
  frames.resize(1000);
  QueuePort port(1024, *pool_, *stamp_);
  port.hold();
  Heard heard;
  const Shape shape{PollStyle::kBusy, 1};
  auto engine = Engine::make(watched(RunMode::kLive, shape), {&port}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(kPolicyText, 1)));
  port.offer(frames);
  port.let_go();
  wait_until([&] { return (*engine)->counters().processed == frames.size(); }, "the packets");
  (*engine)->stop();
  const EngineCounters c = (*engine)->counters();
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
  auto engine = Engine::make(watched(RunMode::kLive, {PollStyle::kBusy, 1}), {port->get()}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(kPolicyText, 1)));
  wait_until([&] { return (*engine)->counters().received > 10'000; }, "packets");
  (*engine)->stop();
  expect_nothing_seen({PollStyle::kBusy, 1});
}

void WorkerThreads::plant(PollStyle poll, std::function<void()> meddle) {
  MemoryPort memory("memory", {}, *pool_, *stamp_, PortId(0), MemoryPort::AfterLast::kStayUp);
  MeddlingPort port(memory, std::move(meddle));
  Heard heard;
  auto engine = Engine::make(watched(RunMode::kLive, {poll, 1}), {&port}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(kPolicyText, 1)));
  wait_until([&] { return port.done(); }, "the meddling");
  (*engine)->stop();
}

// Once each, and nothing else.
void expect_only(Offence planted, size_t times = 1) {
  for (size_t i = 0; i < static_cast<size_t>(Offence::kCount); ++i) {
    const auto what = static_cast<Offence>(i);
    EXPECT_EQ(thread_watch::count(what), what == planted ? times : 0U) << thread_watch::sightings();
  }
}

TEST_F(WorkerThreads, APlantedSystemCallIsCaught) {
  long parent = 0;
  plant(PollStyle::kAdaptive, [&parent] { parent = syscall(SYS_getppid); });
  expect_only(Offence::kSystemCall);
  EXPECT_NE(thread_watch::sightings().find("system call " + std::to_string(SYS_getppid)), std::string::npos)
      << thread_watch::sightings();
  EXPECT_EQ(parent, getppid()) << "it has been done all the same";
}

TEST_F(WorkerThreads, APlantedSleepIsCaughtWhenBusy) {
  plant(PollStyle::kBusy, [] {
    const timespec span{0, 1};
    nanosleep(&span, nullptr);
  });
  expect_only(Offence::kSystemCall);
}

void* volatile g_block = nullptr;  // volatile: so that no pair of calls is left out by the compiler

TEST_F(WorkerThreads, APlantedMallocIsCaught) {
  plant(PollStyle::kBusy, [] { g_block = std::malloc(24); });
  expect_only(Offence::kAllocation);
  std::free(g_block);
}

TEST_F(WorkerThreads, APlantedNewIsCaught) {
  plant(PollStyle::kBusy, [] { g_block = ::operator new(24); });
  expect_only(Offence::kAllocation);
  ::operator delete(g_block);
}

TEST_F(WorkerThreads, EveryOtherWayToAllocateIsCaught) {
  void* blocks[4] = {};
  plant(PollStyle::kBusy, [&blocks] {
    blocks[0] = std::calloc(3, 8);
    blocks[1] = std::realloc(nullptr, 24);
    blocks[2] = std::aligned_alloc(64, 64);
    if (posix_memalign(&blocks[3], 64, 64) != 0) std::abort();
  });
  expect_only(Offence::kAllocation, 4);
  for (void* block : blocks) std::free(block);
}

TEST_F(WorkerThreads, APlantedFreeIsCaught) {
  g_block = std::malloc(24);
  plant(PollStyle::kBusy, [] { std::free(g_block); });
  expect_only(Offence::kFree);
}

TEST_F(WorkerThreads, APlantedMutexIsCaught) {
  std::mutex mutex;
  plant(PollStyle::kBusy, [&mutex] { const std::scoped_lock lock(mutex); });
  expect_only(Offence::kLock);
}

TEST_F(WorkerThreads, EveryOtherLockIsCaught) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_spinlock_t spin;
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  plant(PollStyle::kBusy, [&] {
    if (pthread_mutex_trylock(&mutex) == 0) pthread_mutex_unlock(&mutex);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
  });
  expect_only(Offence::kLock, 4);
}

}  // namespace
}  // namespace glacis
