#include "dataplane/base/byte_cursor.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace glacis {
namespace {

constexpr uint8_t kBytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};

TEST(ByteCursor, ReadsBigEndianInOrder) {
  ByteCursor cursor(kBytes);
  EXPECT_EQ(cursor.u8(), 0x01u);
  EXPECT_EQ(cursor.u16(), 0x0203u);
  EXPECT_EQ(cursor.u32(), 0x04050607u);
  EXPECT_EQ(cursor.left(), 0u);
  EXPECT_TRUE(cursor.ok());
}

TEST(ByteCursor, AReadPastTheEndGivesZeroAndStaysFailed) {
  ByteCursor cursor(kBytes);
  cursor.skip(5);
  EXPECT_EQ(cursor.u32(), 0u);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.offset(), 5u) << "a failed read takes nothing";
  EXPECT_EQ(cursor.u8(), 0u) << "what would fit is refused after a failure";
  EXPECT_FALSE(cursor.ok());
}

TEST(ByteCursor, ALengthThatWouldWrapAroundIsRefused) {
  ByteCursor cursor(kBytes);
  cursor.skip(3);
  cursor.skip(SIZE_MAX - 1);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.offset(), 3u);
}

TEST(ByteCursor, TakesASliceOrNothing) {
  ByteCursor cursor(kBytes);
  EXPECT_EQ(cursor.take(7).size(), 7u);
  EXPECT_TRUE(cursor.take(0).empty());
  EXPECT_TRUE(cursor.ok());
  EXPECT_TRUE(cursor.take(1).empty());
  EXPECT_FALSE(cursor.ok());
}

}  // namespace
}  // namespace glacis
