#include "bench/open_loop.h"

#include <rte_cycles.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/measure.h"

namespace glacis::bench {
namespace {

constexpr int64_t kCheck_ns = 1'000'000;  // between two looks at the thread's CPU time
// A shorter gap is never blamed on another thread: asking costs a system call.
constexpr int64_t kSuspicious_ns = 50'000;

}  // namespace

OpenLoop::OpenLoop(size_t windows) : ns_per_tick_(1e9 / static_cast<double>(rte_get_tsc_hz())), windows_(windows + 1) {}

void OpenLoop::order(const Order& order) {
  while (followed_.load(std::memory_order_acquire) != wished_.load(std::memory_order_relaxed))
    std::this_thread::yield();
  wish_ = order;
  wished_.fetch_add(1, std::memory_order_release);
}

void OpenLoop::follow_order() {
  const uint64_t wished = wished_.load(std::memory_order_acquire);
  if (wished == followed_.load(std::memory_order_relaxed)) return;
  now_ = wish_;
  began_ns_ = clock_.load(std::memory_order_relaxed);
  gone_ = 0;
  followed_.store(wished, std::memory_order_release);
}

// How long the thread has not had its CPU since this was last asked.
int64_t OpenLoop::missing_ns(uint64_t tick) {
  const int64_t cpu_ns = thread_cpu_ns();
  const auto passed = static_cast<int64_t>(static_cast<double>(tick - checked_tick_) * ns_per_tick_);
  const int64_t missing = passed - (cpu_ns - checked_cpu_ns_);
  checked_tick_ = tick;
  checked_cpu_ns_ = cpu_ns;
  return std::max<int64_t>(0, missing);
}

// Moves the clock on; how long after the poll before.
int64_t OpenLoop::pass() {
  const uint64_t tick = rte_rdtsc();
  if (tick_ == 0) {
    tick_ = tick;
    (void)missing_ns(checked_tick_ = tick);
  }
  auto gap = static_cast<int64_t>(static_cast<double>(tick - tick_) * ns_per_tick_);
  const bool suspicious = gap > kSuspicious_ns;
  if (suspicious || static_cast<double>(tick - checked_tick_) * ns_per_tick_ > kCheck_ns) {
    const int64_t missing = missing_ns(tick);
    if (suspicious && missing > kSuspicious_ns / 2) {
      const int64_t taken = std::min(gap, missing);
      taken_.store(taken_.load(std::memory_order_relaxed) + taken, std::memory_order_relaxed);
      gap -= taken;
    }
  }
  tick_ = tick;
  return gap;
}

OpenLoop::Due OpenLoop::poll(size_t most) {
  const int64_t gap = pass(), clock = clock_.load(std::memory_order_relaxed) + gap;
  Window& window = windows_[std::min(static_cast<size_t>(clock / kWindow_ns), windows_.size() - 1)];
  window.longest_gap_ns = std::max(window.longest_gap_ns, gap);
  clock_.store(clock, std::memory_order_release);
  follow_order();
  Due out{0, most};
  if (now_.kind == Kind::kPaced) {
    const auto come = static_cast<uint64_t>(static_cast<double>(clock - began_ns_) * now_.packets_per_ns);
    const uint64_t waiting = come - gone_;
    out.lost = waiting > now_.queue ? waiting - now_.queue : 0;
    out.packets = std::min<uint64_t>(most, waiting - out.lost);
    gone_ += out.lost + out.packets;
    fill_percent_ = static_cast<uint8_t>((waiting - out.lost) * 100 / now_.queue);
    if (out.lost != 0) lost_.store(lost_.load(std::memory_order_relaxed) + out.lost, std::memory_order_relaxed);
  }
  window.packets += out.packets;
  return out;
}

void OpenLoop::wait_until(int64_t clock_ns) const {
  while (this->clock_ns() < clock_ns) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::max<int64_t>(clock_ns - this->clock_ns(), 10'000)));
  }
}

double OpenLoop::taken_share(int64_t clock_ns, int64_t taken_ns) const {
  const auto taken = static_cast<double>(this->taken_ns() - taken_ns);
  return taken / std::max(1.0, taken + static_cast<double>(this->clock_ns() - clock_ns));
}

std::span<const OpenLoop::Window> OpenLoop::windows(int64_t from_ns, int64_t to_ns) const {
  const auto first = static_cast<size_t>((from_ns + kWindow_ns - 1) / kWindow_ns);
  const auto end = std::min(static_cast<size_t>(to_ns / kWindow_ns), windows_.size() - 1);
  return std::span(windows_).subspan(std::min(first, end), end - std::min(first, end));
}

}  // namespace glacis::bench
