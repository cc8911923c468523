#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// A model as parsed: references are names, resolved and checked. What the compiler does not turn
// into rules yet stands in `not_enforced` with its place.

struct AddressPrefix {
  std::string bytes;     // 4 or 16, network order, bits beyond length zero
  uint32_t length = 0;
  std::string text;
};

struct PortSpan {
  uint32_t first = 0, last = 0;
};

struct TapElement {
  std::string id;
  std::vector<std::string> sensors, inside;
  std::vector<std::pair<std::string, std::string>> without;  // `not:` zone pairs, either way
};

struct ZoneElement {
  std::string id;
  Position at;
  uint32_t trust = 0;
  std::string env;
  bool any = false, flat = false;
  std::vector<AddressPrefix> prefixes;
  std::vector<std::string> taps;
};

struct AssetElement {
  std::string id, kind, zone;
  Position at;
  std::vector<AddressPrefix> prefixes;
  std::vector<std::string> names, holds;
  bool exposed = false;
};

struct HoursSpan {
  std::string tz;
  uint32_t days = 0x7f, start_minute = 0, end_minute = 0;
};

struct FlowElement {
  std::string id, class_;
  Position at;
  std::vector<std::string> from, to, apps, carries;
  std::vector<PortSpan> ports;
  int64_t until_s = 0;
  std::optional<HoursSpan> hours;
  std::string limit;
};

struct NeverElement {
  std::string id, why;
  Position at;
  std::vector<std::string> from, to, apps, carries, except;
  std::vector<PortSpan> ports;
  int severity = 3;
  bool enforced = true;
};

struct BoundaryElement {
  std::string id, from, to;
  Position at;
  int unmodelled = 0;  // v1::Unmodelled; 0: drift decides
  int severity = 0;    // 0: medium
};

struct DataElement {
  std::string id, class_, pattern, check;
  Position at, pattern_at;
  uint32_t sensitivity = 0;
};

struct StepElement {
  std::string id, verb, source;
  Position at;
  bool enforced = true, optional = false;
  std::string target;              // of `flow:`: a line, zone, asset, or "any"
  std::string from, from_variable, to_variable;
  std::string of_flow, of_from;    // content: where it is looked for
  std::string pattern;
  std::vector<PortSpan> ports;
  std::vector<std::string> is, attack;
  int64_t gap_ns = 0;
};

struct PathElement {
  enum class Kind : uint8_t { kStep, kThen, kAll, kAny };
  Kind kind = Kind::kThen;
  StepElement step;                // kStep
  std::string id;
  std::vector<PathElement> nodes;
  std::vector<std::string> attack;
  int64_t within_ns = 0, gap_ns = 0;
  bool optional = false;
};

struct AbuseElement {
  std::string id, says;
  Position at;
  std::vector<std::string> stride, attack, respond, alert_at;
  int severity = 3;
  std::optional<PathElement> path;
};

struct FindingElement {
  std::string id, at_element, owner;
  std::vector<std::string> abuse;
};

struct NotEnforcedElement {
  std::string element, needs;
  Position at;
};

struct Model {
  std::string id, title, stage, owner, file, digest;
  std::vector<TapElement> taps;
  std::vector<ZoneElement> zones;
  std::vector<AssetElement> assets;
  std::vector<FlowElement> flows;
  std::vector<NeverElement> nevers;
  std::vector<BoundaryElement> boundaries;
  std::vector<DataElement> data;
  std::vector<std::pair<std::string, std::string>> identities;  // id, kind
  std::vector<AbuseElement> abuse;
  std::vector<FindingElement> findings;
  int drift_crossing = 2, drift_inside = 1;  // v1::Unmodelled
  std::vector<std::string> drift_ignore;
  Position drift_at;
  std::vector<NotEnforcedElement> not_enforced;
};

}  // namespace glacis::control
