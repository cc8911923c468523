// The watch on workers and distributor itself: what is planted on any of their threads is caught.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>

#include "tests/integration/worker_threads/watched_engine.h"

namespace glacis {
namespace {

using thread_watch::Offence;

// Two queues that stay empty, or one; does something of the test's choice at one poll of the last, on the
// thread that polls.
class MeddlingPort final : public RxPort {
 public:
  MeddlingPort(uint16_t queues, uint16_t at, std::function<void()> meddle)
      : queues_(queues), at_(at), meddle_(std::move(meddle)) {}
  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*>) override {
    if (queue == at_ && !done_.load(std::memory_order_relaxed)) {
      meddle_();
      done_.store(true, std::memory_order_release);
    }
    return 0;
  }
  RxCounters counters() const override { return {}; }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return "meddling"; }
  uint16_t queues() const override { return queues_; }
  Nanos clock() const override { return Nanos(0); }
  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  const uint16_t queues_, at_;
  const std::function<void()> meddle_;
  std::atomic<bool> done_{false};
};

class Planted : public WatchedEngine {
 protected:
  // A live engine that does it once, on the thread that reads queue `at`.
  void plant(Shape shape, uint16_t at, std::function<void()> meddle) {
    MeddlingPort port(shape.queues, at, std::move(meddle));
    Heard heard;
    const auto engine = started(watched(RunMode::kLive, shape), {&port}, heard, generation_of(kPolicyText, 1));
    wait_until([&] { return port.done(); }, "the meddling");
    engine->stop();
  }
  void plant(PollStyle poll, std::function<void()> meddle) { plant({poll, 1}, 0, std::move(meddle)); }
};

// Once each, and nothing else.
void expect_only(Offence planted, size_t times = 1) {
  for (size_t i = 0; i < static_cast<size_t>(Offence::kCount); ++i) {
    const auto what = static_cast<Offence>(i);
    EXPECT_EQ(thread_watch::count(what), what == planted ? times : 0U) << thread_watch::sightings();
  }
}

TEST_F(Planted, APlantedSystemCallIsCaught) {
  long parent = 0;
  plant(PollStyle::kAdaptive, [&parent] { parent = syscall(SYS_getppid); });
  expect_only(Offence::kSystemCall);
  EXPECT_NE(thread_watch::sightings().find("system call " + std::to_string(SYS_getppid)), std::string::npos)
      << thread_watch::sightings();
  EXPECT_EQ(parent, getppid()) << "it has been done all the same";
}

TEST_F(Planted, APlantedSleepIsCaughtWhenBusy) {
  plant(PollStyle::kBusy, [] {
    const timespec span{0, 1};
    nanosleep(&span, nullptr);
  });
  expect_only(Offence::kSystemCall);
}

void* volatile g_block = nullptr;  // volatile: so that no pair of calls is left out by the compiler

TEST_F(Planted, APlantedMallocIsCaught) {
  plant(PollStyle::kBusy, [] { g_block = std::malloc(24); });
  expect_only(Offence::kAllocation);
  std::free(g_block);
}

TEST_F(Planted, APlantedNewIsCaught) {
  plant(PollStyle::kBusy, [] { g_block = ::operator new(24); });
  expect_only(Offence::kAllocation);
  ::operator delete(g_block);
}

TEST_F(Planted, EveryOtherWayToAllocateIsCaught) {
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

TEST_F(Planted, APlantedFreeIsCaught) {
  g_block = std::malloc(24);
  plant(PollStyle::kBusy, [] { std::free(g_block); });
  expect_only(Offence::kFree);
}

TEST_F(Planted, APlantedMutexIsCaught) {
  std::mutex mutex;
  plant(PollStyle::kBusy, [&mutex] { const std::scoped_lock lock(mutex); });
  expect_only(Offence::kLock);
}

TEST_F(Planted, EveryOtherLockIsCaught) {
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

struct Place {
  const char* what;
  Shape shape;
  uint16_t queue;
};
constexpr Place kPlaces[] = {{"distributor", {PollStyle::kBusy, 2}, 0},
                             {"first of three that read queues", {PollStyle::kBusy, 3, 3}, 0},
                             {"last of three that read queues", {PollStyle::kAdaptive, 3, 3}, 2}};

TEST_F(Planted, WhoeverReadsIsCaughtAtASystemCallAnAllocationAFreeAndALock) {
  std::mutex mutex;
  for (const Place& place : kPlaces) {
    SCOPED_TRACE(place.what);
    const auto plant_one = [&](Offence what, std::function<void()> meddle) {
      thread_watch::forget();
      plant(place.shape, place.queue, std::move(meddle));
      expect_only(what);
    };
    plant_one(Offence::kSystemCall, [] { (void)syscall(SYS_getppid); });
    plant_one(Offence::kAllocation, [] { g_block = std::malloc(24); });
    plant_one(Offence::kFree, [] { std::free(g_block); });
    plant_one(Offence::kLock, [&mutex] { const std::scoped_lock lock(mutex); });
  }
}

}  // namespace
}  // namespace glacis
