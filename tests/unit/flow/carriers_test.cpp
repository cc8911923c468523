// Carriers by number: each once while flows use it, beside a list.
#include "dataplane/flow/carriers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace glacis {
namespace {

Carrier carrier(uint32_t number) {
  Layers packet;
  packet.tunnel = number % 2 == 0 ? TunnelKind::kVxlan : TunnelKind::kGre;
  packet.tunnels = 1;
  packet.outer_source = IpAddress::v4(192, 0, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
  packet.outer_destination = IpAddress::v4(198, 51, 100, 1);
  return Carrier(packet);
}

TEST(Carriers, AreTheSameNumberWhileAFlowUsesThem) {
  Carriers carriers(7);
  const uint16_t first = carriers.enter(carrier(1)), second = carriers.enter(carrier(2));
  EXPECT_NE(first, 0);
  EXPECT_NE(first, second);
  EXPECT_EQ(carriers.enter(carrier(1)), first);
  EXPECT_EQ(carriers[first], carrier(1));
  EXPECT_EQ(carriers.size(), 2U);
  carriers.leave(first);
  EXPECT_EQ(carriers[first], carrier(1)) << "one flow is left";
  carriers.leave(first);
  EXPECT_EQ(carriers.size(), 1U);
  carriers.leave(0);
  EXPECT_EQ(carriers[0], Carrier{});
}

TEST(Carriers, ThatDifferInAnythingAreOthers) {
  Carriers carriers(7);
  Carrier changed[4] = {carrier(1), carrier(1), carrier(1), carrier(1)};
  changed[0].kind = TunnelKind::kGeneve;
  ++changed[1].tunnels;
  std::swap(changed[2].source, changed[2].destination);
  changed[3].destination = IpAddress::v4(198, 51, 100, 2);
  (void)carriers.enter(carrier(1));
  for (const Carrier& each : changed) (void)carriers.enter(each);
  EXPECT_EQ(carriers.size(), 5U);
}

TEST(Carriers, AFullTableRefusesNewOnesAndCounts) {
  Carriers carriers(7);
  for (uint32_t i = 0; i < Carriers::kMost; ++i) ASSERT_NE(carriers.enter(carrier(i)), 0) << i;
  EXPECT_EQ(carriers.enter(carrier(Carriers::kMost)), 0);
  EXPECT_NE(carriers.enter(carrier(5)), 0) << "one that is there";
  EXPECT_EQ(carriers.refused(), 1U);
}

TEST(Carriers, AgreeWithAListOfTheFlows) {
  std::mt19937 random(5);
  Carriers carriers(7);
  std::vector<std::pair<uint32_t, uint16_t>> flows;  // carrier, number
  std::map<uint32_t, size_t> users;
  for (int step = 0; step < 100'000; ++step) {
    if (flows.empty() || random() % 100 < 52) {
      const uint32_t which = random() % 500;
      flows.emplace_back(which, carriers.enter(carrier(which)));
      ++users[which];
    } else {
      const size_t at = random() % flows.size();
      const auto [which, number] = flows[at];
      ASSERT_EQ(carriers[number], carrier(which));
      carriers.leave(number);
      if (--users[which] == 0) users.erase(which);
      flows[at] = flows.back();
      flows.pop_back();
    }
    ASSERT_EQ(carriers.size(), users.size());
  }
  EXPECT_EQ(carriers.refused(), 0U);
}

}  // namespace
}  // namespace glacis
