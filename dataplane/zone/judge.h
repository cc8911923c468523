#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/zone/ends_index.h"
#include "dataplane/zone/verdict.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {

struct Ports {
  uint16_t first = 0, last = 0xffff;  // inclusive
};

// The rules of one policy with their ends resolved to places. Built by dataplane/policy.
struct JudgedRule {
  RuleIndex rule;
  uint8_t severity = 0;
  PlaceSet from, to;
  std::vector<Ports> ports;  // empty: any
  Ports hull;                // from the least of them to the greatest; the judge's own, asked before all else
};

struct FlowLineRule : JudgedRule {
  int64_t until_s = 0;                        // 0: for ever
  uint8_t days = 0x7f;                        // bit 0 = Monday, local to utc_offset_s
  uint16_t start_minute = 0, end_minute = 0;  // an end at or before the start: of the next day
  std::vector<int64_t> utc_offsets;           // pairs (from Unix time, offset in s), ascending; empty: UTC
  uint32_t model = 0;
  uint64_t carries = 0;  // bit per data class
};

struct NeverRule : JudgedRule {
  std::vector<uint32_t> except;  // positions in flow lines
  uint64_t carries = 0;          // non-zero: fires on data, not on ends
};

// What unmodelled traffic gets. `model` judges only flows with an end in a zone it declares.
enum class UnmodelledAction : uint8_t { kAllow = 1, kReport, kAlert };
struct ZonePairRule {
  ZoneId from, to;
  RuleIndex rule;
  uint8_t severity = 0;
  UnmodelledAction action = UnmodelledAction::kReport;
};
struct DriftRule {
  uint32_t model = 0;
  std::vector<bool> declares;  // by zone; the `any` zone does not count
  PlaceSet assets;             // where its own assets stand, whoever declares their zones
  UnmodelledAction crossing = UnmodelledAction::kReport, inside = UnmodelledAction::kAllow;
  RuleIndex crossing_rule, inside_rule;
  bool ignore_icmp = false, ignore_dhcp = false;
};

struct DataRule {
  RuleIndex rule;
  uint8_t severity = 0;
};

// Everything the verdict needs; plain vectors, filled by the builder, then never changed.
struct JudgeTables {
  std::vector<FlowLineRule> lines;
  std::vector<NeverRule> nevers;
  std::vector<ZonePairRule> boundaries;  // the judge sorts them by pair
  std::vector<DriftRule> drift;
  std::vector<DataRule> data;                        // by data class, at most 64
  std::vector<bool> flat;                            // by zone
  std::vector<uint8_t> trust;                        // by zone
  std::vector<uint8_t> sensitivity;                  // by place: of the assets there
  std::vector<std::pair<ZoneId, ZoneId>> elsewhere;  // sorted
  bool scan_everything = false;                      // some data class or never.carries exists
  std::vector<JudgedRule> scan_selectors;            // ends of content steps
};

// The verdict function: never, flows, flat, boundary default, drift ("Exactly" 5, 8, 10 of the model
// language). Thread: any; no allocation but in the plain twin; no DPDK. Zone and place ids asked about
// must come from the table it was built with. Cannot fail: one built of nothing allows everything.
class Judge {
 public:
  Judge() = default;
  Judge(JudgeTables tables, const ZoneTable& zones);  // indexes rules by zone pair

  [[nodiscard]] Verdict judge(const Question& q, const ZoneTable& zones) const;
  // The plain twin: walks every rule. The same answer, always (a differential test says so).
  [[nodiscard]] Verdict judge_plainly(const Question& q, const ZoneTable& zones) const;
  // Rules that data class `data` breaks on this flow; none when the flow carries it.
  [[nodiscard]] Verdict judge_data(const Question& q, uint32_t data, const ZoneTable& zones) const;
  // Whether some flow line covers it: judge(q).line, for less.
  [[nodiscard]] bool has_line(const Question& q, const ZoneTable& zones) const;
  // Whether flow line `line` matches, hours and until included.
  [[nodiscard]] bool line_matches(uint32_t line, const Question& q) const;
  [[nodiscard]] const JudgeTables& tables() const { return tables_; }

 private:
  // Positions of rules by ordered zone pair, ascending. A rule that fits most pairs stands once, in
  // `broad`, so that memory stays in proportion to the policy.
  struct Candidates {
    std::vector<uint32_t> first;  // by pair; one more than pairs
    std::vector<uint32_t> positions;
    std::vector<uint32_t> broad;
    [[nodiscard]] std::span<const uint32_t> of(size_t pair) const {
      return std::span(positions).subspan(first[pair], first[pair + 1] - first[pair]);
    }
  };
  [[nodiscard]] size_t pair_of(const Question& q, const ZoneTable& zones) const {
    return zones.zone(q.initiator).value * zones_ + zones.zone(q.responder).value;
  }
  template <class Rule>
  [[nodiscard]] static Candidates index(const std::vector<Rule>& rules, size_t zones, const ZoneTable& table);

  JudgeTables tables_;
  size_t zones_ = 0;
  Candidates lines_, nevers_;
  EndsIndex selectors_;
};

}  // namespace glacis
