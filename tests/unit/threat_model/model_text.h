#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "control/threat_model/compile.h"
#include "control/threat_model/parse.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

// "code@line:column message / hint" of each.
inline std::string told(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    out += d.code + "@" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + " " + d.message;
    if (!d.hint.empty()) out += " / " + d.hint;
    out += "\n";
  }
  return out;
}

// A model of three zones; `more` is further sections.
inline std::string small_model(const std::string& more, const std::string& id = "shop") {
  return "model: {id: " + id +
         ", owner: ada}\n"
         "taps: {t-core: {}, t-edge: {}}\n"
         "zones:\n"
         "  internet: {trust: 0, addr: any, taps: [t-edge]}\n"
         "  users: {trust: 40, addr: 10.1.0.0/16, taps: [t-core]}\n"
         "  data: {trust: 90, addr: 10.4.0.0/24, taps: [t-core]}\n" +
         more;
}
inline constexpr uint32_t kSmallModelLines = 6;

inline ParseResult parse_text(const std::string& text) { return parse_model({{"m.yaml", text}}); }

inline Model good(const std::string& text) {
  ParseResult result = parse_text(text);
  EXPECT_TRUE(result.model) << told(result.diagnostics);
  return result.model ? std::move(*result.model) : Model();
}

// What is wrong with the small model and these sections; lines are counted within them.
inline std::string faults_of(const std::string& more) {
  std::vector<Diagnostic> diagnostics = parse_text(small_model(more)).diagnostics;
  for (Diagnostic& d : diagnostics) d.at.line -= std::min(d.at.line, kSmallModelLines);
  return told(diagnostics);
}

inline v1::Policy policy_of(const std::vector<Model>& models, const std::string& tap = "") {
  RuleIds ids;
  auto policy = compile(models, tap, ids);
  EXPECT_TRUE(policy) << told(policy ? std::vector<Diagnostic>() : policy.error());
  return policy ? std::move(*policy) : v1::Policy();
}

inline v1::Policy policy_of(const std::string& more) { return policy_of({good(small_model(more))}); }

inline std::string conflicts_of(const std::vector<Model>& models, const std::string& tap = "") {
  RuleIds ids;
  const auto policy = compile(models, tap, ids);
  return policy ? "" : told(policy.error());
}

inline v1::Rule rule_of(const v1::Policy& policy, const std::string& element) {
  for (const v1::Rule& rule : policy.rules()) {
    if (rule.element() == element) return rule;
  }
  ADD_FAILURE() << "no rule " << element;
  return {};
}

inline std::string not_enforced_of(const v1::Policy& policy) {
  std::string out;
  for (const v1::NotEnforced& e : policy.not_enforced()) out += e.element() + " needs " + e.needs() + "\n";
  return out;
}

}  // namespace glacis::control
