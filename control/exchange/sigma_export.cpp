#include "control/exchange/sigma_export.h"

#include <algorithm>
#include <map>
#include <set>

#include "control/exchange/one_line.h"
#include "control/exchange/path_alternatives.h"
#include "control/exchange/sigma_filter.h"
#include "control/exchange/sigma_step.h"
#include "control/exchange/without_rule.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

constexpr int64_t kNanosInSecond = 1'000'000'000;
constexpr int64_t kDay_s = 86'400;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string level_of(const v1::Rule& rule) {
  return rule.severity() == v1::SEVERITY_INFO ? "informational" : severity_word(rule);
}

// A rule that can stand in a correlation: its name, and its fields by variable.
struct Told {
  std::string name;
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<ExportFile> files;
};

std::string field_of(const Told& told, const std::string& variable) {
  const auto found = std::ranges::find(told.variables, variable, [](const auto& v) { return v.first; });
  return found == told.variables.end() ? "" : found->second;
}

class SigmaExporter {
 public:
  explicit SigmaExporter(const ExportModels& models) : models_(models), filters_(models, out_.losses) {}

  Exported run() {
    for (const Model& model : models_.models()) {
      for (const NeverElement& never : model.nevers) this->never(model, never);
      for (const AbuseElement& abuse : model.abuse) this->abuse(model, abuse);
      for (const DataElement& data : model.data) {
        if (!data.pattern.empty())
          out_.losses.add(model.id, "data/" + data.id, data.at, "payload is in no log: no rule");
      }
      note_without_rule(model, out_.losses);
    }
    return std::move(out_);
  }

 private:
  // The head of a document about a rule of the policy.
  static SigmaHead head(const v1::Rule& rule, const std::string& name, std::string title) {
    SigmaHead out{
        name,         std::move(title), rule.sentence() + " (model " + rule.model() + ", " + line_text(rule) + ")",
        rule.owner(), level_of(rule),   {}};
    for (const std::string& technique : rule.attack()) out.tags.push_back("attack." + lower(technique));
    for (const std::string& kind : rule.stride()) out.tags.push_back("stride." + kind);
    return out;
  }

  template <class Document>
  static ExportFile file_of(const Document& document) {
    return {replaced(document.head.name, "/#+:", '-') + ".yml", sigma_text(document)};
  }

  // Once: ways share steps and pairs.
  void write(ExportFile file) {
    if (written_.insert(file.name).second) out_.files.push_back(std::move(file));
  }

  void never(const Model& model, const NeverElement& never) {
    const std::string element = "never/" + never.id;
    const v1::Rule& rule = models_.rule(model, element);
    const auto no = [&](const std::string& why) { out_.losses.add(model.id, element, never.at, "no rule: " + why); };
    if (!never.carries.empty()) return no("payload is in no log");
    if (!never.as.empty()) return no("who uses a flow is in no connection log");
    const FilterLess filter = filters_.of(model, never);
    if (!has_ends(filter.filter)) return no("an end has no address");
    const auto detection = sigma_detection(filter, {});
    if (!detection) return no("an exception covers every flow of it");
    const SigmaHead told = head(rule, model.id + "/" + element, rule.sentence());
    write(file_of(SigmaRule{told, "network", "connection", *detection}));
  }

  void abuse(const Model& model, const AbuseElement& abuse) {
    const auto ways = alternatives_of(model, abuse, out_.losses);
    if (ways.empty())
      out_.losses.add(model.id, "abuse/" + abuse.id, abuse.at,
                      "no rule: it has no path, or nothing in it must be seen");
    std::map<const StepElement*, StepTraffic> traffic;
    for (const CaseStep& step : steps_of(abuse, models_.places(model))) traffic.emplace(step.step, step.traffic);
    Case in{model, abuse, models_.rule(model, "abuse/" + abuse.id), std::move(traffic), {}};
    for (const PathAlternative& way : ways) this->way(in, way, ways.size() == 1);
  }

  struct Case {
    const Model& model;
    const AbuseElement& abuse;
    const v1::Rule& rule;
    std::map<const StepElement*, StepTraffic> traffic;
    std::map<const StepElement*, std::optional<Told>> told;  // nothing: no log says it
    [[nodiscard]] std::string name() const { return model.id + "/abuse/" + abuse.id; }
  };

  void way(Case& in, const PathAlternative& way, bool only) {
    std::vector<Told> steps;
    for (const StepElement* step : way.steps) {
      const std::optional<Told>& told = this->step(in, *step, way.steps.size() == 1);
      if (!told) return;
      steps.push_back(*told);
    }
    for (const Told& step : steps) {
      for (const ExportFile& file : step.files) write(file);
    }
    if (steps.size() == 1) return;
    std::vector<std::string> ids;
    for (const StepElement* step : way.steps) ids.push_back(step->id);
    const std::string name = only ? in.name() : in.name() + "#" + joined(ids, "+");
    const std::vector<std::string> common = shared(steps);
    if (joins_all(steps, common)) return correlate(in, way, steps, name, in.rule.sentence());
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      out_.losses.add(in.model.id, "abuse/" + in.abuse.id, in.abuse.at,
                      "a pivot does not fit one correlation: " + ids[i] + " and " + ids[i + 1] + " alert as a pair");
      correlate(in, way, {steps[i], steps[i + 1]}, in.name() + "#" + ids[i] + "+" + ids[i + 1],
                in.rule.sentence() + ": " + ids[i] + ", then " + ids[i + 1]);
    }
  }

  // Variables of two steps or more, in the order of the steps.
  static std::vector<std::string> shared(const std::vector<Told>& steps) {
    std::vector<std::string> out;
    for (const Told& step : steps) {
      for (const auto& [variable, field] : step.variables) {
        const auto uses = std::ranges::count_if(steps, [&](const Told& s) { return !field_of(s, variable).empty(); });
        if (uses > 1 && std::ranges::find(out, variable) == out.end()) out.push_back(variable);
      }
    }
    return out;
  }

  static bool joins_all(const std::vector<Told>& steps, const std::vector<std::string>& variables) {
    return std::ranges::all_of(variables, [&](const std::string& variable) {
      return std::ranges::none_of(steps, [&](const Told& s) { return field_of(s, variable).empty(); });
    });
  }

  void correlate(Case& in, const PathAlternative& way, const std::vector<Told>& steps, const std::string& name,
                 const std::string& title) {
    SigmaCorrelation out;
    out.head = head(in.rule, name, title);
    out.type = way.ordered ? "temporal_ordered" : "temporal";
    out.timespan_s = way.within_ns == 0 ? kDay_s : way.within_ns / kNanosInSecond;
    if (way.within_ns == 0)
      out_.losses.add(in.model.id, "abuse/" + in.abuse.id, in.abuse.at, "it has no window: a day is taken");
    for (const Told& step : steps) out.rules.push_back(step.name);
    for (const std::string& variable : shared(steps)) {
      out.group_by.push_back(variable);
      SigmaAlias alias{variable, {}};
      for (const Told& step : steps) alias.fields.emplace_back(step.name, field_of(step, variable));
      out.aliases.push_back(std::move(alias));
    }
    write(file_of(out));
  }

  // Nothing: no log says it. Alone in its way it is the alert.
  const std::optional<Told>& step(Case& in, const StepElement& step, bool alone) {
    const auto [known, fresh] = in.told.try_emplace(&step);
    if (!fresh) return known->second;
    const std::string element = "abuse/" + in.abuse.id + "." + step.id;
    auto said = sigma_step(in.model, element, step, in.traffic.at(&step), filters_, out_.losses);
    if (!said) return known->second;
    const std::string name = in.name() + "#" + step.id;
    const auto headed = [&](const std::string& own, bool alert) {
      SigmaHead out = head(in.rule, own, in.rule.sentence() + ": step " + step.id);
      for (const std::string& technique : step.attack) out.tags.push_back("attack." + lower(technique));
      if (!alert) out.level = "informational";
      return out;
    };
    said->rule.head = headed(name, alone && !said->aggregate);
    known->second = Told{name, sigma_variables(step), {file_of(said->rule)}};
    if (!said->aggregate) return known->second;
    said->aggregate->head = headed(name + ":over", alone);
    said->aggregate->rules = {name};
    known->second->files.push_back(file_of(*said->aggregate));
    known->second->name = name + ":over";
    return known->second;
  }

  const ExportModels& models_;
  Exported out_;
  Filters filters_;
  std::set<std::string> written_;  // names of files
};

}  // namespace

Exported export_sigma(const ExportModels& models) { return SigmaExporter(models).run(); }

}  // namespace glacis::control
