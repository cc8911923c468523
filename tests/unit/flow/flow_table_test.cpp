#include "dataplane/flow/flow_table.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/flow/flow_packets.h"

namespace glacis {
namespace {

using Told = std::vector<std::string>;

TEST(KeyedHash, GivesTheReferenceValueOfSipHash13) {
  EXPECT_EQ(KeyedHash(0x0706050403020100u, 0x0f0e0d0c0b0a0908u)({}), 0xabac0158050fc4dcu);
}

TEST(KeyedHash, DependsOnKeyAndEveryByte) {
  std::set<uint64_t> seen;
  std::vector<uint8_t> bytes(48);
  const KeyedHash hash(1, 2);
  seen.insert(hash(bytes));
  seen.insert(KeyedHash(1, 3)(bytes));
  for (uint8_t& byte : bytes) {
    byte = 1;
    seen.insert(hash(bytes));
    byte = 0;
  }
  EXPECT_EQ(seen.size(), 50u);
}

TEST(FlowTable, BothDirectionsAreOneFlow) {
  FlowRun run(16);
  run.packets({tcp(1, 0, kTcpSyn), tcp(1, 1, kTcpSyn | kTcpAck, false), tcp(2, 2, kTcpSyn), tcp(1, 3, kTcpAck)});
  EXPECT_EQ(run.told, (Told{"start 1 at 0 ms: 0+0 packets", "start 3 at 2 ms: 0+0 packets"}));
  EXPECT_EQ(run.indexes[0], run.indexes[1]);
  EXPECT_EQ(run.indexes[0], run.indexes[3]);
  EXPECT_EQ(run.indexes[0]->packets[0], 2u);
  EXPECT_EQ(run.indexes[0]->packets[1], 1u);
  EXPECT_EQ(run.table.size(), 2u);
}

TEST(FlowTable, PacketsWithoutLayersAreLeftAlone) {
  FlowTable table(16, {}, 1);
  const auto burst = std::make_unique<Burst>();
  burst->count = 2;
  burst->layers[0].result = DecodeResult::kTruncated;
  burst->layers[1].result = DecodeResult::kNotIp;
  table.lookup_burst(*burst, [](Flow&, const FlowDeadline&) { FAIL(); }, [](uint16_t, Flow&, bool) { FAIL(); });
  EXPECT_EQ(table.size(), 0u);
}

TEST(FlowTable, ASynOnAClosedFlowStartsAnother) {
  FlowRun run(16);
  run.packets({tcp(1, 0, kTcpSyn), tcp(1, 5, kTcpRst, false), tcp(1, 6, kTcpAck), tcp(1, 7, kTcpSyn)});
  EXPECT_EQ(run.told,
            (Told{"start 1 at 0 ms: 0+0 packets", "end 1 at 7 ms: 2+1 packets", "start 4 at 7 ms: 0+0 packets"}));
  run.packets({tcp(1, 8, kTcpSyn), tcp(1, 9, kTcpSyn | kTcpAck, false)});
  EXPECT_EQ(run.told.size(), 3u) << "a SYN again on an open flow is a retransmission";
}

TEST(FlowTable, FillsToItsSizeWithoutEvicting) {
  constexpr uint32_t kFlows = 78'640;  // load 0.6 of 16384 buckets
  FlowRun run(kFlows, 11);
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < kFlows; ++i) list.push_back(tcp(i, 0, kTcpAck));
  run.packets(list);
  EXPECT_EQ(run.table.size(), kFlows);
  EXPECT_EQ(run.table.counters().evicted_other + run.table.counters().evicted_half_open, 0u);
  run.indexes.clear();
  run.packets(list);
  EXPECT_EQ(run.table.counters().created, kFlows) << "each is found again";
  EXPECT_EQ(std::set<Flow*>(run.indexes.begin(), run.indexes.end()).size(), kFlows);
}

TEST(FlowTable, FullItEvictsHalfOpenFlowsBeforeOthers) {
  FlowRun run(6);  // one pair of buckets, so that all are candidates
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < 6; ++i) list.push_back(tcp(i, i, i == 4 ? kTcpSyn : kTcpAck));
  run.packets(list);
  run.told.clear();
  run.packets({tcp(50, 10, kTcpAck), tcp(51, 11, kTcpAck)});
  EXPECT_EQ(run.told, (Told{"evicted 5 at 10 ms: 1+0 packets", "start 7 at 10 ms: 0+0 packets",
                            "evicted 1 at 11 ms: 1+0 packets", "start 8 at 11 ms: 0+0 packets"}));
  EXPECT_EQ(run.table.counters().evicted_half_open, 1u);
  EXPECT_EQ(run.table.counters().evicted_other, 1u);
  EXPECT_EQ(run.table.size(), 6u);
}

TEST(FlowTable, AFloodNeverGrowsIt) {
  FlowRun run(1000, 3);
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < 20'000; ++i) list.push_back(tcp(i, i / 10, kTcpSyn));
  run.packets(list);
  const FlowTableCounters& c = run.table.counters();
  EXPECT_LE(run.table.size(), 1000u);
  EXPECT_EQ(c.created, 20'000u);
  EXPECT_EQ(c.created, run.table.size() + c.evicted_half_open + c.evicted_other + c.expired);
}

TEST(FlowTable, OfSizeZeroHoldsOne) {
  FlowRun run(0);
  run.packets({tcp(1, 0, kTcpSyn), tcp(2, 1, kTcpSyn)});
  EXPECT_EQ(run.table.size(), 1u);
}

TEST(FlowTable, DrainGivesEveryFlowOnce) {
  FlowRun run(100);
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < 50; ++i) list.push_back(tcp(i, i, kTcpSyn));
  run.packets(list);
  std::set<uint64_t> seen;
  run.table.drain([&](Flow& flow) { seen.insert(flow.first_ordinal.value); });
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(run.table.size(), 0u);
  run.told.clear();
  run.advance(1'000'000);
  EXPECT_TRUE(run.told.empty());
}

}  // namespace
}  // namespace glacis
