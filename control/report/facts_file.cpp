#include "control/report/facts_file.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::pair<std::string_view, FactState> kStates[] = {{"untested", FactState::kUntested},
                                                              {"confirmed", FactState::kConfirmed},
                                                              {"verified", FactState::kVerified},
                                                              {"refuted", FactState::kRefuted}};
constexpr std::string_view kKeys[] = {"model", "id", "state", "when", "by"};
constexpr int64_t kLastSecondOfDay = 86'399;

// "T10:15:00Z": seconds of the day.
std::optional<int64_t> time_s(std::string_view text) {
  if (text.size() != 10 || text[0] != 'T' || text[3] != ':' || text[6] != ':' || text[9] != 'Z') return std::nullopt;
  const auto hour = number_in(text.substr(1, 2), 0, 23), minute = number_in(text.substr(4, 2), 0, 59),
             second = number_in(text.substr(7, 2), 0, 59);
  if (!hour || !minute || !second) return std::nullopt;
  return int64_t{*hour} * 3600 + int64_t{*minute} * 60 + *second;
}

// RFC 3339, 5.6: a full-date, or a date-time in UTC of whole seconds.
std::optional<int64_t> moment_s(const std::string& text) {
  const auto day = end_of_date_s(text.substr(0, 10));
  if (!day) return std::nullopt;
  const int64_t start_s = *day - kLastSecondOfDay;
  if (text.size() == 10) return start_s;
  const auto time = time_s(std::string_view(text).substr(10));
  return time ? std::optional(start_s + *time) : std::nullopt;
}

class FactsParser {
 public:
  explicit FactsParser(std::span<const Model> models) : models_(models) {}

  std::expected<std::vector<TrafficFact>, std::string> run(const Json& all) {
    if (!all.is_object() || !all.contains("facts") || !all["facts"].is_array() || all.size() != 1)
      return std::unexpected(R"(expected {"facts": [...]})");
    for (const Json& one : all["facts"]) {
      if (std::string fault = add(one); !fault.empty())
        return std::unexpected("facts[" + std::to_string(out_.size()) + "]: " + fault);
    }
    return std::move(out_);
  }

 private:
  // What is wrong; empty: nothing.
  std::string add(const Json& one) {
    if (std::string fault = shape_fault(one); !fault.empty()) return fault;
    TrafficFact fact;
    fact.id = one["id"];
    fact.by = one.value("by", "");
    fact.model = one.value("model", models_.size() == 1 ? models_[0].id : "");
    if (fact.model.empty()) return "'model' is missing, and there are several";
    const std::string word = one["state"];
    const auto state = std::ranges::find(kStates, word, [](const auto& s) { return s.first; });
    if (state == std::end(kStates)) return "'state' is confirmed, verified, refuted or untested, not '" + word + "'";
    fact.state = state->second;
    if (one.contains("when")) {
      const auto when = moment_s(one["when"]);
      if (!when) return "'when' is a day or a moment such as 2026-11-20T10:15:00Z";
      fact.when_s = *when;
    }
    if (std::string fault = model_fault(fact); !fault.empty()) return fault;
    out_.push_back(std::move(fact));
    return "";
  }

  static std::string shape_fault(const Json& one) {
    if (!one.is_object()) return "expected an object";
    for (const auto& [key, value] : one.items()) {
      if (std::ranges::find(kKeys, key) == std::end(kKeys))
        return "unknown key '" + key + "': model, id, state, when and by are known";
      if (!value.is_string()) return "'" + key + "' must be a text";
    }
    for (const char* key : {"id", "state"}) {
      if (!one.contains(key)) return std::string("'") + key + "' is missing";
    }
    return "";
  }

  std::string model_fault(const TrafficFact& fact) {
    const auto model = std::ranges::find(models_, fact.model, &Model::id);
    if (model == models_.end()) return "no model '" + fact.model + "' is before the gate";
    const bool requirement =
        std::ranges::find(model->requirements, fact.id, &RequirementElement::id) != model->requirements.end();
    const bool assumption =
        std::ranges::find(model->assumptions, fact.id, &AssumptionElement::id) != model->assumptions.end();
    if (!requirement && !assumption) return "'" + fact.model + "' has no requirement or assumption '" + fact.id + "'";
    if (requirement && fact.state == FactState::kConfirmed) return "a requirement is verified, not confirmed";
    if (assumption && fact.state == FactState::kVerified) return "an assumption is confirmed, not verified";
    if (!seen_.insert({fact.model, fact.id}).second) return "'" + fact.id + "' stands twice";
    return "";
  }

  const std::span<const Model> models_;
  std::vector<TrafficFact> out_;
  std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace

std::expected<std::vector<TrafficFact>, std::string> parse_facts(const std::string& text,
                                                                 std::span<const Model> models) {
  if (text.size() > kMostFactBytes) return std::unexpected("it is larger than 4 MiB");
  const Json all = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (all.is_discarded()) return std::unexpected("it is not JSON");
  return FactsParser(models).run(all);
}

std::string facts_schema() {
  Json properties = {
      {"model", {{"type", "string"}, {"description", "the model's id; may be missing when there is one"}}},
      {"id", {{"type", "string"}, {"description", "a requirement or an assumption of the model"}}},
      {"state",
       {{"enum", Json::array()},
        {"description", "verified: a requirement is met; confirmed: an assumption held for its time"}}},
      {"when",
       {{"type", "string"},
        {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$"},
        {"description", "since when that is known, UTC"}}},
      {"by", {{"type", "string"}, {"description", "the flow that showed it"}}}};
  for (const auto& [word, state] : kStates) properties["state"]["enum"].push_back(word);
  const Json fact = {{"type", "object"},
                     {"properties", std::move(properties)},
                     {"required", {"id", "state"}},
                     {"additionalProperties", false}};
  const Json out = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                    {"title", "What traffic has shown of Glacis models"},
                    {"type", "object"},
                    {"properties", {{"facts", {{"type", "array"}, {"items", fact}}}}},
                    {"required", {"facts"}},
                    {"additionalProperties", false}};
  return out.dump(2) + "\n";
}

}  // namespace glacis::control
