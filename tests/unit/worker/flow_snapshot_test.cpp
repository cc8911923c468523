#include "dataplane/worker/flow_snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace glacis {
namespace {

struct OneFlow {
  HotFlow hot;
  ColdFlow cold;
  [[nodiscard]] uint64_t id() { return flow_id_of(Flow{hot, cold}).value; }
};

OneFlow some_flow() {
  OneFlow out;
  FlowKey key;
  key.low = IpAddress::v4(10, 1, 0, 3);
  key.high = IpAddress::v4(10, 4, 0, 5);
  key.low_port = 40'000;
  key.high_port = 5432;
  key.protocol = kIpProtoTcp;
  key.ip_version = 4;
  out.hot.key = ShortKey(key);
  out.hot.ip_version = 4;
  std::copy_n(key.low.bytes.begin(), 12, out.cold.low_head.begin());
  std::copy_n(key.high.bytes.begin(), 12, out.cold.high_head.begin());
  out.cold.start = seconds(1'700'000'000);
  out.cold.first_ordinal = Ordinal(7);
  return out;
}

TEST(FlowId, StaysTheSameFromVersionToVersion) {
  OneFlow flow = some_flow();
  EXPECT_EQ(flow.id(), 6602991077459218u) << "ids stand in stored alerts: a change of how they are made is to be meant";
}

TEST(FlowId, IsAnotherForAnotherKeyStartOrFirstPacket) {
  std::vector<uint64_t> ids;
  for (uint32_t tail = 0; tail < 60; ++tail) {
    for (uint64_t start = 0; start < 60; ++start) {
      for (uint64_t ordinal = 0; ordinal < 60; ++ordinal) {
        OneFlow flow = some_flow();
        flow.hot.key.low_tail += tail << 24;
        flow.cold.start.value += static_cast<int64_t>(start);
        flow.cold.first_ordinal.value += ordinal;
        ids.push_back(flow.id());
        ASSERT_LT(ids.back(), uint64_t{1} << 53);
      }
    }
  }
  std::ranges::sort(ids);
  EXPECT_TRUE(std::ranges::adjacent_find(ids) == ids.end());
}

TEST(FlowId, HeadsOfIPv6AddressesCount) {
  OneFlow one = some_flow(), other = some_flow();
  one.hot.ip_version = other.hot.ip_version = 6;
  other.cold.high_head[0] ^= 1;
  EXPECT_NE(one.id(), other.id());
}

}  // namespace
}  // namespace glacis
