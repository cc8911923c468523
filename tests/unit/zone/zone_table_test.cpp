#include "dataplane/zone/zone_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

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

// As many starts in one block of 16 bits as are counted at once, and more: against std::upper_bound over all.
TEST(ZoneTable, ManyStartsOfOneBlockAreToldApart) {
  std::mt19937 random(3);
  for (const size_t starts : {0, 1, 2, 63, 64, 65, 127, 128, 129, 1000}) {
    std::set<IpAddress> in_block;
    const auto at = [](uint8_t block, uint32_t tail) {
      return IpAddress::v4(10, block, static_cast<uint8_t>(tail >> 8), static_cast<uint8_t>(tail));
    };
    while (in_block.size() < starts) in_block.insert(at(7, random() % 65'536));
    std::vector<IpAddress> all{IpAddress{}, at(6, 9)};
    all.insert(all.end(), in_block.begin(), in_block.end());
    all.push_back(at(8, 3));
    std::vector<PlaceId> places;
    for (uint32_t i = 0; i < all.size(); ++i) places.emplace_back(i);
    const ZoneTable table(all, places, std::vector<ZoneTable::Place>(all.size()));
    const auto check = [&](const IpAddress& address) {
      const auto behind = std::upper_bound(all.begin(), all.end(), address) - all.begin();
      ASSERT_EQ(table.place(address).value, behind - 1) << starts << " starts";
    };
    for (const IpAddress& start : all) check(start);
    for (int i = 0; i < 2000; ++i) check(at(static_cast<uint8_t>(6 + random() % 3), random() % 65'536));
  }
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
