#include "dataplane/decode/checksum.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace glacis {
namespace {

TEST(Checksum, TheExampleOfTheRfcAddsUp) {
  // RFC 1071, section 3: 0001 f203 f4f5 f6f7 -> 2ddf0 -> ddf2
  const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(ones_sum(bytes), 0xddf2u);
}

TEST(Checksum, AnOddLastByteIsPaddedWithZero) {
  const uint8_t odd[] = {0x12, 0x34, 0x56}, even[] = {0x12, 0x34, 0x56, 0x00};
  EXPECT_EQ(ones_sum(odd), ones_sum(even));
}

TEST(Checksum, WordsAndBytesGiveTheSameSumForEveryLengthAndStart) {
  std::mt19937 random(1);
  for (size_t length = 0; length < 200; ++length) {
    for (const uint8_t fill : {0x00, 0xff, 0x5a}) {
      std::vector<uint8_t> bytes(length);
      for (uint8_t& b : bytes) b = fill == 0x5a ? static_cast<uint8_t>(random()) : fill;
      const uint32_t start = random() % 0x50000;
      EXPECT_EQ(ones_sum(bytes, start), bytewise_ones_sum(bytes, start)) << length << " bytes, start " << start;
    }
  }
}

}  // namespace
}  // namespace glacis
