#include "dataplane/zone/zone_table.h"

#include <gtest/gtest.h>

namespace glacis {
namespace {

IpAddress v6(std::initializer_list<uint8_t> head, uint8_t last = 0) {
  IpAddress out;
  std::copy(head.begin(), head.end(), out.bytes.begin());
  out.bytes[15] = last;
  return out;
}

TEST(ZoneTable, AnAddressBelongsToTheLastStartAtOrBeforeIt) {
  const ZoneTable table({IpAddress{}, IpAddress::v4(10, 0, 0, 0), IpAddress::v4(10, 1, 0, 0)},
                        {PlaceId(0), PlaceId(1), PlaceId(0)}, {{}, {ZoneId(3), {7}}});
  EXPECT_EQ(table.place(IpAddress::v4(9, 255, 255, 255)), PlaceId(0));
  EXPECT_EQ(table.place(IpAddress::v4(10, 0, 0, 0)), PlaceId(1));
  EXPECT_EQ(table.place(IpAddress::v4(10, 0, 255, 255)), PlaceId(1));
  EXPECT_EQ(table.place(IpAddress::v4(10, 1, 0, 0)), PlaceId(0));
  EXPECT_EQ(table.zone(PlaceId(1)), ZoneId(3));
  EXPECT_EQ(table.at(PlaceId(1)).assets, std::vector<uint32_t>{7});
}

TEST(ZoneTable, AnEmptyTableKnowsOnlyTheUnknownPlace) {
  const ZoneTable table;
  EXPECT_EQ(table.place(IpAddress::v4(10, 0, 0, 1)), PlaceId(0));
  EXPECT_EQ(table.zone(PlaceId(0)), ZoneId(0));
}

TEST(ZoneTable, MulticastBroadcastLoopbackAndUnspecifiedNeverCross) {
  for (const IpAddress& a :
       {IpAddress::v4(224, 0, 0, 251), IpAddress::v4(255, 255, 255, 255), IpAddress::v4(127, 0, 0, 1),
        IpAddress::v4(0, 0, 0, 0), v6({0xff, 0x02}, 0xfb), v6({}, 1), v6({})}) {
    EXPECT_TRUE(never_crosses(a));
    EXPECT_FALSE(global_unicast(a));
  }
  EXPECT_FALSE(never_crosses(IpAddress::v4(223, 255, 255, 255)));
  EXPECT_FALSE(never_crosses(v6({0x20, 0x01}, 1)));
  EXPECT_FALSE(never_crosses(v6({}, 2)));
}

TEST(ZoneTable, PrivateSharedAndLinkLocalAddressesAreNotGlobal) {
  for (const IpAddress& a : {IpAddress::v4(10, 9, 9, 9), IpAddress::v4(172, 31, 0, 1), IpAddress::v4(192, 168, 1, 1),
                             IpAddress::v4(100, 64, 0, 1), IpAddress::v4(100, 127, 255, 255),
                             IpAddress::v4(169, 254, 1, 1), v6({0xfd, 0x00}, 1), v6({0xfe, 0x80}, 1)}) {
    EXPECT_FALSE(global_unicast(a));
    EXPECT_FALSE(never_crosses(a));
  }
}

TEST(ZoneTable, PublicAndDocumentationAddressesStandForTheInternet) {
  for (const IpAddress& a :
       {IpAddress::v4(8, 8, 8, 8), IpAddress::v4(203, 0, 113, 7), IpAddress::v4(198, 51, 100, 7),
        IpAddress::v4(172, 32, 0, 1), IpAddress::v4(100, 128, 0, 1), v6({0x20, 0x01, 0x0d, 0xb8}, 1)}) {
    EXPECT_TRUE(global_unicast(a));
  }
}

}  // namespace
}  // namespace glacis
