#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/analysis/case_steps.h"
#include "control/analysis/sight.h"
#include "control/analysis/tap_sight.h"

namespace glacis::control {

struct StepCoverage {
  CaseStep step;
  Sight sight = Sight::kBlind;
  Sight with_tap = Sight::kBlind;    // what it would be if a tap saw it
  Sighting sighting;                 // empty: no tap is asked
  std::vector<std::string> sources;  // that are fed and tell of it
  std::vector<Reason> reasons;
};

// Whether what such flows carry cannot be read on a tap: as `clear` says, else by their applications, else by ports
// that are for nothing but TLS (IANA).
[[nodiscard]] bool encrypted(const FlowElement& flow);

// "apps, identities": what the entries of NotEnforced say of an element and its keys; empty: nothing.
class Needs {
 public:
  explicit Needs(const Model& model);
  [[nodiscard]] std::string of(const std::string& element) const;

 private:
  std::map<std::string, std::vector<std::string>> needs_;  // by element, and by element.key
};

// What can be seen of steps. Borrows all it is given. Thread: one.
class StepJudge {
 public:
  StepJudge(const Places& places, TapSight& taps, const Needs& needs) : places_(places), taps_(taps), needs_(needs) {}

  // `stopped_by`: why a sensor cannot run the path or a group around the step; empty: it can. `element` is
  // "abuse/CASE.STEP".
  [[nodiscard]] StepCoverage judge(CaseStep step, const std::string& element, const std::string& stopped_by);

 private:
  void look(StepCoverage& out, const std::string& element, const std::string& stopped_by);
  [[nodiscard]] Sight rule(StepCoverage& out, const std::string& element, const std::string& stopped_by) const;
  [[nodiscard]] bool hidden(StepCoverage& out) const;
  [[nodiscard]] std::string encrypted_lines(const CaseStep& step) const;
  void add_sources(StepCoverage& out) const;
  void add_notes(StepCoverage& out) const;

  const Places& places_;
  TapSight& taps_;
  const Needs& needs_;
};

// "no tap sees users to data, data to users (and 2 more)"; nothing without gaps.
void add_gaps(const Sighting& sighting, std::vector<Reason>& out);
// Of all of an element, or of a part of one that is enforced.
[[nodiscard]] Reason not_enforced(Sight sight, const std::string& needs);

}  // namespace glacis::control
