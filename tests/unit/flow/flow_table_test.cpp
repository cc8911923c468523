#include "dataplane/flow/flow_table.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/flow/flow_packets.h"

namespace glacis {
namespace {

using Told = std::vector<std::string>;

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
  for (const uint16_t i : {uint16_t{0}, uint16_t{1}}) burst->summarize(i);
  table.lookup_burst(
      *burst, GenerationId(1), [&](uint16_t i) -> const Layers& { return burst->layers[i]; },
      [](Flow, const FlowDeadline&) { FAIL(); }, [](uint16_t, Flow, bool) { FAIL(); });
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
  constexpr uint32_t kFlows = 400'000;  // load 0.64 of 62,500 buckets
  FlowRun run(kFlows, 11);
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < kFlows; ++i) list.push_back(tcp(i, 0, kTcpAck));
  run.packets(list);
  EXPECT_EQ(run.table.size(), kFlows);
  EXPECT_EQ(run.table.counters().evicted_other + run.table.counters().evicted_half_open, 0u);
  EXPECT_GT(run.table.counters().moved, 0u) << "else this does not show that a flow is found where it went";
  run.indexes.clear();
  run.packets(list);
  EXPECT_EQ(run.table.counters().created, kFlows) << "each is found again";
  EXPECT_EQ(std::set<HotFlow*>(run.indexes.begin(), run.indexes.end()).size(), kFlows);
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

// Settles every flow after its first packets, as the pipeline does once nothing more can change.
std::function<void(Flow)> quiet_under(GenerationId generation, uint8_t bits = 0x0f) {
  return [generation, bits](Flow flow) {
    flow.hot.generation = generation;
    flow.hot.quiet = bits;
    flow.hot.attention = seconds(1'000'000);
  };
}

TEST(FlowTable, QuietPacketsAreCountedWithoutATelling) {
  FlowRun run(16);
  run.on_packet = quiet_under(GenerationId(1));
  run.packets({tcp(1, 0, kTcpAck), tcp(1, 1, kTcpAck), tcp(1, 2, kTcpAck, false)});
  EXPECT_EQ(run.indexes.size(), 1u) << "the first only";
  EXPECT_EQ(run.table.counters().quiet, 2u) << "of a flow that began in this burst";
  run.packets({tcp(1, 3, kTcpAck), tcp(1, 4, kTcpAck, false), tcp(1, 5, kTcpAck)});
  EXPECT_EQ(run.indexes.size(), 1u);
  EXPECT_EQ(run.table.counters().quiet, 5u) << "of one that was there before";
  EXPECT_EQ(run.indexes[0]->packets[0], 4u);
  EXPECT_EQ(run.indexes[0]->packets[1], 2u);
  EXPECT_EQ(run.indexes[0]->bytes[0], 160u);
  EXPECT_EQ(run.indexes[0]->last, milliseconds(5));
}

TEST(FlowTable, WhatIsNotPlainOrOfAnotherGenerationIsTold) {
  FlowRun run(16);
  run.on_packet = quiet_under(GenerationId(1));
  run.packets({tcp(1, 0, kTcpAck), tcp(1, 1, kTcpAck | kTcpFin)});
  EXPECT_EQ(run.indexes.size(), 2u);
  FlowRun other(16);
  other.on_packet = quiet_under(GenerationId(2));
  other.packets({tcp(1, 0, kTcpAck), tcp(1, 1, kTcpAck)});
  EXPECT_EQ(other.indexes.size(), 2u) << "a newer policy has not judged it";
  FlowRun one_side(16);
  one_side.on_packet = quiet_under(GenerationId(1), quiet_bit(false, true));
  one_side.packets({tcp(1, 0, kTcpAck), tcp(1, 1, kTcpAck), tcp(1, 2, kTcpAck, false)});
  EXPECT_EQ(one_side.indexes.size(), 2u);
}

// Settles a flow of which payload is searched, from low, and which counts alone when the worker is full.
std::function<void(Flow)> searched(uint8_t begun) {
  return [begun](Flow flow) {
    quiet_under(GenerationId(1), quiet_bit(false, true))(flow);
    flow.hot.quiet |= static_cast<uint8_t>(Skip::kPayloadFromLow) | begun;
  };
}

std::vector<FlowPacket> payload(int64_t from_ms, size_t count, bool from_low = true) {
  std::vector<FlowPacket> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back(tcp(1, from_ms + static_cast<int64_t>(i), kTcpAck, from_low));
    out.back().payload_bytes = 5;
  }
  return out;
}

TEST(FlowTable, PayloadThatIsSearchedCountsAloneOnlyWhileSearchesAreGivenUp) {
  FlowRun run(16);
  run.on_packet = searched(0);
  run.packets({tcp(1, 0, kTcpAck)});
  const auto told_of = [&](Skipping skipping, const std::vector<FlowPacket>& list) {
    const size_t before = run.indexes.size();
    run.table.skip(skipping);
    run.packets(list);
    return run.indexes.size() - before;
  };
  EXPECT_EQ(told_of(Skipping::kNothing, payload(1, 3)), 3u);
  EXPECT_EQ(told_of(Skipping::kNotBegun, payload(5, 3)), 3u) << "it has begun";
  EXPECT_FALSE(run.indexes[0]->has(Skip::kSkipped)) << "nothing has been skipped";
  EXPECT_EQ(told_of(Skipping::kAll, payload(9, 3, false)), 3u) << "of the other end nothing may";
  EXPECT_FALSE(run.indexes[0]->has(Skip::kSkipped));
  EXPECT_EQ(told_of(Skipping::kAll, payload(13, 3)), 0u);
  EXPECT_TRUE(run.indexes[0]->has(Skip::kSkipped));
  EXPECT_EQ(run.indexes[0]->packets[0], 10u) << "counted all the same";
  EXPECT_EQ(told_of(Skipping::kNothing, payload(17, 1)), 1u);
}

TEST(FlowTable, ASearchThatHasNotBegunIsGivenUpBeforeOthers) {
  FlowRun run(16);
  run.on_packet = searched(static_cast<uint8_t>(Skip::kNotBegun));
  run.packets({tcp(1, 0, kTcpAck)});
  run.table.skip(Skipping::kNotBegun);
  run.packets(payload(1, 3));
  EXPECT_EQ(run.indexes.size(), 1u);
  EXPECT_TRUE(run.indexes[0]->has(Skip::kSkipped));
}

// What a burst's packets were likely to find, when its own packets have ended it, or given its place to others.
TEST(FlowTable, AFlowThatEndsWithinABurstIsNotCountedIn) {
  FlowRun run(2);  // one bucket
  run.on_packet = quiet_under(GenerationId(1));
  run.packets({tcp(1, 0, kTcpAck), tcp(2, 1, kTcpAck)});
  // The third flow takes the place of the first, the first comes again and takes that of the second.
  run.packets({tcp(1, 2, kTcpAck), tcp(2, 3, kTcpAck), tcp(3, 4, kTcpAck), tcp(1, 5, kTcpAck), tcp(3, 6, kTcpAck)});
  EXPECT_EQ(run.told,
            (Told{"start 1 at 0 ms: 0+0 packets", "start 2 at 1 ms: 0+0 packets", "evicted 1 at 4 ms: 2+0 packets",
                  "start 5 at 4 ms: 0+0 packets", "evicted 2 at 5 ms: 2+0 packets", "start 6 at 5 ms: 0+0 packets"}));
  EXPECT_EQ(run.table.counters().quiet, 3u);
}

TEST(FlowTable, AQuietPacketAfterTheTimeoutStartsAnotherFlow) {
  FlowRun run(16);
  run.on_packet = quiet_under(GenerationId(1));
  run.packets({tcp(1, 0, kTcpAck)});
  run.packets({tcp(1, 600'000, kTcpAck), tcp(1, 1'200'001, kTcpAck)});
  EXPECT_EQ(run.table.counters().quiet, 1u);
  EXPECT_EQ(run.table.counters().created, 2u);
}

TEST(FlowTable, CountsBeyondFourGibibytesAndTwoToThe32Packets) {
  FlowRun run(16);
  run.on_packet = [](Flow flow) {
    quiet_under(GenerationId(1))(flow);
    flow.hot.packets[0] = UINT32_MAX - 1;
    flow.hot.bytes[0] = UINT32_MAX;
  };
  FlowPacket packet = tcp(1, 0, kTcpAck);
  run.packets({packet, packet});
  run.packets({packet, packet});
  const Flow flow = run.table.flow(FlowIndex(0));
  EXPECT_EQ(flow.packets(0), uint64_t{UINT32_MAX} + 2);
  EXPECT_EQ(flow.hot.bytes[0], uint64_t{UINT32_MAX} + 3 * 40);
  EXPECT_TRUE(flow.sent(0));
}

TEST(FlowTable, HalfOfItIsKeptForFlowsThatAreMoreThanHalfOpen) {
  FlowRun run(1000, 3);
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < 400; ++i) list.push_back(tcp(i, 0, kTcpAck));
  for (uint32_t i = 1000; i < 9000; ++i) list.push_back(tcp(i, 1, kTcpSyn));
  run.packets(list);
  const FlowTableCounters& c = run.table.counters();
  EXPECT_EQ(c.evicted_other, 0u) << "the flood costs no other flow";
  EXPECT_GT(c.evicted_half_open, 7000u);
  EXPECT_LT(run.table.size(), 1000u);
}

TEST(FlowTable, Ipv6FlowsThatDifferInTheirFirstBytesOnlyAreTwo) {
  FlowTable table(16, {}, 1);
  const auto burst = std::make_unique<Burst>();
  burst->count = 3;
  for (uint16_t i = 0; i < 3; ++i) {
    Layers& layers = burst->layers[i] = Layers{};
    layers.result = DecodeResult::kOk;
    layers.key.ip_version = 6;
    layers.key.low.bytes[0] = 0x20;
    layers.key.low.bytes[5] = i == 1 ? 1 : 0;
    layers.key.high.bytes[15] = 9;
    layers.key.protocol = kIpProtoUdp;
    layers.key.vlan_outer = 4095;
    layers.key.vlan_inner = 7;
    burst->summarize(i);
  }
  std::vector<FlowKey> keys;
  table.lookup_burst(
      *burst, GenerationId(1), [&](uint16_t i) -> const Layers& { return burst->layers[i]; },
      [](Flow, const FlowDeadline&) { FAIL(); }, [&](uint16_t, Flow flow, bool) { keys.push_back(flow.key()); });
  EXPECT_EQ(table.size(), 2u);
  for (uint16_t i = 0; i < 3; ++i) EXPECT_EQ(keys[i], burst->layers[i].key) << i;
}

TEST(FlowTable, TheSameEndsInTwoNumberedNetworksAndInNoneAreThreeFlows) {
  for (const uint8_t version : {uint8_t{4}, uint8_t{6}}) {
    FlowTable table(16, {}, 1);
    const auto burst = std::make_unique<Burst>();
    burst->count = 6;
    for (uint16_t i = 0; i < burst->count; ++i) {
      Layers& layers = burst->layers[i] = Layers{};
      layers.result = DecodeResult::kOk;
      layers.key.ip_version = version;
      layers.key.low = IpAddress::v4(10, 0, 0, 1);
      layers.key.high = IpAddress::v4(10, 0, 0, 2);
      layers.key.protocol = kIpProtoUdp;
      const uint32_t segments[] = {0, segment_of(TunnelKind::kVxlan, 1), segment_of(TunnelKind::kGeneve, 1)};
      layers.key.segment = segments[i % 3];
      burst->summarize(i);
    }
    std::vector<FlowKey> keys;
    table.lookup_burst(
        *burst, GenerationId(1), [&](uint16_t i) -> const Layers& { return burst->layers[i]; },
        [](Flow, const FlowDeadline&) { FAIL(); }, [&](uint16_t, Flow flow, bool) { keys.push_back(flow.key()); });
    EXPECT_EQ(table.size(), 3u);
    for (uint16_t i = 0; i < burst->count; ++i) EXPECT_EQ(keys[i], burst->layers[i].key) << i;
  }
}

TEST(FlowTable, DrainGivesEveryFlowOnce) {
  FlowRun run(100);
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < 50; ++i) list.push_back(tcp(i, i, kTcpSyn));
  run.packets(list);
  std::set<uint64_t> seen;
  run.table.drain([&](Flow flow) { seen.insert(flow.cold.first_ordinal.value); });
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(run.table.size(), 0u);
  run.told.clear();
  run.advance(1'000'000);
  EXPECT_TRUE(run.told.empty());
}

}  // namespace
}  // namespace glacis
