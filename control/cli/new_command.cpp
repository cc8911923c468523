#include <filesystem>
#include <ostream>

#include "control/cli/command.h"
#include "control/cli/output_file.h"
#include "control/cli/terminal_text.h"
#include "control/templates/model_templates.h"
#include "control/threat_model/diagnostic.h"
#include "control/threat_model/names.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis new: " << what << "\n";
  return kExitUsage;
}

int no_template(const std::string& word, Console& console) {
  std::vector<std::string_view> names;
  std::string known;
  for (const ModelTemplate& one : model_templates()) {
    names.push_back(one.name);
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  if (word.empty()) return usage(console, "--template is one of " + known);
  const std::string best = closest(word, names);
  return usage(console, "no template '" + printable(word) + "'; " +
                            (best.empty() ? "there are " + known : "did you mean '" + best + "'?"));
}

}  // namespace

int run_new_command(const Options& options, Console& console) {
  if (!options.words.empty())
    return usage(console, "'" + printable(options.words[0]) + "' is too much: --template NAME, -o FILE");
  const ModelTemplate* from = model_template(options.get("--template"));
  if (from == nullptr) return no_template(options.get("--template"), console);
  const std::string id = options.get("--id"), path = options.get("-o");
  if (options.has("--id") && !is_id(id, kNoName))
    return usage(console, "--id '" + printable(id) + "' cannot be a name: letters, digits, - _ and ., at most 64");
  const std::string text = model_of(*from, id, options.get("--owner"));
  if (path.empty()) {
    console.out << text;
    return kExitGood;
  }
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    return usage(console, printable(path) + " is there already; it is not written over");
  if (!write_output(path, text, console)) return kExitUsage;
  console.out << "wrote " << printable(path) << "; next: glacis check " << printable(path) << "\n";
  return kExitGood;
}

}  // namespace glacis::control
