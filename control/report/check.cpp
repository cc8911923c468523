#include "control/report/check.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <tuple>

#include "control/analysis/invariant_check.h"
#include "control/analysis/static_check.h"
#include "control/report/junit.h"
#include "control/report/sarif.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/invariants.h"
#include "control/threat_model/parse.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/source_files.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

void add(std::vector<Diagnostic>& to, const std::vector<Diagnostic>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Of several models with its model; what is included is no one model's.
std::string name_of(const v1::NotEnforced& element, const v1::Policy& policy) {
  const auto model = std::ranges::find(policy.models(), element.model(), &v1::Model::id);
  const bool own = model != policy.models().end() && model->file() == element.line().file();
  return (own && policy.models_size() > 1 ? element.model() + "/" : "") + element.element();
}

// For programs what is not enforced is a note like any other.
void add_not_enforced(const v1::Policy& policy, std::vector<Diagnostic>& diagnostics) {
  for (const v1::NotEnforced& element : policy.not_enforced()) {
    diagnostics.push_back({"not-enforced",
                           "not enforced yet: " + name_of(element, policy),
                           "needs " + element.needs(),
                           {element.line().file(), element.line().line(), element.line().column()}});
  }
}

void print(const LoadedModels& loaded, const std::optional<v1::Policy>& policy, const CheckOptions& options,
           std::ostream& out) {
  if (options.format == Format::kText) {
    print_text(loaded.diagnostics, loaded.files, options.colour, out);
    return;
  }
  std::vector<Diagnostic> all = loaded.diagnostics;
  if (policy) add_not_enforced(*policy, all);
  if (options.format == Format::kJson) print_json(all, out);
  if (options.format == Format::kSarif) out << sarif(all);
  if (options.format == Format::kJunit) out << junit(all, loaded.files);
}

// The composed policy, or nothing with its faults among the diagnostics.
std::optional<v1::Policy> compose(LoadedModels& loaded, const std::string& tap, CompileFor purpose) {
  if (has_errors(loaded.diagnostics)) return std::nullopt;
  RuleIds ids;
  auto policy = compile(loaded.models, tap, ids, purpose);
  if (policy) return std::move(*policy);
  add(loaded.diagnostics, policy.error());
  return std::nullopt;
}

// The organisation's invariants, or nothing; what is wrong with the file is told.
std::optional<InvariantFile> load_invariants(const std::string& path, LoadedModels& loaded) {
  if (path.empty()) return std::nullopt;
  const std::vector<SourceFile> files = load_sources(path, loaded.diagnostics);
  if (files.empty()) return std::nullopt;
  InvariantsResult result = parse_invariants(files[0]);
  add(loaded.diagnostics, result.diagnostics);
  loaded.invariants = files[0].name;
  loaded.files.push_back(files[0]);
  return std::move(result.file);
}

// What several models include is theirs together: what is wrong with it is told once. Files of one name that say
// different things are not the same file.
void tell_shared_once(LoadedModels& loaded) {
  std::map<std::string, std::set<std::string>> texts;
  for (const SourceFile& file : loaded.files) texts[file.name].insert(file.text);
  for (SourceFile& file : loaded.files) {
    if (texts[file.name].size() > 1) file.text.clear();  // nobody knows whose line it is: none is shown
  }
  std::set<std::tuple<std::string, uint32_t, uint32_t, std::string, std::string, std::string>> told;
  std::erase_if(loaded.diagnostics, [&](const Diagnostic& d) {
    if (texts[d.at.file].size() > 1) return false;
    return !told.emplace(d.at.file, d.at.line, d.at.column, d.code, d.message, d.hint).second;
  });
}

// What static analysis finds in good models, with the caller's levels.
void analyse(LoadedModels& loaded, const std::optional<InvariantFile>& invariants, const CheckOptions& options) {
  for (const Model& model : loaded.models) add(loaded.diagnostics, static_check(Places(model), options.day_s));
  if (invariants) add(loaded.diagnostics, check_invariants(*invariants, loaded.models, options.day_s));
  for (Diagnostic& d : loaded.diagnostics) {
    const bool denied = std::ranges::any_of(options.deny, [&](const std::string& word) {
      return word == d.code || (word == "warnings" && d.level == Level::kWarning);
    });
    if (denied) d.level = Level::kError;
  }
}

void print_all_not_enforced(const v1::Policy& policy, std::ostream& out) {
  for (v1::NotEnforced element : policy.not_enforced()) {
    element.set_element(name_of(element, policy));
    print_not_enforced(element, out);
  }
}

void print_sum(const LoadedModels& loaded, const v1::Policy& policy, std::ostream& out) {
  const auto warnings = std::ranges::count(loaded.diagnostics, Level::kWarning, &Diagnostic::level);
  out << counted(loaded.models.size(), "model")
      << " good: " << counted(static_cast<size_t>(policy.rules_size()), "rule") << ", "
      << counted(static_cast<size_t>(warnings), "warning") << ", "
      << counted(static_cast<size_t>(policy.not_enforced_size()), "element") << " not enforced yet\n";
}

// Nothing: the models have faults, alone or together.
std::optional<v1::Policy> check(const std::vector<std::string>& paths, const CheckOptions& options,
                                LoadedModels& loaded) {
  loaded = load_models(paths);
  auto policy = compose(loaded, "", CompileFor::kCheck);
  const auto invariants = load_invariants(options.invariants, loaded);
  if (policy) analyse(loaded, invariants, options);
  tell_shared_once(loaded);
  return policy;
}

}  // namespace

bool LoadedModels::unreadable() const {
  return std::ranges::any_of(diagnostics, [](const Diagnostic& d) { return d.code == "unreadable"; });
}

LoadedModels load_models(const std::vector<std::string>& paths) {
  LoadedModels out;
  for (const std::string& path : paths) {
    const std::vector<SourceFile> files = load_sources(path, out.diagnostics);
    if (files.empty()) continue;
    ParseResult result = parse_model(files);
    add(out.diagnostics, result.diagnostics);
    if (result.model) out.models.push_back(std::move(*result.model));
    out.files.insert(out.files.end(), files.begin(), files.end());
  }
  return out;
}

LoadedModels check_models(const std::vector<std::string>& paths, const CheckOptions& options) {
  LoadedModels out;
  out.composed = check(paths, options, out).has_value();
  return out;
}

void print_not_enforced(const v1::NotEnforced& element, std::ostream& out) {
  out << "not enforced yet: " << element.element() << " (" << element.line().file() << ':' << element.line().line()
      << ")\n";
}

int run_check(const std::vector<std::string>& paths, const CheckOptions& options, std::ostream& out) {
  LoadedModels loaded;
  const auto policy = check(paths, options, loaded);
  print(loaded, policy, options, out);
  if (policy && options.format == Format::kText) {
    print_all_not_enforced(*policy, out);
    if (!has_errors(loaded.diagnostics)) print_sum(loaded, *policy, out);
  }
  return loaded.unreadable() ? 2 : has_errors(loaded.diagnostics) ? 1 : 0;
}

int run_compile(const std::vector<std::string>& paths, const CompileOptions& options, std::ostream& out) {
  LoadedModels loaded = load_models(paths);
  const auto policy = compose(loaded, options.tap, CompileFor::kSensor);
  print(loaded, policy, options.check, out);
  if (!policy) return loaded.unreadable() ? 2 : 1;
  const std::string bytes = serialise(*policy);
  if (!options.output.empty()) {
    std::ofstream file(options.output, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) {
      out << "cannot write " << options.output << ": is its folder there and writable?\n";
      return 2;
    }
  }
  if (options.check.format == Format::kText) {
    print_all_not_enforced(*policy, out);
    out << "policy " << hex(digest_of(bytes)) << ", " << bytes.size() << " bytes, " << policy->rules_size()
        << " rules, features:";
    for (const std::string& feature : policy->features()) out << ' ' << feature;
    out << '\n';
  }
  return 0;
}

}  // namespace glacis::control
