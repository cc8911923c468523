#include <algorithm>
#include <ostream>

#include "control/analysis/graph.h"
#include "control/cli/command.h"
#include "control/cli/load_model.h"
#include "control/report/diagram.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis diagram: " << what << "\n";
  return kExitUsage;
}

using Writer = std::string (*)(const Graph& graph);

// Null: no such format.
Writer writer_of(const std::string& format) {
  if (format == "mermaid") return mermaid;
  if (format == "dot") return dot;
  return format == "svg" ? svg : nullptr;
}

int print_case(const Places& places, const std::string& id, Writer write, Console& console) {
  const std::vector<AbuseElement>& cases = places.model().abuse;
  const auto abuse = std::ranges::find(cases, id, &AbuseElement::id);
  if (abuse == cases.end()) {
    std::vector<std::string_view> ids;
    for (const AbuseElement& each : cases) ids.push_back(each.id);
    const std::string best = closest(id, ids);
    return usage(console,
                 "the model has no case '" + id + "'" + (best.empty() ? "" : ", did you mean '" + best + "'?"));
  }
  TapSight taps(places);
  const CaseCoverage coverage = cover_case(*abuse, places, taps, Needs(places.model()));
  console.out << write(attack_tree(coverage, places));
  return kExitGood;
}

}  // namespace

int run_diagram_command(const Options& options, Console& console) {
  const std::string format = options.get("--format", "mermaid");
  const Writer write = writer_of(format);
  if (write == nullptr) return usage(console, "--format is mermaid, dot or svg, not '" + format + "'");
  if (options.words.size() != 1) return usage(console, "name one model, such as: glacis diagram web-shop.yaml");
  int code = kExitGood;
  const auto model = load_model(options.words[0], console, code);
  if (!model) return code;
  const Places places(*model);
  if (options.has("--case")) return print_case(places, options.get("--case"), write, console);
  console.out << write(data_flow(places));
  return kExitGood;
}

}  // namespace glacis::control
