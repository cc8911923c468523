#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// A model as parsed: references are names, resolved and checked. What the compiler does not turn
// into rules yet stands in `not_enforced` with its place.

struct AddressPrefix {
  std::string bytes;  // 4 or 16, network order, bits beyond length zero; IPv4 in IPv6 form is IPv4
  uint32_t length = 0;
  std::string text;
  bool shared = false;  // two elements have it, told apart by tap, vlan or vni: no sensor can yet
};

struct PortSpan {
  uint32_t first = 0, last = 0;
};

struct Element {
  std::string id;
  Position at;
};

struct TapElement : Element {
  std::vector<std::string> sensors, inside;
  std::vector<std::pair<std::string, std::string>> without;  // `not:` zone pairs, either way
};

struct ZoneElement : Element {
  uint32_t trust = 0;
  std::string env;
  std::string apart;  // tap, vlan or vni that tells it from a zone with the same addresses
  bool any = false, flat = false;
  int stack = 0;  // v1::Stack; 0: not said
  std::vector<AddressPrefix> prefixes;
  std::vector<std::string> taps;
};

struct AssetElement : Element {
  std::string kind, zone;
  std::vector<AddressPrefix> prefixes;
  std::vector<std::string> names, holds;
  bool exposed = false;
  int stack = 0;  // v1::Stack; 0: its zone's
  // Known by name alone: no sensor can tell its addresses yet.
  [[nodiscard]] bool by_name_only() const { return prefixes.empty() && !names.empty(); }
};

struct HoursSpan {
  std::string tz;
  uint32_t days = 0x7f, start_minute = 0, end_minute = 0;
};

// Who talks to whom: what `flows` and `never` lines have in common.
struct TrafficElement : Element {
  std::string says;
  std::vector<std::string> from, to, apps, as, carries;
  std::vector<PortSpan> ports;
};

struct FlowElement : TrafficElement {
  std::string class_;
  int64_t until_s = 0;
  std::optional<HoursSpan> hours;
  std::string limit;
};

struct NeverElement : TrafficElement {
  std::string why;
  std::vector<std::string> except, stride, attack;
  int severity = 3;
  bool enforced = true;
};

struct BoundaryElement : Element {
  std::string from, to, says;
  int unmodelled = 0;  // v1::Unmodelled; 0: drift decides
  int severity = 0;    // 0: from the trust of both zones
};

struct DataElement : Element {
  std::string class_, pattern, check, says;
  Position pattern_at;
  uint32_t sensitivity = 0;
  int evidence = 0;  // v1::EvidencePolicy; 0: masked
};

struct IdentityElement : Element {
  std::string kind;
  std::vector<std::string> seen_as;  // "kerberos: adm-*"
};

struct StepElement : Element {
  std::string verb, source;
  bool enforced = true, optional = false;
  std::vector<std::string> target;    // of `flow:` as written
  std::string flow_line;              // resolved from it: the line, if it is one
  std::vector<std::string> from, to;  // zones, assets, "any"; empty: any. `to` with the target, if it is a place
  std::string from_variable, to_variable;
  std::string pattern;
  Position pattern_at;
  std::vector<PortSpan> ports;
  std::vector<std::string> is, attack;
  std::vector<std::string> anomalies;  // of `anomaly:`
  int64_t gap_ns = 0;
};

struct PathElement : Element {
  enum class Kind : uint8_t { kStep, kThen, kAll, kAny };
  Kind kind = Kind::kThen;
  StepElement step;  // kStep; its id is this id too
  std::string source;
  std::vector<PathElement> nodes;
  std::vector<std::string> attack;
  int64_t within_ns = 0, gap_ns = 0;
  bool optional = false;
  bool enforced = true;  // false: this way of joining steps is carried only
};

// A point at which a path alerts: position of a top-level node, from 1.
struct AlertPoint {
  uint32_t node = 0;
  Position at;
};

struct AbuseElement : Element {
  std::string says, owner;
  std::vector<std::string> stride, attack, respond;
  std::vector<AlertPoint> alert_at;  // the last node is always one
  int severity = 3;
  std::optional<PathElement> path;
};

struct FindingElement : Element {
  std::string owner;
  std::vector<std::string> at_elements, abuse;
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
  std::vector<IdentityElement> identities;
  std::vector<AbuseElement> abuse;
  std::vector<FindingElement> findings;
  int drift_crossing = 2, drift_inside = 1;  // v1::Unmodelled
  std::vector<std::string> drift_ignore;
  Position drift_at;
  std::vector<NotEnforcedElement> not_enforced;
};

}  // namespace glacis::control
