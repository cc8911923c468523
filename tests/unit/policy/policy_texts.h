#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {

// A policy that has something in each list, and nothing wrong. No abuse path.
inline constexpr const char* kGoodPolicy = R"(
  language: 1
  features: "boundary" features: "flows" features: "never" features: "schedule"
  tap: "core"
  models { id: "shop" drift_crossing: UNMODELLED_ALERT drift_inside: UNMODELLED_ALERT drift_ignore: "icmp"
           crossing_rule: 4 inside_rule: 5 }
  models { id: "land" drift_crossing: UNMODELLED_REPORT }
  zones { id: "users" models: 0 models: 1 trust: 30 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 1 trust: 80 flat: true prefixes { address: "\012\004\000\000" length: 16 } }
  zones { id: "internet" models: 0 trust: 0 any: true }
  assets { id: "shop/db" model: 0 zone: 1 sensitivity: 4 prefixes { address: "\012\004\000\005" length: 32 } }
  assets { id: "shop/rest" model: 0 zone: 1 }
  assets { id: "shop/bank" model: 0 zone: 2 names: "bank.example" }
  flows { rule: 1 model: 0 from { zones: 0 } to { assets: 0 } ports { first: 5432 last: 5432 } carries: 0
          as_identity_plus1: 1 until_s: 2000000000
          hours { tz: "Europe/Berlin" days: 31 start_minute: 480 end_minute: 1080 } }
  nevers { rule: 2 model: 0 from { zones: 0 } to { zones: 1 } ports { first: 22 last: 23 } except_flows: 0 enforced: true }
  nevers { rule: 2 model: 0 from { zones: 0 } to { zones: 1 } enforced: false }
  boundaries { rule: 3 model: 1 id: "b" from_zone: 0 to_zone: 1 unmodelled: UNMODELLED_ALERT }
  boundaries { rule: 3 model: 1 id: "c" from_zone: 1 to_zone: 0 }
  data { rule: 6 model: 0 id: "cards" class_: "pci" sensitivity: 5 patterns: 0 patterns: 1 }
  data { rule: 6 model: 0 id: "keys" sensitivity: 3 patterns: 1 }
  identities { id: "adm" model: 0 kind: "admin" }
  patterns { expression: "card=[0-9]{16}" field: FIELD_PAYLOAD check: CHECK_LUHN evidence: EVIDENCE_POLICY_MASKED }
  patterns { expression: "secret=" field: FIELD_PAYLOAD evidence: EVIDENCE_POLICY_FULL }
  rules { id: 9 model: "shop" element: "spare" severity: SEVERITY_LOW }
  rules { id: 1 model: "shop" element: "flows/sql" kind: RULE_KIND_FLOW severity: SEVERITY_INFO }
  rules { id: 2 model: "shop" element: "never/ssh" kind: RULE_KIND_NEVER severity: SEVERITY_HIGH }
  rules { id: 3 model: "land" element: "boundaries/b" kind: RULE_KIND_BOUNDARY severity: SEVERITY_MEDIUM }
  rules { id: 4 model: "shop" element: "drift/crossing" kind: RULE_KIND_UNMODELLED }
  rules { id: 5 model: "shop" element: "drift/inside" kind: RULE_KIND_UNMODELLED }
  rules { id: 6 model: "shop" element: "data/cards" kind: RULE_KIND_DATA severity: SEVERITY_CRITICAL }
  judged_elsewhere { from: 2 to: 0 } judged_elsewhere { from: 0 to: 2 }
)";

inline v1::Policy good_policy() {
  v1::Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kGoodPolicy, &policy));
  return policy;
}

using Built = ExpectedAll<std::shared_ptr<const Generation>>;

inline Built build(const v1::Policy& policy, const Generation* previous = nullptr) {
  return build_generation(policy.SerializeAsString(), GenerationId(7), 3, previous);
}

// "where: what", in the order told; empty: it builds.
inline std::vector<std::string> faults_of(const Built& built) {
  std::vector<std::string> out;
  if (built) return out;
  for (const Error& fault : built.error()) out.push_back(fault.where + ": " + fault.what);
  return out;
}

inline IpAddress v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) { return IpAddress::v4(a, b, c, d); }

}  // namespace glacis
