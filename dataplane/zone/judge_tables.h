#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dataplane/base/ids.h"
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

}  // namespace glacis
