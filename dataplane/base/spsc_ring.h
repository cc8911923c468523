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
    T* const slot = claim();
    if (slot == nullptr) return false;
    *slot = value;
    publish();
    return true;
  }
  // The place of the next element, for a producer that writes it where it will stand; null: full. What
  // is there is old. The consumer sees it after publish(). The last `kept` places, fewer than the
  // capacity, count as taken.
  [[nodiscard]] T* claim(size_t kept = 0) {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_seen_ + kept > mask_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head - tail_seen_ + kept > mask_) return nullptr;
    }
    return &slots_[head & mask_];
  }
  // Places that are free by now. The producer's.
  [[nodiscard]] size_t room() {
    tail_seen_ = tail_.load(std::memory_order_acquire);
    return mask_ + 1 - (head_.load(std::memory_order_relaxed) - tail_seen_);
  }
  void publish() { head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  // Asks memory for the first `bytes` of the next place, which has not been touched for a whole round. The producer's.
  [[gnu::always_inline]] void prefetch_next(size_t bytes) const {
    const auto* const at = reinterpret_cast<const char*>(&slots_[head_.load(std::memory_order_relaxed) & mask_]);
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(at + i, 1);
  }

  [[nodiscard]] bool pop(T& out) {
    const T* const slot = front();
    if (slot == nullptr) return false;
    out = *slot;
    release();
    return true;
  }
  // The oldest element, where it stands, until release(); null: empty.
  [[nodiscard]] const T* front() {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_seen_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail == head_seen_) return nullptr;
    }
    return &slots_[tail & mask_];
  }
  void release() { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

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
