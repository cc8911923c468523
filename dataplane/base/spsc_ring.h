#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace glacis {

// Bounded ring between one producer and one consumer; memory is taken once, at construction.
// Capacity is rounded up to a power of two. Full: push() refuses and the producer counts it.
// Threads: push by one, pop by one other. head_ is released by the producer after the element is
// written and acquired by the consumer before it is read; tail_ the other way round.
template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit SpscRing(size_t capacity)
      : mask_(std::bit_ceil(capacity < 2 ? size_t{2} : capacity) - 1), slots_(new T[mask_ + 1]) {}

  [[nodiscard]] bool push(const T& value) {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_seen_ > mask_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head - tail_seen_ > mask_) return false;
    }
    slots_[head & mask_] = value;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  [[nodiscard]] bool pop(T& out) {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_seen_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail == head_seen_) return false;
    }
    out = slots_[tail & mask_];
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Elements pushed since construction; any thread.
  [[nodiscard]] uint64_t pushed() const { return head_.load(std::memory_order_acquire); }
  [[nodiscard]] uint64_t popped() const { return tail_.load(std::memory_order_acquire); }
  [[nodiscard]] size_t capacity() const { return mask_ + 1; }

 private:
  const size_t mask_;
  const std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<uint64_t> head_{0};
  uint64_t tail_seen_ = 0;  // the producer's copy
  alignas(64) std::atomic<uint64_t> tail_{0};
  uint64_t head_seen_ = 0;  // the consumer's copy
};

}  // namespace glacis
