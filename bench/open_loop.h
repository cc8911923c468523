#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace glacis::bench {

// Which packets have come by now, by the clock and whatever becomes of them: the open loop of a wire and of the queue
// behind it, without a thread that would have to be as fast as the wire. A poll is told how many it may take and how
// many were lost since the one before because more than the queue holds were waiting.
// The clock is the poller's own: time in which another thread had its CPU does not pass, but is counted in taken_ns().
// For each 10 ms of it stand the packets taken and the longest gap between two polls.
// Threads: poll and fill_percent by the poller; the rest by one other, while the poller runs or not.
class OpenLoop {
 public:
  static constexpr int64_t kWindow_ns = 10'000'000;
  struct Window {
    uint64_t packets = 0;
    int64_t longest_gap_ns = 0;
  };

  // Remembers so many windows; what comes later stands in the last.
  explicit OpenLoop(size_t windows);

  // From the next poll on as many packets as it asks for: it starts like this.
  void flood() { order({.kind = Kind::kFlood}); }
  void pace(double packets_per_s, uint64_t queue_packets) { order({Kind::kPaced, packets_per_s / 1e9, queue_packets}); }

  struct Due {
    uint64_t lost;
    size_t packets;
  };
  [[nodiscard]] Due poll(size_t most);
  // Of the queue, when it was last polled.
  [[nodiscard]] uint8_t fill_percent() const { return fill_percent_; }

  // Of the last poll.
  [[nodiscard]] int64_t clock_ns() const { return clock_.load(std::memory_order_acquire); }
  // Waits until the clock says so.
  void wait_until(int64_t clock_ns) const;
  [[nodiscard]] uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  [[nodiscard]] int64_t taken_ns() const { return taken_.load(std::memory_order_relaxed); }
  // How much of the time since then another thread had the poller's CPU.
  [[nodiscard]] double taken_share(int64_t clock_ns, int64_t taken_ns) const;
  // Those that lie wholly between these two times, which must be over.
  [[nodiscard]] std::span<const Window> windows(int64_t from_ns, int64_t to_ns) const;

 private:
  enum class Kind : uint8_t { kFlood, kPaced };
  struct Order {
    Kind kind = Kind::kFlood;
    double packets_per_ns = 0;
    uint64_t queue = 0;
  };
  void order(const Order& order);
  void follow_order();
  [[nodiscard]] int64_t pass();
  [[nodiscard]] int64_t missing_ns(uint64_t tick);

  const double ns_per_tick_;
  std::vector<Window> windows_;
  // What is wished: written before its number, read after it, and not written again before it has been followed.
  Order wish_;
  std::atomic<uint64_t> wished_{0}, followed_{0};
  // The poller's.
  Order now_;
  uint64_t tick_ = 0, checked_tick_ = 0;
  int64_t checked_cpu_ns_ = 0;
  int64_t began_ns_ = 0;  // of the order that is followed
  uint64_t gone_ = 0;     // packets taken or lost since
  uint8_t fill_percent_ = 0;
  // Written by the poller, read by any. clock_: with release, behind the windows that are over.
  std::atomic<int64_t> clock_{0}, taken_{0};
  std::atomic<uint64_t> lost_{0};
};

}  // namespace glacis::bench
