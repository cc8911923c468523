#include "dataplane/policy/policy_check.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "dataplane/base/utf8.h"
#include "dataplane/policy/fault_list.h"
#include "dataplane/policy/features.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr uint32_t kMaxTrust = 100, kMaxSensitivity = 5, kMaxRuleId = 0x7fff'ffff;

std::string known_features() {
  std::string out;
  for (const std::string_view f : kPolicyFeatures) out += (out.empty() ? "" : ", ") + std::string(f);
  return out;
}

class PolicyCheck {
 public:
  PolicyCheck(const v1::Policy& policy, std::vector<Error>& faults) : policy_(policy), faults_(faults) {}

  bool run() {
    const size_t before = faults_.size();
    language();
    limits();
    const bool readable = faults_.size() == before;
    features();
    if (!readable) return false;
    rules();
    models();
    zones_and_assets();
    lines();
    patterns();
    return true;
  }

 private:
  void fault(std::string what, std::string where, std::string hint = {}) {
    faults_.push_back({std::move(what), std::move(where), std::move(hint)});
  }
  void limit(int size, int most, const char* what, const char* list) {
    if (size > most)
      fault("more than " + std::to_string(most) + " " + what, list, std::to_string(size) + " stand there");
  }
  void at_most(uint32_t value, uint32_t most, const char* what, const std::string& where) {
    if (value > most) fault(std::string(what) + " " + std::to_string(value), where, "0 to " + std::to_string(most));
  }
  void action(int value, const std::string& where) {
    if (v1::Unmodelled_IsValid(value)) return;
    fault("action " + std::to_string(value) + " is not known", where, "this sensor knows allow, report and alert");
  }
  void stack(int value, const std::string& where) {
    if (v1::Stack_IsValid(value)) return;
    fault("stack " + std::to_string(value) + " is not known", where + ".stack",
          "this sensor knows 1 (linux) to " + std::to_string(v1::Stack_MAX) + ", 0: not said");
  }
  void model(uint32_t index, const std::string& where) {
    check_position(index, policy_.models_size(), "model", where + ".model", faults_);
  }
  template <class List>
  void models_of(const List& list, const std::string& name) {
    for (int i = 0; i < list.size() && !enough(faults_); ++i) model(list.Get(i).model(), place_in(name, i));
  }

  void language() {
    if (policy_.language() == kPolicyLanguage) return;
    fault("language version " + std::to_string(policy_.language()) + " is not known", "language",
          "this sensor knows " + std::to_string(kPolicyLanguage));
  }

  void limits() {
    limit(policy_.models_size(), 1024, "models", "models");
    limit(policy_.zones_size(), 4096, "zones", "zones");
    limit(policy_.assets_size(), 200'000, "assets", "assets");
    limit(policy_.flows_size(), 100'000, "flow lines", "flows");
    limit(policy_.nevers_size(), 100'000, "never lines", "nevers");
    limit(policy_.boundaries_size(), 100'000, "boundaries", "boundaries");
    limit(policy_.data_size(), 64, "data classes", "data");
    limit(policy_.paths_size(), 10'000, "abuse paths", "paths");
    limit(policy_.patterns_size(), 20'000, "patterns", "patterns");
  }

  void features() {
    for (int i = 0; i < policy_.features_size() && !enough(faults_); ++i) {
      const std::string& feature = policy_.features(i);
      if (std::find(kPolicyFeatures.begin(), kPolicyFeatures.end(), feature) != kPolicyFeatures.end()) continue;
      fault("unknown feature '" + std::string(utf8_start(feature, 64)) + "'", place_in("features", i),
            "this sensor knows " + known_features());
    }
  }

  void rules() {
    for (int i = 0; i < policy_.rules_size() && !enough(faults_); ++i) {
      const v1::Rule& rule = policy_.rules(i);
      const std::string where = place_in("rules", i);
      if (rule.id() == 0 || rule.id() > kMaxRuleId)
        fault("rule id " + std::to_string(rule.id()), where + ".id", "1 to 2147483647");
      if (!v1::Severity_IsValid(rule.severity())) {
        fault("severity " + std::to_string(rule.severity()) + " is not known", where + ".severity",
              "1 (info) to 5 (critical)");
      }
    }
  }

  void models() {
    for (int i = 0; i < policy_.models_size() && !enough(faults_); ++i) {
      const std::string where = place_in("models", i);
      action(policy_.models(i).drift_crossing(), where + ".drift_crossing");
      action(policy_.models(i).drift_inside(), where + ".drift_inside");
    }
  }

  void zones_and_assets() {
    for (int i = 0; i < policy_.zones_size() && !enough(faults_); ++i) {
      const std::string where = place_in("zones", i);
      at_most(policy_.zones(i).trust(), kMaxTrust, "trust", where + ".trust");
      stack(policy_.zones(i).stack(), where);
      (void)check_positions(policy_.zones(i).models(), policy_.models_size(), "model", where + ".models", faults_);
    }
    for (int i = 0; i < policy_.assets_size() && !enough(faults_); ++i) {
      const v1::Asset& asset = policy_.assets(i);
      const std::string where = place_in("assets", i);
      check_position(asset.zone(), policy_.zones_size(), "zone", where + ".zone", faults_);
      model(asset.model(), where);
      at_most(asset.sensitivity(), kMaxSensitivity, "sensitivity", where + ".sensitivity");
      stack(asset.stack(), where);
    }
    for (int i = 0; i < policy_.judged_elsewhere_size() && !enough(faults_); ++i) {
      const std::string where = place_in("judged_elsewhere", i);
      check_position(policy_.judged_elsewhere(i).from(), policy_.zones_size(), "zone", where + ".from", faults_);
      check_position(policy_.judged_elsewhere(i).to(), policy_.zones_size(), "zone", where + ".to", faults_);
    }
  }

  void lines() {
    models_of(policy_.flows(), "flows");
    models_of(policy_.nevers(), "nevers");
    models_of(policy_.boundaries(), "boundaries");
    models_of(policy_.data(), "data");
    models_of(policy_.identities(), "identities");
    models_of(policy_.paths(), "paths");
    for (int i = 0; i < policy_.flows_size() && !enough(faults_); ++i) {
      const uint32_t identity = policy_.flows(i).as_identity_plus1();
      if (identity == 0) continue;
      check_position(identity - 1, policy_.identities_size(), "identity", place_in("flows", i) + ".as_identity_plus1",
                     faults_);
    }
    for (int i = 0; i < policy_.boundaries_size() && !enough(faults_); ++i) {
      const v1::Boundary& boundary = policy_.boundaries(i);
      const std::string where = place_in("boundaries", i);
      check_position(boundary.from_zone(), policy_.zones_size(), "zone", where + ".from_zone", faults_);
      check_position(boundary.to_zone(), policy_.zones_size(), "zone", where + ".to_zone", faults_);
      action(boundary.unmodelled(), where + ".unmodelled");
    }
    for (int i = 0; i < policy_.data_size() && !enough(faults_); ++i) {
      const std::string where = place_in("data", i);
      at_most(policy_.data(i).sensitivity(), kMaxSensitivity, "sensitivity", where + ".sensitivity");
      (void)check_positions(policy_.data(i).patterns(), policy_.patterns_size(), "pattern", where + ".patterns",
                            faults_);
    }
  }

  void patterns() {
    for (int i = 0; i < policy_.patterns_size() && !enough(faults_); ++i) {
      const v1::Pattern& pattern = policy_.patterns(i);
      const std::string where = place_in("patterns", i);
      if (pattern.field() != v1::FIELD_PAYLOAD)
        fault("unknown field class " + std::to_string(pattern.field()), where + ".field", "this sensor knows payload");
      if (!v1::Check_IsValid(pattern.check()))
        fault("unknown check " + std::to_string(pattern.check()), where + ".check", "this sensor knows luhn");
      if (!v1::EvidencePolicy_IsValid(pattern.evidence())) {
        fault("unknown evidence policy " + std::to_string(pattern.evidence()), where + ".evidence",
              "this sensor knows none, masked and full");
      }
    }
  }

  const v1::Policy& policy_;
  std::vector<Error>& faults_;
};

}  // namespace

bool check_policy(const v1::Policy& policy, std::vector<Error>& faults) { return PolicyCheck(policy, faults).run(); }

}  // namespace glacis
