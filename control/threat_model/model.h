#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "glacis/v1/policy.pb.h"

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

struct PortGroupElement : Element {
  std::vector<PortSpan> ports;
};

struct TapElement : Element {
  std::vector<std::string> sensors, inside;
  std::vector<std::pair<std::string, std::string>> without;  // `not:` zone pairs, either way
};

// A log that is no tap.
struct SourceElement : Element {
  std::string owner;
  bool fed = false;  // false: planned, nothing arrives
};

struct ZoneElement : Element {
  uint32_t trust = 0;
  std::string env, says;
  std::string apart;  // tap, vlan or vni that tells it from a zone with the same addresses
  bool any = false, flat = false;
  v1::Stack stack = v1::STACK_UNSPECIFIED;  // not said
  std::vector<AddressPrefix> prefixes;
  std::vector<std::string> taps;
};

struct AssetElement : Element {
  std::string kind, zone, owner, says;
  std::vector<AddressPrefix> prefixes;
  std::vector<std::string> names, holds;
  uint32_t value = 0;  // 1-5; 0: not said
  bool exposed = false;
  v1::Stack stack = v1::STACK_UNSPECIFIED;  // its zone's
  // Known by name alone: no sensor can tell its addresses yet.
  [[nodiscard]] bool by_name_only() const { return prefixes.empty() && !names.empty(); }
};

struct HoursSpan {
  std::string tz;
  uint32_t days = 0x7f, start_minute = 0, end_minute = 0;
};

// When people work, as written; the zone holds for hours of lines too.
struct WorkHours {
  std::string tz, days, time;
  Position at;
};

// Who talks to whom: what `flows` and `never` lines have in common.
struct TrafficElement : Element {
  std::string says;
  std::vector<std::string> from, to, apps, as, carries;
  std::vector<PortSpan> ports;
};

struct FlowElement : TrafficElement {
  std::string class_;
  int64_t until_s = 0;  // its last second; 0: for ever
  std::optional<HoursSpan> hours;
  std::string limit;          // "bytes: 50MB/h, flows: 2000/h"
  std::optional<bool> clear;  // nothing: not said
};

struct NeverElement : TrafficElement {
  std::string why;
  std::vector<std::string> except, stride, attack;
  v1::Severity severity = v1::SEVERITY_MEDIUM;
  bool enforced = true;
};

struct BoundaryElement : Element {
  std::string from, to, says;
  std::vector<std::string> changes, needs;
  v1::Unmodelled unmodelled = v1::UNMODELLED_UNSPECIFIED;  // drift decides
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;        // from the trust of both zones
};

struct DataElement : Element {
  std::string class_, pattern, check, says;
  Position pattern_at;
  uint32_t sensitivity = 0;
  v1::EvidencePolicy evidence = v1::EVIDENCE_POLICY_UNSPECIFIED;  // masked
};

struct IdentityElement : Element {
  std::string kind, env, owner, says;
  std::vector<std::string> seen_as;  // "kerberos: adm-*"
  std::vector<std::string> may, can_become, lives_in, scopes;
};

struct StepElement : Element {
  std::string verb, source;
  std::string words;  // of `dns:`, `tls:`, `mail:`, `change:`
  bool enforced = true, optional = false;
  std::vector<std::string> lacks;   // what no sensor has that it needs: "steps: auth", "identities"; then not enforced
  std::vector<std::string> target;  // of `flow:` as written
  std::string flow_line;            // resolved from it: the line, if it is one
  std::vector<std::string> from, to;  // zones, assets, "any"; empty: any. `to` with the target, if it is a place
  std::string from_variable, to_variable;
  std::string pattern;
  Position pattern_at;
  std::vector<PortSpan> ports;
  std::vector<std::string> is, attack;
  std::vector<std::string> anomalies;  // of `anomaly:`
  int64_t gap_ns = 0;
  std::vector<std::string> as, see;  // `as` without variables
  std::string as_variable, gets_variable;
  std::string aggregate, over;               // of count, sum, distinct: "bytes.to_client", "200MB"
  int64_t within_ns = 0;                     // likewise
  std::vector<std::string> fields, outside;  // `in:` and `outside:`
  std::string interface, says;
  std::vector<StepElement> of, unless;  // one or none
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
  bool enforced = true;             // false: this way of joining steps is carried only
  std::vector<StepElement> unless;  // one or none
};

// A point at which a path alerts: position of a top-level node, from 1.
struct AlertPoint {
  uint32_t node = 0;
  Position at;
};

struct Risk {
  uint32_t likelihood = 0, impact = 0, response = 0;  // 1-5; response 0: not said
  std::vector<uint32_t> dread;                        // 0-10 each, five or none
};

struct AbuseElement : Element {
  std::string says, owner, goal;
  std::vector<std::string> stride, attack, respond;
  std::vector<AlertPoint> alert_at;  // the last node is always one
  v1::Severity severity = v1::SEVERITY_MEDIUM;
  std::optional<Risk> risk;
  std::optional<PathElement> path;
};

struct ControlElement : Element {
  std::string d3fend, csf, owner, says;
  std::vector<std::string> covers;
  uint32_t strength = 0;  // 0-5
  bool active = false;    // false: planned
};

// A risk that somebody takes.
struct Acceptance {
  std::string by, asked_by, why;
  int64_t until_s = 0;  // its last second
  std::vector<std::string> meanwhile;
  Position at;
};

struct FindingElement : Element {
  std::string says, owner, ticket;
  std::vector<std::string> at_elements, abuse, decide, requirements;
  int64_t due_s = 0;  // its last second; 0: not said
  std::optional<Acceptance> accept;
};

struct AssumptionElement : Element {
  std::string says, owner;
  std::vector<std::string> from, to, apps, identities, only_from;
  std::vector<PortSpan> ports;
  int64_t for_ns = 0;
  bool monitored = false;  // it has `prove`
};

struct RequirementElement : Element {
  std::string kind, says, owner, source;
  std::vector<std::string> clean, at_elements, fires;  // of `verify`
  std::string seen;                                    // "denied"
  int64_t for_ns = 0, within_ns = 0;
  bool verified = false;  // it has `verify`
};

struct HuntElement : Element {
  std::string ask, owner;
  int64_t over_ns = 0;
  std::vector<StepElement> run;  // one or none
};

// A threat that does not apply; its id is the threat's.
struct AnswerElement : Element {
  std::string why, owner;
};

struct NotEnforcedElement {
  std::string element, needs;
  Position at;
};

struct Model {
  std::string id, title, scope, stage, owner, file, digest;
  int64_t reviewed_s = 0, review_every_ns = 0;  // 0: not said
  std::vector<std::string> review_on;
  std::vector<std::pair<std::string, std::string>> teams;  // team and person
  Position header_at;
  std::vector<std::string> includes;  // of all its files, in order of inclusion
  WorkHours hours;
  std::vector<PortGroupElement> port_groups;
  std::vector<TapElement> taps;
  std::vector<SourceElement> sources;
  std::vector<ZoneElement> zones;
  std::vector<AssetElement> assets;
  std::vector<FlowElement> flows;
  std::vector<NeverElement> nevers;
  std::vector<BoundaryElement> boundaries;
  std::vector<DataElement> data;
  std::vector<IdentityElement> identities;
  std::vector<AbuseElement> abuse;
  std::vector<ControlElement> controls;
  std::vector<FindingElement> findings;
  std::vector<AssumptionElement> assumptions;
  std::vector<RequirementElement> requirements;
  std::vector<HuntElement> hunts;
  std::vector<AnswerElement> answers;
  v1::Unmodelled drift_crossing = v1::UNMODELLED_REPORT, drift_inside = v1::UNMODELLED_ALLOW;
  std::vector<std::string> drift_ignore, drift_resolvers;
  int64_t drift_unseen_after_ns = 0, drift_learn_ns = 0;  // 0: not said
  Position drift_at;
  std::vector<NotEnforcedElement> not_enforced;
};

}  // namespace glacis::control
