#include "control/analysis/review_items.h"

#include <algorithm>
#include <map>

#include "control/analysis/duties.h"
#include "control/analysis/threats.h"
#include "control/threat_model/mentions.h"
#include "control/threat_model/value.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

constexpr int kMedium = v1::SEVERITY_MEDIUM;

std::string title_of(const std::string& sentence) {
  if (sentence.size() <= kMostTitleBytes) return sentence;
  return std::string(utf8_start(sentence, kMostTitleBytes - 3)) + "...";
}

// "Decided: a, b."; nothing of nothing.
std::string told(std::string_view what, const std::vector<std::string>& names) {
  return names.empty() ? "" : " " + std::string(what) + ": " + joined(names) + ".";
}

std::string told(std::string_view what, const std::string& text) {
  return text.empty() ? "" : told(what, std::vector{text});
}

std::string sentence(const std::string& text) { return text.empty() || text.ends_with('.') ? text : text + "."; }

class ItemList {
 public:
  explicit ItemList(const Places& places) : places_(places), model_(places.model()) {
    for (const AbuseElement& abuse : model_.abuse) severities_.emplace(abuse.id, abuse.severity);
    for (const NeverElement& never : model_.nevers) severities_.emplace(never.id, never.severity);
    for (const BoundaryElement& boundary : model_.boundaries) severities_.emplace(boundary.id, boundary.severity);
  }

  std::vector<ReviewItem> take() {
    for (const FindingElement& finding : model_.findings) add(finding);
    for (const RequirementElement& requirement : model_.requirements) add(requirement);
    for (const FindingElement& finding : model_.findings) {
      if (finding.accept) add(finding, *finding.accept);
    }
    for (const ControlElement& control : model_.controls) {
      if (!control.active) add(control);
    }
    for (const Threat& threat : threats(places_)) add(threat);
    return std::move(out_);
  }

 private:
  void add(const FindingElement& finding) {
    ReviewItem item = begin("finding", finding.id, finding.says, finding.at);
    item.description = sentence(finding.says) + told("Decided", finding.decide) +
                       told("Is about", finding.at_elements) + told("Makes possible", finding.abuse) +
                       told("Requires", finding.requirements);
    item.owner = owner_of(model_, finding.id, finding.owner);
    item.due_s = due_of(finding);
    item.severity = severity_of(finding);
    item.labels = finding.decide;
    item.ticket = finding.ticket;
    link(finding.at_elements, item);
    link(finding.abuse, item);
    link(finding.requirements, item);
    out_.push_back(std::move(item));
  }

  void add(const RequirementElement& requirement) {
    ReviewItem item = begin("requirement", requirement.id, requirement.says, requirement.at);
    item.description = sentence(requirement.says) + told("Stays clean", requirement.clean) +
                       told("Must be seen", requirement.seen) + told("At", requirement.at_elements) +
                       told("Must alert", requirement.fires) + told("Log", requirement.source);
    item.owner = owner_of(model_, requirement.id, requirement.owner);
    item.due_s = due_of(model_, requirement);
    if (!requirement.kind.empty()) item.labels = {requirement.kind};
    for (const FindingElement& finding : model_.findings) {
      const bool meanwhile = finding.accept && names(finding.accept->meanwhile, requirement.id);
      if (!meanwhile && !names(finding.requirements, requirement.id)) continue;
      item.severity = std::max(item.severity, severity_of(finding));
      link({finding.id}, item);
    }
    link(requirement.clean, item);
    link(requirement.at_elements, item);
    link(requirement.fires, item);
    out_.push_back(std::move(item));
  }

  void add(const FindingElement& finding, const Acceptance& accept) {
    ReviewItem item = begin("acceptance", finding.id + ":accept", finding.says, accept.at);
    item.description = "Accepted: " + sentence(finding.says) + told("Why", accept.why) + told("By", accept.by) +
                       told("Asked by", accept.asked_by) + told("Meanwhile", accept.meanwhile);
    item.owner = accept.by;
    item.due_s = accept.until_s;
    item.severity = severity_of(finding);
    item.labels = {"accept-risk"};
    link({finding.id}, item);
    link(accept.meanwhile, item);
    out_.push_back(std::move(item));
  }

  void add(const ControlElement& control) {
    ReviewItem item = begin("control", control.id, control.says, control.at);
    item.description = sentence(item.title) + told("Strength", std::to_string(control.strength) + " of 5") +
                       told("Covers", control.covers) + told("D3FEND", control.d3fend) + told("CSF", control.csf);
    item.owner = owner_of(model_, control.id, control.owner);
    item.severity = worst(control.covers);
    item.labels = {"planned"};
    link(control.covers, item);
    for (const BoundaryElement& boundary : model_.boundaries) {
      if (names(boundary.needs, control.id)) link({boundary.id}, item);
    }
    out_.push_back(std::move(item));
  }

  void add(const Threat& threat) {
    ReviewItem item = begin("threat", threat.id, threat.sentence, threat.at);
    item.description = sentence(threat.sentence) + " Answer: " + threat.stub;
    item.owner = owner_of(model_, threat.element, own_owner(threat.element));
    item.labels = {std::string(stride_name(threat.condition->stride)), std::string(threat.condition->id)};
    link({threat.element}, item);
    out_.push_back(std::move(item));
  }

  [[nodiscard]] ReviewItem begin(std::string_view kind, const std::string& id, const std::string& says,
                                 const Position& at) const {
    ReviewItem out;
    out.id = model_.id + "/" + id;
    out.kind = kind;
    out.title = title_of(says.empty() ? std::string(kind) + " " + id : says);
    out.at = at;
    return out;
  }

  void link(const std::vector<std::string>& ids, ReviewItem& item) const {
    for (const std::string& id : ids) {
      std::string whole = model_.id + "/" + id;
      if (!names(item.links, whole)) item.links.push_back(std::move(whole));
    }
  }

  [[nodiscard]] int worst(const std::vector<std::string>& ids) const {
    int out = 0;
    for (const std::string& id : ids) {
      const auto found = severities_.find(id);
      if (found != severities_.end()) out = std::max(out, found->second);
    }
    return out;
  }

  [[nodiscard]] int severity_of(const FindingElement& finding) const {
    const int out = std::max(worst(finding.at_elements), worst(finding.abuse));
    return out == 0 ? kMedium : out;
  }

  [[nodiscard]] std::string own_owner(const std::string& id) const {
    if (const AssetElement* asset = places_.asset(id)) return asset->owner;
    const auto identity = std::ranges::find(model_.identities, id, &IdentityElement::id);
    return identity == model_.identities.end() ? "" : identity->owner;
  }

  const Places& places_;
  const Model& model_;
  std::map<std::string, int> severities_;  // of what alerts
  std::vector<ReviewItem> out_;
};

}  // namespace

std::vector<ReviewItem> review_items(const Places& places) { return ItemList(places).take(); }

}  // namespace glacis::control
