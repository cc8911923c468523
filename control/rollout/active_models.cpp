#include "control/rollout/active_models.h"

#include <algorithm>
#include <set>
#include <utility>

#include "control/threat_model/parse.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

using Key = std::pair<std::string, std::string>;

// Ids that were given before stay; new ones avoid all of them and are noted.
class RememberedRuleIds : public RuleIds {
 public:
  explicit RememberedRuleIds(const std::map<Key, uint32_t>& known) : known_(known) {
    for (const auto& [key, id] : known_) taken_.insert(id);
  }
  uint32_t id_for(const std::string& model, const std::string& element) override {
    const Key key{model, element};
    if (const auto old = known_.find(key); old != known_.end()) return old->second;
    if (const auto fresh = fresh_.find(key); fresh != fresh_.end()) return fresh->second;
    uint32_t id = RuleIds::id_for(model, element);
    while (id == 0 || !taken_.insert(id).second) id = (id + 1) & 0x7fffffff;
    fresh_[key] = id;
    return id;
  }
  [[nodiscard]] std::vector<StoredRuleId> fresh() const {
    std::vector<StoredRuleId> out;
    for (const auto& [key, id] : fresh_) out.push_back({key.first, key.second, id});
    return out;
  }

 private:
  const std::map<Key, uint32_t>& known_;
  std::map<Key, uint32_t> fresh_;
  std::set<uint32_t> taken_;
};

std::set<std::string> taps_of(const std::vector<Model>& models) {
  std::set<std::string> taps = {""};
  for (const Model& model : models) {
    for (const TapElement& tap : model.taps) taps.insert(tap.id);
  }
  return taps;
}

}  // namespace

std::vector<Error> ActiveModels::restore(const StoredState& state) {
  std::vector<Error> faults;
  for (const StoredModel& model : state.models) {
    stored_[model.id] = model;
    ParseResult parsed = parse_model(model.files);
    if (parsed.model) {
      parsed_[model.id] = std::move(*parsed.model);
    } else {
      faults.push_back({"the stored model '" + model.id + "' does not parse any more", model.id,
                        "its policy stays; push the model again"});
    }
  }
  for (const StoredPolicy& policy : state.policies) policies_[policy.tap] = policy;
  for (const StoredRuleId& rule : state.rule_ids) rule_ids_[{rule.model, rule.element}] = rule.id;
  return faults;
}

PreparedPush ActiveModels::prepare(const PushInput& input, const NextVersion& next) const {
  PreparedPush out;
  ParseResult parsed = parse_model(input.files);
  out.diagnostics = std::move(parsed.diagnostics);
  if (!parsed.model) return out;
  out.model = parsed.model->id;
  out.not_enforced = parsed.model->not_enforced;
  const auto active = stored_.find(out.model);
  const uint64_t version = active == stored_.end() ? 0 : active->second.version;
  if (input.base_version != 0 && input.base_version != version) {
    out.verdict = PushVerdict::kWrongBase;
    out.diagnostics.push_back(
        {"wrong-base",
         "'" + out.model + "' is at version " + std::to_string(version) + ", not " + std::to_string(input.base_version),
         "read what changed, then push onto that version",
         {}});
    return out;
  }
  const bool unchanged = active != stored_.end() && active->second.digest == parsed.model->digest;
  out.record.model = {
      out.model,  unchanged ? version : version + 1, parsed.model->digest, input.pushed_by, input.reason, input.now_ns,
      input.files};
  std::vector<Model> models;
  for (const auto& [id, model] : parsed_) {
    if (id != out.model) models.push_back(model);
  }
  models.push_back(std::move(*parsed.model));
  std::sort(models.begin(), models.end(), [](const Model& a, const Model& b) { return a.id < b.id; });
  const bool composed = compose(std::move(models), next, out);
  out.verdict = !composed ? PushVerdict::kConflict : unchanged ? PushVerdict::kUnchanged : PushVerdict::kGood;
  return out;
}

bool ActiveModels::compose(std::vector<Model> models, const NextVersion& next, PreparedPush& out) const {
  RememberedRuleIds ids(rule_ids_);
  const std::set<std::string> taps = taps_of(models);
  for (const std::string& tap : taps) {
    auto policy = compile(models, tap, ids);
    if (!policy) {
      out.diagnostics.insert(out.diagnostics.end(), policy.error().begin(), policy.error().end());
      return false;
    }
    for (v1::Model& model : *policy->mutable_models()) {
      const auto other = stored_.find(model.id());
      model.set_version(model.id() == out.model ? out.record.model.version : other->second.version);
    }
    std::string bytes = serialise(*policy);
    std::string digest = digest_of(bytes);
    const auto now = policies_.find(tap);
    const bool same = now != policies_.end() && now->second.digest == digest;
    const uint64_t version = same ? now->second.version : next(tap);
    out.taps.push_back({tap, version, digest, static_cast<uint32_t>(policy->rules_size())});
    if (!same) out.record.policies.push_back({tap, version, std::move(digest), std::move(bytes)});
  }
  for (const auto& [tap, policy] : policies_) {
    if (taps.contains(tap)) continue;
    out.diagnostics.push_back({"tap-gone",
                               "no active model declares tap '" + tap + "' any more",
                               "its sensors keep policy version " + std::to_string(policy.version) + " until one does",
                               {}});
  }
  out.record.new_rule_ids = ids.fresh();
  return true;
}

void ActiveModels::adopt(const PushRecord& record) {
  stored_[record.model.id] = record.model;
  if (ParseResult parsed = parse_model(record.model.files); parsed.model) {
    parsed_[record.model.id] = std::move(*parsed.model);
  }
  for (const StoredPolicy& policy : record.policies) policies_[policy.tap] = policy;
  for (const StoredRuleId& rule : record.new_rule_ids) {
    rule_ids_[{rule.model, rule.element}] = rule.id;
  }
}

}  // namespace glacis::control
