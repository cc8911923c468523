#include "control/threat_model/source_files.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "control/threat_model/yaml_tree.h"

namespace glacis::control {

std::vector<SourceFile> load_sources(const std::string& path, std::vector<Diagnostic>& diagnostics) {
  const size_t slash = path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  std::vector<SourceFile> out;
  const auto read = [&](const std::string& file) {
    std::ifstream in(folder + file, std::ios::binary);
    std::error_code fault;
    if (!in || std::filesystem::is_directory(folder + file, fault)) {
      diagnostics.push_back({"unreadable", "cannot read " + folder + file, "is the path right?", {file, 0, 0}});
      return;
    }
    SourceFile source{file, ""};
    // One byte more than is allowed, so that the parser can say it is too large.
    source.text.resize(kMaxModelBytes + 1);
    in.read(source.text.data(), static_cast<std::streamsize>(source.text.size()));
    source.text.resize(static_cast<size_t>(in.gcount()));
    out.push_back(std::move(source));
  };
  read(name);
  constexpr size_t kMaxFiles = 64;
  for (size_t i = 0; i < out.size() && out.size() < kMaxFiles; ++i) {
    std::vector<Diagnostic> ignored;  // parse_model says what is wrong with the file itself
    const YamlTree tree = read_yaml(out[i], ignored);
    const YamlTree* include = tree.find("include");
    if (include == nullptr) continue;
    std::vector<std::string> names;
    if (include->kind == YamlTree::Kind::kScalar) names.push_back(include->text);
    for (const YamlTree& item : include->items) names.push_back(item.text);
    for (const std::string& wanted : names) {
      bool have = wanted.find("..") != std::string::npos || wanted.starts_with('/');
      for (const SourceFile& file : out) have |= file.name == wanted;
      if (!have) read(wanted);
    }
  }
  return out;
}

}  // namespace glacis::control
