#include "control/report/check.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <ostream>

#include "control/analysis/static_check.h"
#include "control/report/junit.h"
#include "control/report/sarif.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/parse.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/source_files.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

// For programs what is not enforced is a note like any other.
void add_not_enforced(const v1::Policy& policy, std::vector<Diagnostic>& diagnostics) {
  for (const v1::NotEnforced& element : policy.not_enforced()) {
    diagnostics.push_back({"not-enforced",
                           "not enforced yet: " + element.element(),
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
  loaded.diagnostics.insert(loaded.diagnostics.end(), policy.error().begin(), policy.error().end());
  return std::nullopt;
}

// What static analysis finds in good models, with the caller's levels.
void analyse(LoadedModels& loaded, const CheckOptions& options) {
  for (const Model& model : loaded.models) {
    std::vector<Diagnostic> found = static_check(Places(model), options.day_s);
    loaded.diagnostics.insert(loaded.diagnostics.end(), found.begin(), found.end());
  }
  for (Diagnostic& d : loaded.diagnostics) {
    const bool denied = std::ranges::any_of(options.deny, [&](const std::string& word) {
      return word == d.code || (word == "warnings" && d.level == Level::kWarning);
    });
    if (denied) d.level = Level::kError;
  }
}

void print_all_not_enforced(const v1::Policy& policy, std::ostream& out) {
  for (const v1::NotEnforced& element : policy.not_enforced()) print_not_enforced(element, out);
}

void print_sum(const LoadedModels& loaded, const v1::Policy& policy, std::ostream& out) {
  const auto warnings = std::ranges::count(loaded.diagnostics, Level::kWarning, &Diagnostic::level);
  out << counted(loaded.models.size(), "model")
      << " good: " << counted(static_cast<size_t>(policy.rules_size()), "rule") << ", "
      << counted(static_cast<size_t>(warnings), "warning") << ", "
      << counted(static_cast<size_t>(policy.not_enforced_size()), "element") << " not enforced yet\n";
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
    out.diagnostics.insert(out.diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
    if (result.model) out.models.push_back(std::move(*result.model));
    out.files.insert(out.files.end(), files.begin(), files.end());
  }
  return out;
}

void print_not_enforced(const v1::NotEnforced& element, std::ostream& out) {
  out << "not enforced yet: " << element.element() << " (" << element.line().file() << ':' << element.line().line()
      << ")\n";
}

int run_check(const std::vector<std::string>& paths, const CheckOptions& options, std::ostream& out) {
  LoadedModels loaded = load_models(paths);
  const auto policy = compose(loaded, "", CompileFor::kCheck);
  if (policy) analyse(loaded, options);
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
