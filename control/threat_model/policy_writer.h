#pragma once

#include <expected>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "control/threat_model/compile.h"
#include "control/threat_model/model.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

// Writes models into one policy: places in places_writer, lines, data and identities in traffic_writer, paths in
// path_writer. Used once, by compile(). Borrows the models.
class PolicyWriter {
 public:
  PolicyWriter(std::span<const Model> models, std::string tap, RuleIds& ids, CompileFor purpose);
  [[nodiscard]] std::expected<v1::Policy, std::vector<Diagnostic>> write();

 private:
  // policy_writer.cpp
  void headers();
  void drift(uint32_t m);
  void carried(uint32_t m);
  void features();
  void limits();

  // traffic_writer.cpp
  void data(uint32_t m);
  void identities(uint32_t m);
  void flows(uint32_t m);
  void nevers(uint32_t m);
  template <class Line>
  void traffic(uint32_t m, const TrafficElement& from, Line& out);

  // places_writer.cpp
  void zones(uint32_t m);
  void zone(uint32_t m, const ZoneElement& zone);
  void count_prefixes(size_t more, const Position& at);
  void assets(uint32_t m);
  void boundaries(uint32_t m);
  void taps(uint32_t m);
  void views();
  [[nodiscard]] bool sees(const ZoneElement& from, const ZoneElement& to, const std::string& tap) const;

  // path_writer.cpp
  void paths(uint32_t m);
  void hunts(uint32_t m);
  void path(uint32_t m, const AbuseElement& abuse, uint32_t rule);
  void path_node(uint32_t m, const PathElement& from, v1::Group& into, std::vector<std::string>& variables);
  void path_group(uint32_t m, const PathElement& from, v1::Group& out, std::vector<std::string>& variables);
  void path_step(uint32_t m, const StepElement& from, v1::Step& out, std::vector<std::string>& variables);

  // What a rule says of itself; the id is kept by the caller's element.
  v1::Rule& rule(uint32_t m, const std::string& element, v1::RuleKind kind, std::string sentence, v1::Severity severity,
                 const Position& at);
  [[nodiscard]] v1::Ends ends(uint32_t m, const std::vector<std::string>& names) const;
  // As ends(), but what is known by name alone stands for its zone: the line may only allow too much.
  [[nodiscard]] v1::Ends widened_ends(uint32_t m, const std::vector<std::string>& names) const;
  uint32_t pattern(const std::string& expression, bool luhn, v1::EvidencePolicy evidence, const Position& at);
  void fault(Code code, std::string message, std::string hint, const Position& at);
  static void set_line(const Position& at, v1::Line* out);
  template <class Prefixes, class Message>
  static void add_prefixes(const Prefixes& prefixes, Message& out);
  template <class Message>
  static void add_ports(const std::vector<PortSpan>& ports, Message& out);

  struct Zone {
    uint32_t index;
    const ZoneElement* element;
    const Model* model;
  };
  using Scoped = std::pair<uint32_t, std::string>;  // model and id

  std::vector<const Model*> models_;  // by id
  const std::string tap_;
  RuleIds& ids_;
  const CompileFor purpose_;
  v1::Policy policy_;
  std::vector<Diagnostic> faults_;
  std::map<std::string, Zone> zone_;
  std::map<std::string, std::pair<const TapElement*, const Model*>> tap_elements_;
  std::map<std::pair<std::string, std::string>, std::pair<const BoundaryElement*, const Model*>> boundary_;
  std::map<Scoped, uint32_t> asset_, data_, flow_, identity_;
  std::set<Scoped> by_name_only_;
  std::map<Scoped, std::vector<const FindingElement*>> findings_;
  std::map<std::pair<std::string, uint32_t>, std::pair<const ZoneElement*, const Model*>> prefix_zone_;
  size_t prefixes_ = 0;
  std::set<std::tuple<std::string, uint32_t, std::string>> shared_carried_;  // file, line and element of included files
  std::vector<std::pair<uint32_t, const AbuseElement*>> blind_cases_;        // paths that are carried only
  std::vector<Position> pattern_at_, data_at_;
};

template <class Prefixes, class Message>
void PolicyWriter::add_prefixes(const Prefixes& prefixes, Message& out) {
  for (const AddressPrefix& p : prefixes) {
    if (p.shared) continue;  // two elements have it: neither is right for a sensor that cannot tell them apart
    auto* prefix = out.add_prefixes();
    prefix->set_address(p.bytes);
    prefix->set_length(p.length);
  }
}

template <class Message>
void PolicyWriter::add_ports(const std::vector<PortSpan>& ports, Message& out) {
  for (const PortSpan& p : ports) {
    auto* range = out.add_ports();
    range->set_first(p.first);
    range->set_last(p.last);
  }
}

}  // namespace glacis::control
