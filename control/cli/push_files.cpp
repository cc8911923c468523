#include "control/cli/push_files.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "control/threat_model/compile.h"
#include "control/threat_model/parse.h"
#include "control/threat_model/source_files.h"

namespace glacis::control {
namespace {

const SourceFile* find(const std::vector<SourceFile>& files, const std::string& name) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const SourceFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

void add(std::vector<SourceFile>& files, std::vector<SourceFile> more, const std::string& path,
         std::vector<Error>& faults) {
  for (SourceFile& file : more) {
    const SourceFile* const known = find(files, file.name);
    if (known == nullptr) {
      files.push_back(std::move(file));
    } else if (known->text != file.text) {
      faults.push_back({"another file '" + file.name + "' is part of this push", path,
                        "includes go under their base names; rename one"});
    }
  }
}

auto sort_key(const Diagnostic& d) { return std::tie(d.at.file, d.at.line, d.at.column, d.code, d.message); }

}  // namespace

ExpectedAll<PushFiles> read_push_files(const std::vector<std::string>& paths) {
  PushFiles out;
  std::vector<Error> faults;
  std::vector<Diagnostic> unreadable;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
      faults.push_back({"is a folder", path, "name the model's file"});
    } else {
      add(out.files, load_sources(path, unreadable), path, faults);
    }
  }
  for (const Diagnostic& d : unreadable) {
    if (find(out.files, d.at.file) != nullptr) continue;  // given as a path of its own
    faults.push_back({d.message, "", "if it lies elsewhere, name it after the model"});
  }
  for (const SourceFile& file : out.files) {
    if (file.name.find('/') == std::string::npos) continue;
    faults.push_back(
        {"is included from a subfolder", file.name, "a push knows base names only: put it beside the model"});
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  std::string all;
  for (const SourceFile& file : out.files) all += file.text;
  out.digest = digest_of(all);
  return out;
}

std::vector<Diagnostic> with_local_faults(std::vector<Diagnostic> received, const std::vector<SourceFile>& files) {
  std::vector<Diagnostic> local = parse_model(files).diagnostics;
  received.insert(received.end(), std::make_move_iterator(local.begin()), std::make_move_iterator(local.end()));
  std::stable_sort(received.begin(), received.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return sort_key(a) < sort_key(b); });
  const auto last = std::unique(received.begin(), received.end(),
                                [](const Diagnostic& a, const Diagnostic& b) { return sort_key(a) == sort_key(b); });
  received.erase(last, received.end());
  return received;
}

}  // namespace glacis::control
