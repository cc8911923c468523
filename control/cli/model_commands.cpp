#include <algorithm>
#include <iterator>
#include <optional>
#include <ostream>
#include <utility>

#include "control/cli/command.h"
#include "control/cli/day.h"
#include "control/report/check.h"
#include "control/report/facts_file.h"
#include "control/threat_model/schema.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis: " << what << "\n";
  return kExitUsage;
}

std::optional<Format> format_of(const std::string& word) {
  constexpr std::pair<std::string_view, Format> kFormats[] = {
      {"text", Format::kText}, {"json", Format::kJson}, {"sarif", Format::kSarif}, {"junit", Format::kJunit}};
  const auto found = std::ranges::find(kFormats, word, [](const auto& f) { return f.first; });
  return found == std::end(kFormats) ? std::nullopt : std::optional(found->second);
}

bool is_code(const std::string& word) {
  return word == "warnings" || std::ranges::find(kCheckRules, word, &CheckRule::code) != std::end(kCheckRules);
}

int no_model(Console& console) {
  console.err << "glacis: name a model file, such as configs/models/web-shop.yaml\n";
  return kExitUsage;
}

}  // namespace

int run_check_command(const Options& options, Console& console) {
  if (options.words.empty()) return no_model(console);
  CheckOptions check{Format::kText, console.colour, 0, options.all("--deny"), options.get("--invariants")};
  if (options.has("--json")) check.format = Format::kJson;
  if (options.has("--format")) {
    const auto format = format_of(options.get("--format"));
    if (!format) return usage(console, "--format is text, json, sarif or junit, not '" + options.get("--format") + "'");
    check.format = *format;
  }
  const auto day = day_of(options);
  if (!day) return usage(console, day.error());
  check.day_s = *day;
  if (options.has("--invariants") && check.invariants.empty()) return usage(console, "--invariants names a file");
  for (const std::string& code : check.deny) {
    if (!is_code(code)) return usage(console, "--deny: no rule is called '" + code + "'; 'warnings' means all of them");
  }
  return run_check(options.words, check, console.out);
}

int run_compile_command(const Options& options, Console& console) {
  if (options.words.empty()) return no_model(console);
  CheckOptions check{options.has("--json") ? Format::kJson : Format::kText, console.colour, 0, {}, {}};
  return run_compile(options.words, {options.get("--tap"), options.get("-o"), std::move(check)}, console.out);
}

int run_schema_command(const Options& options, Console& console) {
  if (options.has("--invariants") && options.has("--facts"))
    return usage(console, "schema: --invariants or --facts, not both");
  console.out << (options.has("--invariants") ? invariant_schema()
                  : options.has("--facts")    ? facts_schema()
                                              : model_schema());
  return kExitGood;
}

int run_reference_command(const Options&, Console& console) {
  console.out << model_reference();
  return kExitGood;
}

}  // namespace glacis::control
