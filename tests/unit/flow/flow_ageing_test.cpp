#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/flow/flow_packets.h"

namespace glacis {
namespace {

using Told = std::vector<std::string>;

FlowTimeouts short_timeouts() {
  FlowTimeouts t;
  t.half_open = seconds(3);
  t.established = seconds(20);
  t.closed = seconds(1);
  t.udp = seconds(5);
  t.icmp = seconds(2);
  t.other = seconds(4);
  t.unanswered = seconds(2);
  return t;
}

TEST(FlowAgeing, APacketAtTheVeryEndStillBelongs) {
  FlowRun run(16, 1, short_timeouts());
  run.packets({tcp(1, 0, kTcpAck), tcp(1, 0, kTcpAck, false), tcp(1, 20'000, kTcpAck)});
  EXPECT_EQ(run.table.counters().created, 1u);
  run.packets({tcp(1, 40'001, kTcpAck)});
  EXPECT_EQ(run.told, (Told{"start 1 at 0 ms: 0+0 packets", "end 1 at 40000 ms: 2+1 packets",
                            "start 4 at 40001 ms: 0+0 packets"}));
}

TEST(FlowAgeing, TheEndBearsTheLastPacketsTimePlusTheTimeout) {
  FlowRun run(16, 1, short_timeouts());
  run.packets({tcp(1, 250, kTcpAck), tcp(1, 730, kTcpAck, false)});
  run.told.clear();
  run.advance(20'700);
  EXPECT_TRUE(run.told.empty());
  run.advance(500'000);
  EXPECT_EQ(run.told, Told{"end 1 at 20730 ms: 1+1 packets"});
  EXPECT_EQ(run.table.size(), 0u);
  EXPECT_EQ(run.table.swept_to(), milliseconds(500'000));
}

TEST(FlowAgeing, AFlowThatGoesOnIsToldAtEachIntervalThatHadPackets) {
  FlowTimeouts timeouts = short_timeouts();
  timeouts.report = seconds(6);
  FlowRun run(16, 1, timeouts);
  run.packets({tcp(1, 500, kTcpAck), tcp(1, 600, kTcpAck, false), tcp(1, 2'000, kTcpAck)});
  run.told.clear();
  run.advance(6'400);
  EXPECT_TRUE(run.told.empty());
  run.advance(6'700);
  EXPECT_EQ(run.told, Told{"goes on 1 at 6500 ms: 2+1 packets"});
  run.advance(13'000);  // nothing came between 6.5 and 12.5 s
  run.packets({tcp(1, 14'000, kTcpAck)});
  run.advance(500'000);  // the wheel turns once over several intervals
  EXPECT_EQ(run.told, (Told{"goes on 1 at 6500 ms: 2+1 packets", "goes on 1 at 18500 ms: 3+1 packets",
                            "end 1 at 34000 ms: 3+1 packets"}));
  EXPECT_EQ(run.table.size(), 0u);
}

TEST(FlowAgeing, AnAttemptWithoutAnswerIsToldOnceAtItsDeadline) {
  FlowRun run(16, 1, short_timeouts());
  run.packets({tcp(1, 0, kTcpSyn), tcp(2, 0, kTcpSyn), tcp(2, 1, kTcpSyn | kTcpAck, false), tcp(1, 1'000, kTcpSyn)});
  run.told.clear();
  run.advance(2'500);
  EXPECT_EQ(run.told, Told{"unanswered 1 at 2000 ms: 2+0 packets"});
  run.packets({tcp(1, 3'000, kTcpSyn)});
  EXPECT_EQ(run.told.size(), 1u);
}

TEST(FlowAgeing, ALatePacketHearsOfTheDeadlineBeforeIt) {
  FlowRun run(16, 1, short_timeouts());
  run.packets({tcp(1, 0, kTcpSyn), tcp(1, 2'500, kTcpSyn | kTcpAck, false)});
  EXPECT_EQ(run.told, (Told{"start 1 at 0 ms: 0+0 packets", "unanswered 1 at 2000 ms: 1+0 packets"}));
}

TEST(FlowAgeing, EachProtocolAndStateHasItsOwnTimeout) {
  const std::vector<std::pair<FlowPacket, int64_t>> cases = {
      {{1, {}, true, kTcpSyn, kIpProtoTcp}, 3'000}, {{2, {}, true, kTcpAck, kIpProtoTcp}, 20'000},
      {{3, {}, true, kTcpRst, kIpProtoTcp}, 1'000}, {{4, {}, true, 0, kIpProtoUdp}, 5'000},
      {{5, {}, true, 0, kIpProtoIcmp}, 2'000},      {{6, {}, true, 0, kIpProtoIcmpV6}, 2'000},
      {{7, {}, true, 0, kIpProtoSctp}, 4'000}};
  for (const auto& [packet, timeout_ms] : cases) {
    FlowTimeouts timeouts = short_timeouts();
    timeouts.unanswered = seconds(1000);
    FlowRun run(16, 1, timeouts);
    run.packets({packet});
    run.told.clear();
    run.advance(900'000);
    EXPECT_EQ(run.told, Told{"end 1 at " + std::to_string(timeout_ms) + " ms: 1+0 packets"});
  }
}

TEST(FlowAgeing, AClockThatRunsBackChangesNothing) {
  FlowRun run(16, 1, short_timeouts());
  run.advance(60'000);
  run.advance(10'000);
  EXPECT_EQ(run.table.swept_to(), milliseconds(60'000));
}

TEST(FlowAgeing, ASpentBudgetHoldsTheWatermarkBackAndLosesNothing) {
  FlowRun run(1000, 1, short_timeouts());
  std::vector<FlowPacket> list;
  for (uint32_t i = 0; i < 500; ++i) list.push_back(tcp(i, i, kTcpRst));
  run.packets(list);
  run.told.clear();
  size_t calls = 0;
  for (; run.table.size() > 0; ++calls) {
    ASSERT_LT(calls, 1000u);
    const size_t before = run.told.size();
    const int64_t watermark = run.table.swept_to().value;
    run.advance(600'000, 7);
    EXPECT_LE(run.told.size() - before, 7u);
    if (run.table.size() == 0) break;
    EXPECT_EQ(run.table.swept_to().value, watermark) << "a turn of the wheel is not over";
  }
  EXPECT_GE(calls, 500u / 7);
  EXPECT_EQ(run.told.size(), 500u);
  run.advance(600'000);
  EXPECT_EQ(run.table.swept_to(), milliseconds(600'000));
}

TEST(FlowAgeing, TheWatermarkStandsWhereABudgetEnded) {
  FlowRun run(1000, 1, short_timeouts());
  run.packets({tcp(1, 100, kTcpRst), tcp(2, 500, kTcpRst)});
  run.advance(10'000, 1);
  EXPECT_EQ(run.table.size(), 1u);
  EXPECT_LE(run.table.swept_to(), milliseconds(1'500));
  EXPECT_GT(run.table.swept_to(), milliseconds(1'000));
}

TEST(FlowAgeing, ATimeoutLongerThanTheWheelIsKept) {
  FlowTimeouts timeouts = short_timeouts();
  timeouts.established = seconds(7200);
  FlowRun run(16, 1, timeouts);
  run.packets({tcp(1, 0, kTcpAck), tcp(1, 1, kTcpAck, false)});
  for (int64_t s = 0; s < 7200; s += 7) run.advance(s * 1000);
  EXPECT_EQ(run.table.size(), 1u);
  run.told.clear();
  run.advance(7'201'000);
  EXPECT_EQ(run.told, Told{"end 1 at 7200001 ms: 1+1 packets"});
}

// What must be told, from nothing but the packets and the timeouts.
class Oracle {
 public:
  explicit Oracle(FlowTimeouts t) : timeouts_(t) {}
  Told run(const std::vector<FlowPacket>& packets) {
    for (const FlowPacket& p : packets) {
      ++ordinal_;
      auto at = flows_.find(p.flow);
      if (at != flows_.end() && overdue(at->second, p)) {
        finish(at->second, p.time);
        flows_.erase(at);
        at = flows_.end();
      }
      if (at == flows_.end()) {
        at = flows_.emplace(p.flow, One{}).first;
        at->second.ordinal = ordinal_;
        at->second.start = p.time;
        at->second.protocol = p.protocol;
        told_.push_back(line("start", at->second, p.time));
      }
      One& f = at->second;
      tell_unanswered(f, p.time);
      ++f.packets[p.from_low ? 0 : 1];
      f.answered |= !p.from_low;
      f.last = p.time;
      if (p.protocol != kIpProtoTcp) continue;
      f.closed |= (p.flags & (kTcpRst | kTcpFin)) != 0;
      f.timeout = f.closed ? timeouts_.closed : (p.flags & kTcpSyn) != 0 ? timeouts_.half_open : timeouts_.established;
    }
    for (auto& [flow, f] : flows_) finish(f, Nanos(INT64_MAX));
    return told_;
  }

 private:
  struct One {
    uint64_t ordinal = 0;
    Nanos start, last, timeout;
    uint8_t protocol = 0;
    bool closed = false, answered = false, told = false;
    uint64_t packets[2] = {};
  };
  Nanos end_of(const One& f) const { return f.last + (f.protocol == kIpProtoTcp ? f.timeout : timeouts_.udp); }
  bool overdue(const One& f, const FlowPacket& p) const {
    return p.time > end_of(f) || (f.closed && (p.flags & (kTcpSyn | kTcpAck)) == kTcpSyn);
  }
  void tell_unanswered(One& f, Nanos before) {
    const Nanos due = f.start + timeouts_.unanswered;
    if (f.answered || f.told || before <= due || due > end_of(f)) return;
    f.told = true;
    told_.push_back(line("unanswered", f, due));
  }
  void finish(One& f, Nanos now) {
    tell_unanswered(f, now);
    told_.push_back(line("end", f, std::min(now, end_of(f))));
  }
  static std::string line(const std::string& what, const One& f, Nanos time) {
    return what + " " + std::to_string(f.ordinal) + " at " + std::to_string(time.value / 1'000'000) +
           " ms: " + std::to_string(f.packets[0]) + "+" + std::to_string(f.packets[1]) + " packets";
  }
  FlowTimeouts timeouts_;
  std::map<uint32_t, One> flows_;
  Told told_;
  uint64_t ordinal_ = 0;
};

TEST(FlowAgeing, WhateverSeedBurstAndSweepTheSameIsTold) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    std::vector<FlowPacket> packets;
    int64_t now_ms = 1'000'000;
    static constexpr uint8_t kFlags[] = {kTcpSyn, kTcpSyn | kTcpAck, kTcpAck, kTcpAck, kTcpFin | kTcpAck, kTcpRst};
    for (int i = 0; i < 2000; ++i) {
      now_ms += static_cast<int64_t>(random() % (random() % 50 == 0 ? 30'000 : 100));
      FlowPacket p = tcp(random() % 40, now_ms, kFlags[random() % 6], random() % 3 != 0);
      if (p.flow % 5 == 0) p.protocol = kIpProtoUdp;
      packets.push_back(p);
    }
    Told expected = Oracle(short_timeouts()).run(packets);
    std::sort(expected.begin(), expected.end());
    for (int variant = 0; variant < 4; ++variant) {
      FlowRun run(256, random(), short_timeouts());
      const bool sweeps = variant != 0;
      run.advance(packets[0].time.value / 1'000'000);
      size_t at = 0;
      while (at < packets.size()) {
        const size_t count = std::min<size_t>(packets.size() - at, variant == 3 ? 64 : 1 + random() % 64);
        run.packets({packets.begin() + static_cast<std::ptrdiff_t>(at),
                     packets.begin() + static_cast<std::ptrdiff_t>(at + count)});
        at += count;
        if (sweeps) run.advance(packets[at - 1].time.value / 1'000'000, variant == 2 ? 3 : SIZE_MAX);
      }
      run.advance(now_ms + 3'600'000);
      std::sort(run.told.begin(), run.told.end());
      ASSERT_EQ(run.told, expected) << "seed " << seed << ", variant " << variant;
    }
  }
}

}  // namespace
}  // namespace glacis
