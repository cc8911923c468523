#include "dataplane/base/keyed_hash.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "dataplane/fragment/pending_table.h"

namespace glacis {
namespace {

using Key = std::array<uint8_t, 48>;

TEST(KeyedHash, EveryBitOfTheKeyChangesAboutHalfOfIt) {
  Key key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i * 7);
  const KeyedHash hash(7);
  std::set<uint64_t> seen{hash(key)};
  int changed = 0;
  for (size_t bit = 0; bit < 8 * key.size(); ++bit) {
    Key other = key;
    other[bit / 8] = static_cast<uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    EXPECT_TRUE(seen.insert(hash(other)).second) << bit;
    const int bits = __builtin_popcountll(hash(key) ^ hash(other));
    EXPECT_GE(bits, 10) << bit;
    changed += bits;
  }
  EXPECT_NEAR(changed / (8.0 * key.size()), 32, 1);
}

TEST(KeyedHash, IsAnotherForAnotherSeed) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 1000; ++seed) seen.insert(KeyedHash(seed)(Key{}));
  EXPECT_EQ(seen.size(), 1000U);
}

// Equal differences in the two addresses and the rest do not cancel out.
TEST(KeyedHash, TheSameChangeInTwoBlocksDoesNotCollide) {
  const KeyedHash hash(1);
  std::set<uint64_t> seen;
  for (size_t a = 0; a < 3; ++a) {
    for (size_t b = a + 1; b < 3; ++b) {
      for (int value = 1; value < 256; ++value) {
        Key key{};
        key[16 * a + 3] = key[16 * b + 3] = static_cast<uint8_t>(value);
        EXPECT_TRUE(seen.insert(hash(key)).second) << a << b << value;
      }
    }
  }
}

}  // namespace
}  // namespace glacis
