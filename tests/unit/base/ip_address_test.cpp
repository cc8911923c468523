#include "dataplane/base/ip_address.h"

#include <gtest/gtest.h>

namespace glacis {
namespace {

TEST(IpAddress, Version4StandsMappedAndComesBackAsFourBytes) {
  const IpAddress address = IpAddress::v4(192, 0, 2, 7);
  EXPECT_TRUE(address.is_v4());
  ASSERT_EQ(address.wire().size(), 4u);
  EXPECT_EQ(address.wire()[0], 192);
  EXPECT_EQ(address.wire()[3], 7);
  EXPECT_EQ(IpAddress::from_bytes(address.wire()), address);
}

TEST(IpAddress, Version6ComesBackAsSixteenBytes) {
  const uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8};
  const IpAddress address = IpAddress::from_bytes(bytes);
  EXPECT_FALSE(address.is_v4());
  EXPECT_EQ(address.wire().size(), 16u);
}

TEST(IpAddress, AnyOtherNumberOfBytesIsTheUnspecifiedAddress) {
  const uint8_t bytes[5] = {1, 2, 3, 4, 5};
  EXPECT_EQ(IpAddress::from_bytes(bytes), IpAddress{});
}

TEST(IpAddress, OrderIsThatOfTheBytesOnTheWire) {
  EXPECT_LT(IpAddress::v4(10, 0, 0, 255), IpAddress::v4(10, 0, 1, 0));
  EXPECT_LT(IpAddress::v4(9, 255, 255, 255), IpAddress::v4(200, 0, 0, 0));
}

}  // namespace
}  // namespace glacis
