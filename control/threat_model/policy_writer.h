#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/threat_model/compile.h"
#include "control/threat_model/model.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

// Writes models into one policy. Used once, by compile().
class PolicyWriter {
 public:
  PolicyWriter(std::span<const Model> models, std::string tap, RuleIds& ids) : models_(models), tap_(std::move(tap)), ids_(ids) {}
  [[nodiscard]] ExpectedAll<v1::Policy> write();

 private:
  void zones(uint32_t m);
  void assets(uint32_t m);
  void data(uint32_t m);
  void flows(uint32_t m);
  void nevers(uint32_t m);
  void boundaries(uint32_t m);
  void drift(uint32_t m);
  void paths(uint32_t m);
  void views();
  void features();

  uint32_t rule(uint32_t m, const std::string& element, v1::RuleKind kind, std::string sentence, int severity, const Position& at);
  v1::Rule& last_rule() { return *policy_.mutable_rules(policy_.rules_size() - 1); }
  [[nodiscard]] v1::Ends ends(uint32_t m, const std::vector<std::string>& names) const;
  uint32_t pattern(const std::string& expression, bool luhn, v1::EvidencePolicy evidence);
  bool path_node(uint32_t m, const PathElement& from, v1::Group& into, std::vector<std::string>& variables);
  bool path_group(uint32_t m, const PathElement& from, v1::Group& out, std::vector<std::string>& variables);
  void path_step(uint32_t m, const StepElement& from, v1::Step& out, std::vector<std::string>& variables);
  [[nodiscard]] bool sees(const ZoneElement& from, const ZoneElement& to, const Model& model, const std::string& tap) const;

  std::span<const Model> models_;
  const std::string tap_;
  RuleIds& ids_;
  v1::Policy policy_;
  std::vector<Error> faults_;
  std::map<std::string, uint32_t> zone_, asset_, data_, flow_;  // asset, data and flow by model/id
  std::map<std::string, std::string> prefix_zone_;
};

}  // namespace glacis::control
