#include <algorithm>
#include <optional>
#include <ostream>

#include "control/analysis/coverage.h"
#include "control/cli/command.h"
#include "control/cli/document_text.h"
#include "control/cli/load_model.h"
#include "control/report/coverage_report.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis coverage: " << what << "\n";
  return kExitUsage;
}

// What is wrong with the words; empty: nothing.
std::string fault_of(const std::string& format, const Options& options) {
  constexpr std::string_view kFormats[] = {"text", "markdown", "html", "json", "navigator"};
  if (std::ranges::find(kFormats, format) == std::end(kFormats))
    return "--format is text, markdown, html, json or navigator, not '" + format + "'";
  if (!options.has("--layer")) return "";
  if (format != "navigator") return "--layer goes with --format navigator";
  const std::string layer = options.get("--layer");
  return layer == "threat" || layer == "coverage" ? "" : "--layer is threat or coverage, not '" + layer + "'";
}

void print(std::span<const Coverage> models, const std::string& format, const Options& options, Console& console) {
  const auto which = options.get("--layer", "coverage") == "threat" ? Techniques::kThreat : Techniques::kCovered;
  if (format == "text") print_document(coverage_document(models), console.colour, console.out);
  if (format == "markdown") console.out << markdown(coverage_document(models));
  if (format == "html") console.out << html(coverage_document(models));
  if (format == "json") console.out << coverage_json(models);
  if (format == "navigator") console.out << navigator_layer(models, which);
}

}  // namespace

int run_coverage_command(const Options& options, Console& console) {
  const std::string format = options.get("--format", options.has("--json") ? "json" : "text");
  const std::string fault = fault_of(format, options);
  if (!fault.empty()) return usage(console, fault);
  if (options.words.empty()) return usage(console, "name a model, such as: glacis coverage web-shop.yaml");
  int code = kExitGood;
  const auto models = load_together(options.words, console, code);
  if (!models) return code;
  std::vector<Coverage> coverage;
  for (const Model& model : *models) coverage.push_back(cover(Places(model)));
  print(coverage, format, options, console);
  return kExitGood;
}

}  // namespace glacis::control
