#include "dataplane/base/spsc_ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace glacis {
namespace {

TEST(SpscRing, GivesBackInOrderAndRefusesWhenFull) {
  SpscRing<uint32_t> ring(4);
  ASSERT_EQ(ring.capacity(), 4u);
  for (uint32_t i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
  EXPECT_FALSE(ring.push(99));
  uint32_t out = 0;
  for (uint32_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(ring.pop(out));
    EXPECT_EQ(out, i);
  }
  EXPECT_FALSE(ring.pop(out));
  EXPECT_EQ(ring.pushed(), 4u);
  EXPECT_EQ(ring.popped(), 4u);
}

TEST(SpscRing, CapacityIsRoundedUpToAPowerOfTwo) {
  EXPECT_EQ(SpscRing<char>(0).capacity(), 2u);
  EXPECT_EQ(SpscRing<char>(5).capacity(), 8u);
}

TEST(SpscRing, TwoThreadsSeeEveryElementOnceAndWhole) {
  struct Pair {
    uint64_t value, same;
  };
  constexpr uint64_t kElements = 200'000;
  SpscRing<Pair> ring(64);
  std::thread producer([&] {
    for (uint64_t i = 0; i < kElements;) {
      if (ring.push({i, i})) {
        ++i;
      } else {
        std::this_thread::yield();  // two threads on one core, or a sanitizer: let the other one go on
      }
    }
  });
  uint64_t wrong = 0;
  for (uint64_t expected = 0; expected < kElements;) {
    Pair out{};
    if (!ring.pop(out)) {
      std::this_thread::yield();
      continue;
    }
    if (out.value != expected || out.same != expected) ++wrong;
    ++expected;
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace glacis
