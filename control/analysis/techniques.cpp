#include "control/analysis/techniques.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace glacis::control {
namespace {

// Puts what a model says of techniques together.
class Collector {
 public:
  explicit Collector(Techniques which) : which_(which) {}

  void add(const Coverage& model) {
    prefix_ = model.model->id + "/";
    for (const CaseCoverage& one : model.cases) add(one);
    const size_t flows = model.model->flows.size();
    for (size_t i = 0; i < model.model->nevers.size(); ++i) {
      const NeverElement& never = model.model->nevers[i];
      const LineCoverage& line = model.lines[flows + i];
      add(line.element, never.says.empty() ? never.why : never.says, never.attack, never.severity, line.sight);
    }
  }

  std::vector<TechniqueUse> take() {
    std::vector<TechniqueUse> out;
    for (auto& [id, use] : uses_) out.push_back(std::move(use));
    return out;
  }

 private:
  void add(const std::string& element, const std::string& says, const std::vector<std::string>& attack, int severity,
           Sight sight) {
    if (which_ == Techniques::kCovered && sight != Sight::kEnforced) return;
    for (const std::string& id : attack) {
      TechniqueUse& use = uses_[id];
      use.id = id;
      use.severity = std::max(use.severity, static_cast<uint32_t>(severity));
      use.from.push_back({prefix_ + element, says});
    }
  }

  void add(const CaseCoverage& one) {
    const AbuseElement& abuse = *one.abuse;
    std::set<std::string> of_steps;
    if (abuse.path) walk(*abuse.path, {}, one, of_steps);
    std::vector<std::string> own;
    std::ranges::copy_if(abuse.attack, std::back_inserter(own),
                         [&](const std::string& id) { return !of_steps.contains(id); });
    add("abuse/" + abuse.id, abuse.says, own, abuse.severity, one.sight);
  }

  // A step without techniques has those of the group around it.
  void walk(const PathElement& node, const std::vector<std::string>& around, const CaseCoverage& one,
            std::set<std::string>& seen) {
    const bool step = node.kind == PathElement::Kind::kStep;
    const std::vector<std::string>& written = step ? node.step.attack : node.attack;
    const std::vector<std::string>& attack = written.empty() ? around : written;
    for (const PathElement& inner : node.nodes) walk(inner, attack, one, seen);
    if (!step) return;
    seen.insert(attack.begin(), attack.end());
    add("abuse/" + one.abuse->id + "." + node.id, one.abuse->says, attack, one.abuse->severity,
        one.step(node.step).sight);
  }

  const Techniques which_;
  std::string prefix_;
  std::map<std::string, TechniqueUse> uses_;
};

}  // namespace

std::vector<TechniqueUse> techniques_of(std::span<const Coverage> models, Techniques which) {
  Collector out(which);
  for (const Coverage& model : models) out.add(model);
  return out.take();
}

}  // namespace glacis::control
