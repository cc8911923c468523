#include "control/analysis/duties.h"

#include <algorithm>
#include <tuple>

#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;

class DutyList {
 public:
  explicit DutyList(const Model& model) : model_(model) {}

  std::vector<Duty> take() {
    add_model();
    for (const SourceElement& source : model_.sources) add("source", source, source.owner, "");
    for (const AbuseElement& abuse : model_.abuse) add("case", abuse, abuse.owner, abuse.says);
    for (const ControlElement& control : model_.controls) add("control", control, control.owner, control.says);
    for (const FindingElement& finding : model_.findings) add_finding(finding);
    for (const RequirementElement& requirement : model_.requirements)
      add("requirement", requirement, requirement.owner, requirement.says, due_of(model_, requirement));
    for (const AssumptionElement& assumption : model_.assumptions)
      add("assumption", assumption, assumption.owner, assumption.says);
    for (const HuntElement& hunt : model_.hunts) add("hunt", hunt, hunt.owner, hunt.ask);
    for (const AnswerElement& answer : model_.answers) add("answer", answer, answer.owner, answer.why);
    for (const FlowElement& flow : model_.flows) {
      if (flow.until_s != 0) add("line", flow, "", flow.says, flow.until_s);
    }
    for (const AssetElement& asset : model_.assets) {
      if (!asset.owner.empty()) add("asset", asset, asset.owner, asset.says);
    }
    for (const IdentityElement& identity : model_.identities) {
      if (!identity.owner.empty()) add("identity", identity, identity.owner, identity.says);
    }
    std::ranges::stable_sort(out_, [](const Duty& a, const Duty& b) {
      return std::tie(a.owner, a.at.file, a.at.line, a.at.column) <
             std::tie(b.owner, b.at.file, b.at.line, b.at.column);
    });
    return std::move(out_);
  }

 private:
  void add(std::string_view kind, const Element& element, const std::string& own, const std::string& says,
           int64_t due_s = 0) {
    out_.push_back({owner_of(model_, element.id, own), kind, element.id, says, due_s, element.at});
  }

  void add_model() {
    out_.push_back({model_.owner, "model", model_.id, model_.title, review_due_s(model_), model_.header_at});
    for (const auto& [team, person] : model_.teams) out_.push_back({person, "team", team, "", 0, model_.header_at});
  }

  void add_finding(const FindingElement& finding) {
    add("finding", finding, finding.owner, finding.says, finding.due_s);
    if (!finding.accept) return;
    const Acceptance& accept = *finding.accept;
    out_.push_back({accept.by, "acceptance", finding.id, accept.why, accept.until_s, accept.at});
  }

  const Model& model_;
  std::vector<Duty> out_;
};

}  // namespace

std::vector<Duty> duties(const Model& model) { return DutyList(model).take(); }

std::vector<Duty> overdue(const Model& model, int64_t day_s) {
  std::vector<Duty> out = duties(model);
  std::erase_if(out, [day_s](const Duty& duty) { return duty.due_s == 0 || duty.due_s >= day_s; });
  std::ranges::stable_sort(out, {}, &Duty::due_s);
  return out;
}

std::string owner_of(const Model& model, const std::string& id, const std::string& own) {
  if (!own.empty()) return own;
  std::string out = model.owner;
  for (const FindingElement& finding : model.findings) {
    const bool about = names(finding.at_elements, id) || names(finding.requirements, id);
    if (about && !finding.owner.empty()) out = finding.owner;  // the last, as in the policy and so in alerts
  }
  return out;
}

int64_t due_of(const FindingElement& finding) {
  return finding.due_s == 0 && finding.accept ? finding.accept->until_s : finding.due_s;
}

int64_t due_of(const Model& model, const RequirementElement& requirement) {
  int64_t out = 0;
  const auto take = [&out](int64_t due_s) {
    if (due_s != 0 && (out == 0 || due_s < out)) out = due_s;
  };
  for (const FindingElement& finding : model.findings) {
    if (names(finding.requirements, requirement.id)) take(due_of(finding));
    if (finding.accept && names(finding.accept->meanwhile, requirement.id)) take(finding.accept->until_s);
  }
  return out;
}

int64_t review_due_s(const Model& model) {
  if (model.reviewed_s == 0 || model.review_every_ns == 0) return 0;
  return model.reviewed_s + model.review_every_ns / kSecond_ns;
}

}  // namespace glacis::control
