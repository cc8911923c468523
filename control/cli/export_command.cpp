#include <algorithm>
#include <filesystem>
#include <ostream>

#include "control/cli/command.h"
#include "control/cli/output_file.h"
#include "control/cli/terminal_text.h"
#include "control/exchange/exporters.h"
#include "control/report/check.h"
#include "control/threat_model/compile.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis export: " << what << "\n";
  return kExitUsage;
}

const ExportTarget* target_of(const std::string& word, Console& console) {
  if (const ExportTarget* found = export_target(word)) return found;
  std::string known;
  for (const ExportTarget& target : export_targets()) known += (known.empty() ? "" : ", ") + std::string(target.name);
  console.err << "glacis export: --to is one of " << known << (word.empty() ? "" : ", not '" + printable(word) + "'")
              << "\n";
  return nullptr;
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return path.ends_with('/') || std::filesystem::is_directory(path, ignored);
}

bool write_folder(const std::string& folder, const std::vector<ExportFile>& files, Console& console) {
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);  // a fault shows at the first file
  return std::ranges::all_of(files, [&](const ExportFile& file) {
    return write_output((std::filesystem::path(folder) / file.name).string(), file.text, console);
  });
}

bool write_files(const std::string& path, const std::vector<ExportFile>& files, Console& console) {
  if (is_folder(path)) return write_folder(path, files, console);
  std::string text;
  for (const ExportFile& file : files) text += file.text;
  if (!path.empty()) return write_output(path, text, console);
  console.out << text;
  return true;
}

bool write_losses(const std::string& path, const std::vector<Loss>& losses, Console& console) {
  if (!path.empty()) return write_output(path, losses_json(losses), console);
  print_losses(losses, console.err);
  return true;
}

int run_export(LoadedModels& loaded, const ExportTarget& target, const Options& options, Console& console) {
  std::ranges::sort(loaded.models, {}, &Model::id);
  RuleIds ids;
  const auto policy = compile(loaded.models, "", ids, CompileFor::kCheck);
  if (!policy) {
    print_text(policy.error(), loaded.files, Colour::kOff, console.err);
    return kExitFindings;
  }
  const Exported exported = target.write(ExportModels(loaded.models, *policy));
  const std::string path = options.get("-o");
  if (!target.joins && exported.files.size() > 1 && !is_folder(path))
    return usage(console, std::string(target.name) + " is one file for each model: name a folder, -o FOLDER/");
  const bool written = write_files(path, exported.files, console) &&
                       write_losses(options.get("--losses"), exported.losses.list(), console);
  return written ? kExitGood : kExitUsage;
}

}  // namespace

int run_export_command(const Options& options, Console& console) {
  if (options.words.empty()) return usage(console, "name a model file, such as configs/models/web-shop.yaml");
  const ExportTarget* target = target_of(options.get("--to"), console);
  if (target == nullptr) return kExitUsage;
  LoadedModels loaded = load_models(options.words);
  if (!has_errors(loaded.diagnostics)) return run_export(loaded, *target, options, console);
  print_text(loaded.diagnostics, loaded.files, Colour::kOff, console.err);
  return loaded.unreadable() ? kExitUsage : kExitFindings;
}

}  // namespace glacis::control
