#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <vector>

#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"
#include "sensor/alert/alert_writer.h"

namespace glacis::sensor {

inline constexpr const char* kPolicyText = R"(
  language: 1
  models { id: "m" version: 3 drift_crossing: UNMODELLED_ALERT crossing_rule: 3 }
  zones { id: "users" models: 0 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 0 prefixes { address: "\012\004\000\000" length: 16 } }
  assets { id: "m/db" model: 0 zone: 1 prefixes { address: "\012\004\000\005" length: 32 } }
  nevers { rule: 2 from { zones: 0 } to { zones: 1 } ports { first: 22 last: 22 } enforced: true }
  data { rule: 4 id: "cards" patterns: 0 }
  patterns { expression: "card" field: FIELD_PAYLOAD }
  rules { id: 2 model: "m" element: "never/ssh" kind: RULE_KIND_NEVER severity: SEVERITY_HIGH sentence: "users must never administer data" line { file: "m.yaml" line: 9 } owner: "ann" attack: "T1021" }
  rules { id: 3 model: "m" element: "drift/unmodelled" kind: RULE_KIND_UNMODELLED severity: SEVERITY_MEDIUM sentence: "no line models it" }
  rules { id: 4 model: "m" element: "data/cards" kind: RULE_KIND_DATA severity: SEVERITY_CRITICAL sentence: "cards in clear" }
  rules { id: 5 model: "m" element: "abuse/P" kind: RULE_KIND_PATH severity: SEVERITY_HIGH sentence: "users take the data" }
  paths { rule: 5 id: "P" enforced: true variables: "h" alert_at: 1 alert_at: 2
    root { kind: GROUP_KIND_THEN within_ns: 3600000000000
      nodes { step { id: "in" verb: "flow" enforced: true from { zones: 0 } to { zones: 1 } from_var_plus1: 1 } }
      nodes { step { id: "out" verb: "flow" enforced: true from { zones: 0 } to { zones: 1 } from_var_plus1: 1 } } } }
)";
inline constexpr RuleIndex kNever{0}, kUnmodelled{1}, kCards{2};

class AlertWriterTest : public testing::Test {
 protected:
  AlertWriterTest() {
    v1::Policy policy;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kPolicyText, &policy));
    auto built = build_generation(policy.SerializeAsString(), GenerationId(1), 7, nullptr);
    if (!built) std::abort();
    generation_ = *built;
    limit(kMaxOpenAlerts, kMaxFolds);
  }

  // A flow of users 10.1.0.7 to data 10.4.0.5:22.
  Event event(EventKind kind, FlowOutcome outcome, int64_t seconds_later, uint64_t flow = 77,
              std::initializer_list<RuleIndex> rules = {}) {
    Event out;
    out.kind = kind;
    out.time = seconds(1'700'000'000 + seconds_later);
    out.generation = GenerationId(1);
    out.end = FlowEndReason::kTimeout;
    out.flow.id = FlowId(flow);
    out.flow.key.low = IpAddress::v4(10, 1, 0, 7);
    out.flow.key.high = IpAddress::v4(10, 4, 0, 5);
    out.flow.key.low_port = 40000;
    out.flow.key.high_port = 22;
    out.flow.key.protocol = kIpProtoTcp;
    out.flow.key.ip_version = 4;
    out.flow.outcome = outcome;
    out.flow.start = out.flow.last = out.time;
    out.flow.initiator_place = generation_->zones().place(out.flow.key.low);
    out.flow.responder_place = generation_->zones().place(out.flow.key.high);
    for (const RuleIndex rule : rules) {
      const v1::Rule& stated = generation_->policy().rules(static_cast<int>(rule.value));
      out.severities[out.rule_count] = static_cast<uint8_t>(stated.severity());
      out.rules[out.rule_count++] = rule;
    }
    return out;
  }
  void tell(const Event& e) { writer_->on_event(e, *generation_); }

  void limit(size_t max_open, size_t max_folds) {
    writer_ = std::make_unique<AlertWriter>(
        AlertOrigin{"s1", "tap1", {"eth1"}}, [this](const v1::Alert& a) { alerts_.push_back(a); },
        [this](const v1::FlowRecord& r) { records_.push_back(r); }, max_open, max_folds);
  }

  std::shared_ptr<const Generation> generation_;
  std::vector<v1::Alert> alerts_;
  std::vector<v1::FlowRecord> records_;
  std::unique_ptr<AlertWriter> writer_;
};

}  // namespace glacis::sensor
