#include <algorithm>
#include <iterator>
#include <ostream>
#include <utility>

#include "control/cli/command.h"
#include "control/report/diff_report.h"

namespace glacis::control {

int run_diff_command(const Options& options, Console& console) {
  constexpr std::pair<std::string_view, DiffFormat> kFormats[] = {
      {"text", DiffFormat::kText}, {"markdown", DiffFormat::kMarkdown}, {"json", DiffFormat::kJson}};
  if (options.words.size() != 2) {
    console.err << "glacis diff: name the older and the newer model, such as web-shop.yaml web-shop-next.yaml\n";
    return kExitUsage;
  }
  const std::string word = options.get("--format", options.has("--json") ? "json" : "text");
  const auto format = std::ranges::find(kFormats, word, [](const auto& f) { return f.first; });
  if (format == std::end(kFormats)) {
    console.err << "glacis diff: --format is text, markdown or json, not '" << word << "'\n";
    return kExitUsage;
  }
  return run_diff(options.words[0], options.words[1], {format->second, console.colour, options.has("--exit-code")},
                  console.out, console.err);
}

}  // namespace glacis::control
