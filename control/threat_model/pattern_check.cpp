#include "control/threat_model/pattern_check.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "dataplane/scan/pattern_set.h"

namespace glacis::control {
namespace {

struct Collected {
  std::vector<PatternSpec> specs;
  std::vector<Position> places;

  void add(const std::string& expression, PatternCheck check, const Position& at) {
    if (expression.empty()) return;  // told where it is read
    specs.push_back({expression, check, EvidenceRule::kMasked});
    places.push_back(at);
  }
  void add_steps(const PathElement& node) {
    add(node.step.pattern, PatternCheck::kNone, node.step.pattern_at);
    for (const PathElement& inner : node.nodes) add_steps(inner);
  }
  // "patterns[3]" -> where the fourth one stands; the first one's place for what concerns all.
  [[nodiscard]] const Position& place_of(std::string_view where) const {
    size_t i = 0;
    const size_t open = where.find('[');
    if (open != std::string_view::npos) std::from_chars(where.data() + open + 1, where.data() + where.size(), i);
    return places[i < places.size() ? i : 0];
  }
};

}  // namespace

void check_patterns(const Model& model, std::vector<Diagnostic>& diagnostics) {
  Collected all;
  for (const DataElement& data : model.data) {
    all.add(data.pattern, data.check == "luhn" ? PatternCheck::kLuhn : PatternCheck::kNone, data.pattern_at);
  }
  for (const AbuseElement& abuse : model.abuse) {
    if (abuse.path) all.add_steps(*abuse.path);
  }
  for (const HuntElement& hunt : model.hunts) {
    for (const StepElement& asked : hunt.run) all.add(asked.pattern, PatternCheck::kNone, asked.pattern_at);
  }
  const auto compiled = PatternSet::compile(all.specs);
  if (compiled) return;
  for (const Error& fault : compiled.error()) {
    diagnostics.push_back({"bad-pattern", fault.what, fault.hint, all.place_of(fault.where)});
  }
}

}  // namespace glacis::control
