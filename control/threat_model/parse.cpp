#include "control/threat_model/parse.h"

#include <openssl/sha.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/pattern_check.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {
namespace {

struct Source {
  const SourceFile* file;
  YamlTree tree;
};

std::string digest_of(const std::vector<Source>& sources) {
  std::string all;
  for (const Source& source : sources) all += source.file->text;
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

// The model's trees: the first file, then what it includes, each once, in order of inclusion.
std::vector<Source> read_all(const std::vector<SourceFile>& files, std::vector<Diagnostic>& diagnostics) {
  std::vector<Source> sources;
  sources.push_back({&files[0], read_yaml(files[0], diagnostics)});
  std::set<std::string> included = {files[0].name};
  for (size_t i = 0; i < sources.size(); ++i) {
    const YamlTree* include = sources[i].tree.find("include");
    if (include == nullptr) continue;
    std::vector<YamlTree> names = include->items;
    if (include->kind == YamlTree::Kind::kScalar) names.push_back(*include);
    for (const YamlTree& name : names) {
      if (!included.insert(name.text).second) continue;
      const auto file =
          std::find_if(files.begin(), files.end(), [&](const SourceFile& f) { return f.name == name.text; });
      if (file == files.end()) {
        diagnostics.push_back({"no-include", "'" + name.text + "' is not among the given files",
                               "paths are relative to the model, and stay in its folder", name.at});
      } else {
        sources.push_back({&*file, read_yaml(*file, diagnostics)});
      }
    }
  }
  return sources;
}

void parse_sources(const std::vector<Source>& sources, Model& model, std::vector<Diagnostic>& diagnostics) {
  for (size_t i = 1; i < sources.size(); ++i) model.includes.push_back(sources[i].file->name);
  ModelParser parser(model, diagnostics);
  for (size_t i = sources.size(); i > 0; --i)
    parser.parse_landscape(sources[i - 1].tree);  // what is included comes first
  for (size_t i = sources.size(); i > 0; --i) parser.parse_elements(sources[i - 1].tree);
  parser.parse_header(sources[0].tree);
  for (size_t i = 1; i < sources.size(); ++i) {
    const YamlTree* header = sources[i].tree.find("model");
    if (header == nullptr) continue;
    diagnostics.push_back({"two-models", "an included file is not a model of its own",
                           "'model' belongs into " + sources[0].file->name, header->at});
  }
  parser.finish();
  check_patterns(model, diagnostics);
}

}  // namespace

void tidy(std::vector<Diagnostic>& diagnostics) {
  const auto place = [](const Diagnostic& d) { return std::tie(d.at.file, d.at.line, d.at.column); };
  const auto all = [](const Diagnostic& d) { return std::tie(d.at.file, d.at.line, d.at.column, d.code, d.message); };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  std::set<std::tuple<std::string, uint32_t, uint32_t, std::string, std::string>> seen;
  std::erase_if(diagnostics, [&](const Diagnostic& d) { return !seen.insert(all(d)).second; });
  if (diagnostics.size() <= kMostDiagnostics) return;
  const size_t more = diagnostics.size() - kMostDiagnostics;
  const bool bad = has_errors(diagnostics);
  diagnostics.erase(diagnostics.begin() + kMostDiagnostics, diagnostics.end());
  diagnostics.push_back({bad ? Level::kError : Level::kNote,
                         "too-many",
                         "and " + std::to_string(more) + " more",
                         "mend these first",
                         {diagnostics.back().at.file, 0, 0}});
}

ParseResult parse_model(const std::vector<SourceFile>& files) {
  ParseResult out;
  if (files.empty()) return out;
  const std::vector<Source> sources = read_all(files, out.diagnostics);
  Model model;
  model.file = files[0].name;
  model.digest = digest_of(sources);
  if (!has_errors(out.diagnostics)) parse_sources(sources, model, out.diagnostics);
  tidy(out.diagnostics);
  if (!has_errors(out.diagnostics)) out.model = std::move(model);
  return out;
}

}  // namespace glacis::control
