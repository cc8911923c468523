#include "control/threat_model/parse.h"

#include <openssl/sha.h>

#include <algorithm>
#include <set>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/pattern_check.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {
namespace {

std::string digest_of_files(const std::vector<SourceFile>& files) {
  std::string all;
  for (const SourceFile& file : files) all += file.text;
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

// The model's trees: the first file, then what it includes, each once.
std::vector<YamlTree> read_all(const std::vector<SourceFile>& files, std::vector<Diagnostic>& diagnostics) {
  std::vector<YamlTree> trees;
  trees.push_back(read_yaml(files[0], diagnostics));
  std::set<std::string> included = {files[0].name};
  for (size_t i = 0; i < trees.size(); ++i) {
    const YamlTree* include = trees[i].find("include");
    if (include == nullptr) continue;
    std::vector<YamlTree> names = include->items;
    if (include->kind == YamlTree::Kind::kScalar) names.push_back(*include);
    for (const YamlTree& name : names) {
      if (!included.insert(name.text).second) continue;
      const auto file = std::find_if(files.begin(), files.end(), [&](const SourceFile& f) { return f.name == name.text; });
      if (file == files.end()) {
        diagnostics.push_back({Level::kError, "no-include", "'" + name.text + "' is not among the given files", "paths are relative to the model", name.at});
      } else {
        trees.push_back(read_yaml(*file, diagnostics));
      }
    }
  }
  return trees;
}

}  // namespace

ParseResult parse_model(const std::vector<SourceFile>& files) {
  ParseResult out;
  if (files.empty()) return out;
  const std::vector<YamlTree> trees = read_all(files, out.diagnostics);
  Model model;
  model.file = files[0].name;
  model.digest = digest_of_files(files);
  if (!has_errors(out.diagnostics)) {
    ModelParser parser(model, out.diagnostics);
    if (trees[0].find("model") == nullptr) {
      out.diagnostics.push_back({Level::kError, "missing-key", "'model' is missing", "model: {id: web-shop, owner: ada}", {files[0].name, 1, 1}});
    }
    for (size_t i = trees.size(); i > 0; --i) parser.parse(trees[i - 1]);  // what is included comes first
    parser.check_references();
    check_patterns(model, out.diagnostics);
  }
  std::stable_sort(out.diagnostics.begin(), out.diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.at.file, a.at.line, a.at.column) < std::tie(b.at.file, b.at.line, b.at.column);
  });
  if (!has_errors(out.diagnostics)) out.model = std::move(model);
  return out;
}

}  // namespace glacis::control
