#include "control/threat_model/resolve.h"

#include <algorithm>
#include <set>
#include <string>

namespace glacis::control {
namespace {

class Resolver {
 public:
  Resolver(Model& model, std::vector<Diagnostic>& diagnostics) : model_(model), diagnostics_(diagnostics) {
    for (const FlowElement& flow : model.flows) lines_.insert(flow.id);
    for (const AssetElement& asset : model.assets) {
      if (asset.by_name_only()) named_.insert(asset.id);
    }
    for (const DataElement& data : model.data) {
      if (data.pattern.empty()) unseen_.insert(data.id);
    }
  }

  void run() {
    for (AbuseElement& abuse : model_.abuse) {
      if (abuse.path) path(*abuse.path, "abuse/" + abuse.id);
    }
    for (NeverElement& never : model_.nevers) line(never);
    for (HuntElement& hunt : model_.hunts) {
      for (StepElement& asked : hunt.run) unseen_names(asked);
    }
  }

 private:
  // Not one of them can be seen.
  static bool all_in(const std::vector<std::string>& names, const std::set<std::string>& set) {
    return !names.empty() &&
           std::all_of(names.begin(), names.end(), [&](const std::string& name) { return set.contains(name); });
  }

  void line(NeverElement& never) {
    const bool unnamed = all_in(never.from, named_) || all_in(never.to, named_);
    if (!never.enforced || (!unnamed && !all_in(never.carries, unseen_))) return;
    never.enforced = false;
    model_.not_enforced.push_back({"never/" + never.id, unnamed ? "names" : "seen_as of its data", never.at});
  }

  void path(PathElement& node, const std::string& place) {
    for (PathElement& inner : node.nodes) path(inner, place);
    if (node.kind != PathElement::Kind::kStep) return;
    if (node.step.enforced && unseen_names(node.step))
      model_.not_enforced.push_back({place + "." + node.step.id, "names", node.step.at});
    node.enforced = node.step.enforced;
  }

  // Resolves what the step is about. Whether no sensor can know its ends: they have names alone.
  bool unseen_names(StepElement& step) {
    const auto line = std::find_if(step.target.begin(), step.target.end(),
                                   [&](const std::string& name) { return lines_.contains(name); });
    const bool anything = step.target.empty() || step.target[0] == "any";
    if (line != step.target.end() && step.target.size() > 1) {
      diagnostics_.push_back(
          {"two-targets", "the line '" + *line + "' stands in a list", "a step for each line, under any:", step.at});
    } else if (line != step.target.end()) {
      step.flow_line = *line;
    } else if (!anything && !step.to.empty()) {
      diagnostics_.push_back(
          {"two-targets", "'flow' names a place and 'to' another", "flow: any with 'to', or one of them", step.at});
    } else if (step.to.empty()) {
      step.to = step.target;
    }
    const bool outside =
        std::ranges::any_of(step.outside, [&](const std::string& name) { return named_.contains(name); });
    if (!outside && !all_in(step.from, named_) && !all_in(step.to, named_)) return false;
    step.enforced = false;
    step.lacks.emplace_back("names");
    return true;
  }

  Model& model_;
  std::vector<Diagnostic>& diagnostics_;
  std::set<std::string> lines_, named_, unseen_;
};

}  // namespace

void resolve(Model& model, std::vector<Diagnostic>& diagnostics) { Resolver(model, diagnostics).run(); }

}  // namespace glacis::control
