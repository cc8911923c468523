#include "dataplane/worker/judgement.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

// Lines and prohibitions of both directions, so that each of the ways in which a direction is decided is met.
constexpr const char* kBothWays = R"(
  language: 1
  models { id: "m" drift_crossing: UNMODELLED_ALLOW drift_inside: UNMODELLED_ALLOW crossing_rule: 9 }
  zones { id: "users" models: 0 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 0 prefixes { address: "\012\004\000\000" length: 16 } }
  flows { rule: 1 from { zones: 0 } to { zones: 1 } ports { first: 5000 last: 5009 } }
  flows { rule: 2 from { zones: 1 } to { zones: 0 } ports { first: 5005 last: 5014 } }
  nevers { rule: 3 from { zones: 0 } to { zones: 1 } ports { first: 5003 last: 5007 } enforced: true }
  nevers { rule: 4 from { zones: 1 } to { zones: 0 } ports { first: 5012 last: 5019 } enforced: true }
  rules { id: 1 model: "m" element: "flows/a" kind: RULE_KIND_FLOW severity: SEVERITY_INFO }
  rules { id: 2 model: "m" element: "flows/b" kind: RULE_KIND_FLOW severity: SEVERITY_INFO }
  rules { id: 3 model: "m" element: "never/a" kind: RULE_KIND_NEVER severity: SEVERITY_HIGH sentence: "a" }
  rules { id: 4 model: "m" element: "never/b" kind: RULE_KIND_NEVER severity: SEVERITY_HIGH sentence: "b" }
  rules { id: 9 model: "m" element: "drift/unmodelled" kind: RULE_KIND_UNMODELLED severity: SEVERITY_MEDIUM }
)";

struct OneFlow {
  HotFlow hot;
  ColdFlow cold;
  [[nodiscard]] Flow flow() { return {hot, cold}; }
};

OneFlow flow_of(const FlowKey& key) {
  OneFlow out;
  out.hot.key = ShortKey(key);
  out.hot.ip_version = 4;
  std::copy_n(key.low.bytes.begin(), 12, out.cold.low_head.begin());
  std::copy_n(key.high.bytes.begin(), 12, out.cold.high_head.begin());
  return out;
}

// The plain twin: both readings are judged whole, then one is chosen ("Exactly" 4).
struct Decided {
  bool initiator_is_low;
  DirectionEvidence evidence;
  Verdict verdict;
};

Decided decide_plainly(const Layers& packet, const Generation& g) {
  const FlowKey& key = packet.key;
  const auto read = [&](bool low_started) {
    const PlaceId low = g.zones().place(key.low), high = g.zones().place(key.high);
    const Question q{low_started ? low : high, low_started ? high : low, low_started ? key.high_port : key.low_port,
                     key.protocol, seconds(1)};
    return g.judge().judge_plainly(q, g.zones());
  };
  const Verdict low = read(true), high = read(false);
  const auto line = [](const Verdict& v) { return v.modelled == ModelledAs::kLine; };
  if (line(low) != line(high)) return {line(low), DirectionEvidence::kModelled, line(low) ? low : high};
  const bool low_breaks = low.rule_count != 0, high_breaks = high.rule_count != 0;
  if (low_breaks != high_breaks) return {!low_breaks, DirectionEvidence::kModelled, low_breaks ? high : low};
  const bool ports = key.low_port != key.high_port;
  const bool low_started = ports ? key.high_port < key.low_port : packet.from_low;
  return {low_started, ports ? DirectionEvidence::kLowerPort : DirectionEvidence::kFirstPacket,
          low_started ? low : high};
}

TEST(Judgement, ADirectionThatNothingProvesIsDecidedAsByThePlainTwin) {
  const auto generation = generation_of(kBothWays, 1);
  std::mt19937 random(5);
  std::set<std::tuple<DirectionEvidence, bool, bool>> met;
  for (int i = 0; i < 20'000; ++i) {
    Layers packet;
    packet.key.low = IpAddress::v4(10, random() % 2 == 0 ? 1 : 4, 0, 1);
    packet.key.high = IpAddress::v4(10, random() % 2 == 0 ? 1 : 4, 0, 2);
    packet.key.low_port = static_cast<uint16_t>(4998 + random() % 24);
    packet.key.high_port = static_cast<uint16_t>(4998 + random() % 24);
    packet.key.protocol = kIpProtoUdp;
    packet.key.ip_version = 4;
    packet.from_low = random() % 2 == 0;
    OneFlow flow = flow_of(packet.key);
    const Verdict verdict = judge_flow(flow.flow(), packet, seconds(1), *generation);
    const Decided plain = decide_plainly(packet, *generation);
    ASSERT_EQ(flow.cold.initiator_is_low, plain.initiator_is_low) << "round " << i;
    ASSERT_EQ(flow.cold.direction, plain.evidence) << "round " << i;
    ASSERT_EQ(verdict.line, plain.verdict.line) << "round " << i;
    ASSERT_EQ(verdict.modelled, plain.verdict.modelled) << "round " << i;
    ASSERT_EQ(verdict.rule_count, plain.verdict.rule_count) << "round " << i;
    ASSERT_EQ(verdict.rules, plain.verdict.rules) << "round " << i;
    ASSERT_EQ(verdict.severities, plain.verdict.severities) << "round " << i;
    ASSERT_EQ(verdict.judged_here, plain.verdict.judged_here) << "round " << i;
    ASSERT_EQ(verdict.scan, plain.verdict.scan) << "round " << i;
    met.insert({plain.evidence, plain.initiator_is_low, verdict.line != kNoRule});
  }
  EXPECT_EQ(met.size(), 12U) << "every evidence, direction, with and without a line";
}

}  // namespace
}  // namespace glacis
