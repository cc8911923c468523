#include "control/threat_model/policy_writer.h"

#include <algorithm>
#include <functional>
#include <tuple>

namespace glacis::control {
namespace {

// The enforced steps of a group, whatever their depth.
void each_step(const v1::Group& group, const std::function<void(const v1::Step&)>& visit) {
  for (const v1::Node& node : group.nodes()) {
    if (node.has_group()) each_step(node.group(), visit);
    if (node.has_step() && node.step().enforced()) visit(node.step());
  }
}

bool has_stack(const v1::Policy& policy) {
  const auto says = [](const auto& place) { return place.stack() != v1::STACK_UNSPECIFIED; };
  return std::ranges::any_of(policy.zones(), says) || std::ranges::any_of(policy.assets(), says);
}

bool has_any(const v1::Group& group) {
  return group.kind() == v1::GROUP_KIND_ANY ||
         std::any_of(group.nodes().begin(), group.nodes().end(),
                     [](const v1::Node& n) { return n.has_group() && has_any(n.group()); });
}

}  // namespace

PolicyWriter::PolicyWriter(std::span<const Model> models, std::string tap, RuleIds& ids, CompileFor purpose)
    : tap_(std::move(tap)), ids_(ids), purpose_(purpose) {
  for (const Model& model : models) models_.push_back(&model);
  std::stable_sort(models_.begin(), models_.end(), [](const Model* a, const Model* b) { return a->id < b->id; });
}

std::expected<v1::Policy, std::vector<Diagnostic>> PolicyWriter::write() {
  const auto count = static_cast<uint32_t>(models_.size());
  policy_.set_language(1);
  policy_.set_tap(tap_);
  headers();
  const auto each_model = [&](void (PolicyWriter::*one)(uint32_t)) {
    for (uint32_t m = 0; m < count; ++m) (this->*one)(m);
  };
  // Lists that others point into come first.
  for (const auto one :
       {&PolicyWriter::taps, &PolicyWriter::zones, &PolicyWriter::data, &PolicyWriter::assets,
        &PolicyWriter::identities, &PolicyWriter::flows, &PolicyWriter::nevers, &PolicyWriter::boundaries,
        &PolicyWriter::drift, purpose_ == CompileFor::kHunt ? &PolicyWriter::hunts : &PolicyWriter::paths,
        &PolicyWriter::carried}) {
    each_model(one);
  }
  views();
  features();
  std::sort(policy_.mutable_rules()->begin(), policy_.mutable_rules()->end(),
            [](const v1::Rule& a, const v1::Rule& b) { return a.id() < b.id(); });
  limits();
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  return std::move(policy_);
}

void PolicyWriter::fault(Code code, std::string message, std::string hint, const Position& at) {
  faults_.push_back({code, std::move(message), std::move(hint), at});
}

void PolicyWriter::set_line(const Position& at, v1::Line* out) {
  out->set_file(at.file);
  out->set_line(at.line);
  out->set_column(at.column);
}

void PolicyWriter::headers() {
  for (uint32_t m = 0; m < models_.size(); ++m) {
    const Model& model = *models_[m];
    if (m > 0 && models_[m - 1]->id == model.id) {
      fault("two-models", "two models are called '" + model.id + "': " + models_[m - 1]->file + " and " + model.file,
            "one of them needs another id", {model.file, 1, 1});
    }
    v1::Model* out = policy_.add_models();
    out->set_id(model.id);
    out->set_title(model.title);
    out->set_stage(model.stage);
    out->set_owner(model.owner);
    out->set_digest(model.digest);
    out->set_file(model.file);
    for (const FindingElement& finding : model.findings) {
      std::set<std::string> about(finding.at_elements.begin(), finding.at_elements.end());
      about.insert(finding.abuse.begin(), finding.abuse.end());
      for (const std::string& name : about) findings_[{m, name}].push_back(&finding);
    }
  }
}

// Owner: of the finding that is about the rule, else the model's; an element's own is set by its writer.
v1::Rule& PolicyWriter::rule(uint32_t m, const std::string& element, v1::RuleKind kind, std::string sentence,
                             v1::Severity severity, const Position& at) {
  const Model& model = *models_[m];
  v1::Rule* out = policy_.add_rules();
  out->set_id(ids_.id_for(model.id, element));
  out->set_model(model.id);
  out->set_element(element);
  out->set_kind(kind);
  out->set_sentence(std::move(sentence));
  out->set_severity(severity);
  set_line(at, out->mutable_line());
  out->set_owner(model.owner);
  const std::string name = element.substr(element.find('/') + 1);
  const auto about = findings_.find({m, name});
  if (about == findings_.end()) return *out;
  for (const FindingElement* finding : about->second) {
    out->add_findings(finding->id);
    if (std::find(finding->at_elements.begin(), finding->at_elements.end(), name) != finding->at_elements.end())
      out->set_owner(finding->owner);
  }
  return *out;
}

v1::Ends PolicyWriter::ends(uint32_t m, const std::vector<std::string>& names) const {
  v1::Ends out;
  if (names.empty()) out.set_all(true);
  for (const std::string& name : names) {
    if (name == "any") {
      out.set_all(true);
    } else if (const auto asset = asset_.find({m, name}); asset != asset_.end()) {
      out.add_assets(asset->second);
    } else if (const auto zone = zone_.find(name); zone != zone_.end()) {
      out.add_zones(zone->second.index);
    }
  }
  return out;
}

v1::Ends PolicyWriter::widened_ends(uint32_t m, const std::vector<std::string>& names) const {
  std::vector<std::string> wide = names;
  for (std::string& name : wide) {
    if (by_name_only_.contains({m, name}))
      name = policy_.zones(static_cast<int>(policy_.assets(static_cast<int>(asset_.at({m, name}))).zone())).id();
  }
  return ends(m, wide);
}

uint32_t PolicyWriter::pattern(const std::string& expression, bool luhn, v1::EvidencePolicy evidence,
                               const Position& at) {
  v1::Pattern* out = policy_.add_patterns();
  out->set_expression(expression);
  out->set_field(v1::FIELD_PAYLOAD);
  out->set_check(luhn ? v1::CHECK_LUHN : v1::CHECK_UNSPECIFIED);
  out->set_evidence(evidence);
  pattern_at_.push_back(at);
  return static_cast<uint32_t>(policy_.patterns_size() - 1);
}

void PolicyWriter::drift(uint32_t m) {
  const Model& model = *models_[m];
  v1::Model* out = policy_.mutable_models(static_cast<int>(m));
  out->set_drift_crossing(model.drift_crossing);
  out->set_drift_inside(model.drift_inside);
  for (const std::string& name : model.drift_ignore) out->add_drift_ignore(name);
  if (model.drift_crossing == v1::UNMODELLED_ALERT) {
    out->set_crossing_rule(rule(m, "drift/unmodelled.crossing", v1::RULE_KIND_UNMODELLED,
                                "no flow of the model covers this crossing", v1::SEVERITY_MEDIUM, model.drift_at)
                               .id());
  }
  if (model.drift_inside == v1::UNMODELLED_ALERT) {
    out->set_inside_rule(rule(m, "drift/unmodelled.inside", v1::RULE_KIND_UNMODELLED,
                              "no flow of the model covers this traffic inside a zone", v1::SEVERITY_INFO,
                              model.drift_at)
                             .id());
  }
}

// In file order; an abuse case stands before its steps. What several models include is carried once.
void PolicyWriter::carried(uint32_t m) {
  std::vector<NotEnforcedElement> all;
  for (const auto& [model, abuse] : blind_cases_) {
    if (model == m) all.push_back({"abuse/" + abuse->id, "a required step that cannot be seen yet", abuse->at});
  }
  all.insert(all.end(), models_[m]->not_enforced.begin(), models_[m]->not_enforced.end());
  std::stable_sort(all.begin(), all.end(), [](const NotEnforcedElement& a, const NotEnforcedElement& b) {
    return std::tie(a.at.file, a.at.line) < std::tie(b.at.file, b.at.line);
  });
  for (const NotEnforcedElement& element : all) {
    const bool included = element.at.file != models_[m]->file;
    if (included && !shared_carried_.emplace(element.at.file, element.at.line, element.element).second) continue;
    v1::NotEnforced* out = policy_.add_not_enforced();
    out->set_model(models_[m]->id);
    out->set_element(element.element);
    out->set_needs(element.needs);
    set_line(element.at, out->mutable_line());
  }
}

void PolicyWriter::features() {
  std::set<std::string> needed;
  if (has_stack(policy_)) needed.insert("stack");
  if (policy_.flows_size() > 0) needed.insert("flows");
  for (const v1::FlowLine& flow : policy_.flows()) {
    if (flow.has_hours() || flow.until_s() != 0) needed.insert("schedule");
  }
  for (const v1::NeverLine& never : policy_.nevers()) {
    if (never.enforced()) needed.insert("never");
  }
  if (policy_.boundaries_size() > 0) needed.insert("boundary");
  for (const v1::Model& model : policy_.models()) {
    if (model.crossing_rule() != 0 || model.inside_rule() != 0) needed.insert("drift");
  }
  for (const v1::DataClass& d : policy_.data()) {
    if (d.patterns_size() > 0) needed.insert("data-payload");
  }
  for (const v1::AbusePath& path : policy_.paths()) {
    if (!path.enforced()) continue;
    needed.insert("path-then");
    if (has_any(path.root())) needed.insert("path-any");
    if (path.each()) needed.insert("path-each");
    each_step(path.root(), [&](const v1::Step& step) {
      if (step.verb() == "content") needed.insert("content-payload");
      if (step.verb() == "anomaly") needed.insert("anomaly");
    });
  }
  for (const std::string& feature : needed) policy_.add_features(feature);
}

// What a sensor would refuse. Zones and prefixes are counted where they are written.
void PolicyWriter::limits() {
  const auto most = [&](const std::vector<Position>& places, size_t limit, const std::string& what) {
    if (places.size() > limit)
      fault("too-many", "more than " + std::to_string(limit) + " " + what + " in all active models",
            "a sensor takes no more", places[limit]);
  };
  most(data_at_, kMostDataClasses, "data classes");
  most(pattern_at_, kMostPatterns, "patterns");
  if (policy_.ByteSizeLong() > kMostPolicyBytes)
    fault("too-large", "the policy is larger than 64 MiB", "split the models over several taps",
          {models_.empty() ? "" : models_[0]->file, 1, 1});
}

}  // namespace glacis::control
