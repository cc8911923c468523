#include "dataplane/base/keyed_hash.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>

namespace glacis {
namespace {

using Message = std::array<uint8_t, 48>;

TEST(KeyedHash, EveryBitOfMessageAndKeyChangesAboutHalfOfTheHash) {
  const Message message{};
  const uint64_t plain = KeyedHash(1, 2)(message);
  const auto expect_spread = [plain](uint64_t other) {
    const int changed = std::popcount(plain ^ other);
    EXPECT_GT(changed, 10);
    EXPECT_LT(changed, 54);
  };
  for (size_t bit = 0; bit < message.size() * 8; ++bit) {
    Message flipped = message;
    flipped[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    expect_spread(KeyedHash(1, 2)(flipped));
  }
  for (int bit = 0; bit < 64; ++bit) {
    expect_spread(KeyedHash(1 ^ uint64_t{1} << bit, 2)(message));
    expect_spread(KeyedHash(1, 2 ^ uint64_t{1} << bit)(message));
  }
}

TEST(KeyedHash, ALongerMessageOfZerosIsAnotherMessage) {
  const Message zeros{};
  EXPECT_NE(KeyedHash(1, 2)(std::span(zeros).first(8)), KeyedHash(1, 2)(std::span(zeros).first(16)));
}

}  // namespace
}  // namespace glacis
