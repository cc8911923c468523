#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/threat_model/places.h"
#include "dataplane/base/error.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/ip_address.h"

namespace glacis {
class Generation;
}

namespace glacis::control {

// A flow that somebody asks about: its initiator is known.
struct AskedFlow {
  std::string written_from, written_to;  // the addresses as given
  IpAddress from, to;
  uint16_t port = 0;     // of the responder; 0: the protocol has none
  uint8_t protocol = 0;  // IANA number
  std::string app;       // empty: not said
};
// "10.1.7.3 -> 10.4.0.5:5432", "... /udp", "[fd00::1] -> [fd00:4::5]:443/tcp app=https", "10.1.7.3 -> 10.4.0.5/icmp";
// tcp where it is not said.
[[nodiscard]] Expected<AskedFlow> asked_flow(const std::string& text);
[[nodiscard]] std::optional<IpAddress> ip_address(const std::string& text);

// Where an address lies.
struct PlaceAnswer {
  std::string address, zone;        // zone: "unknown" where none has it
  std::vector<std::string> assets;  // of each model at most one
  std::string prefix;               // that decides; "any" in the zone with `any`; empty: none has it
  Position at;                      // of the element with that prefix
};

// What one line of a model says of a flow.
struct LineAnswer {
  std::string element;  // "never/n-ws-db"; with several models "web-shop/never/n-ws-db"
  std::string says;     // "forbids it", "excepted by f-jump", "wants port 22"
  bool holds = false;   // it decides: forbids or allows
  Position at;
};

struct AlertAnswer {
  std::string element, sentence, owner;
  int severity = 0;  // v1::Severity
  std::vector<std::string> findings;
  Position at;
};

struct TapAnswer {
  std::string tap;
  bool judges = false;
};

// A flow in the order of judgement.
struct FlowAnswer {
  PlaceAnswer from, to;
  bool crosses = true;                    // false: multicast, broadcast, loopback; nothing is asked of it
  std::vector<TapAnswer> taps;            // that see it
  std::vector<LineAnswer> nevers, flows;  // whose ends fit
  std::string flat, boundary, drift;      // what each says; empty: it was not asked
  std::string modelled;                   // "allowed by flows/f-db", "reported as drift"; empty: it is an alert
  std::vector<AlertAnswer> alerts;        // one alert: the first is primary
  std::vector<LineAnswer> data;           // what data seen in clear on it would be
  std::vector<LineAnswer> steps;          // of cases that it would be
  std::vector<std::string> notes;
};

// What touches an address.
struct AddressAnswer {
  PlaceAnswer place;
  std::vector<LineAnswer> lines;  // "as initiator", "as responder"
};

struct RuleAnswer {
  AlertAnswer alert;
  std::string kind;                                           // "flow", "never", ...
  std::vector<std::pair<std::string, std::string>> compiled;  // "from", "users (10.1.0.0/16)"; "port", "22"; ...
  std::vector<LineAnswer> exceptions;  // of a never line; of a flows line the never lines that beat it
  std::vector<std::string> not_enforced;
};

// Answers from models as sensors judge: compiled, built and asked with the sensor's own code. `verdict` of a flow is
// the production judge's; the lines around it are what its tables say. Borrows nothing. Thread: any.
class Explainer {
 public:
  // The faults of compiling them for a sensor: zones need addresses.
  [[nodiscard]] static std::expected<std::unique_ptr<Explainer>, std::vector<Diagnostic>> make(
      std::vector<Model> models);
  ~Explainer();
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;

  // `time` judges `until` and `hours`.
  [[nodiscard]] FlowAnswer flow(const AskedFlow& asked, Nanos time) const;
  [[nodiscard]] AddressAnswer address(const std::string& written, const IpAddress& address) const;
  // "never/n-ws-db", "n-ws-db" or either behind "MODEL/"; those of all models that have it. None: a suggestion.
  [[nodiscard]] Expected<std::vector<RuleAnswer>> rule(const std::string& name) const;

 private:
  class Asked;
  class RuleReader;
  explicit Explainer(std::vector<Model> models);

  [[nodiscard]] PlaceAnswer place_of(const std::string& written, const IpAddress& address, PlaceId place) const;
  [[nodiscard]] std::string element_of(RuleIndex rule) const;
  [[nodiscard]] Position line_of(RuleIndex rule) const;
  // Of a case; where the case stands if it has no such step.
  [[nodiscard]] Position step_line(RuleIndex rule, const std::string& step) const;
  [[nodiscard]] AlertAnswer alert_of(RuleIndex rule, int severity) const;
  [[nodiscard]] const ZoneElement* zone(const std::string& name) const;
  // Of all models those that see the ordered pair, as policies have it.
  [[nodiscard]] std::vector<TapAnswer> taps(const ZoneElement& from, const ZoneElement& to) const;

  const std::vector<Model> models_;  // by id, as in the policy
  std::vector<Places> places_;       // of each
  std::shared_ptr<const Generation> generation_;
};

}  // namespace glacis::control
