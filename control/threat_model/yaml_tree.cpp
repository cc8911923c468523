#include "control/threat_model/yaml_tree.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

constexpr int kMaxDepth = 32;
// With aliases expanded: bounds what a small file can grow to.
constexpr size_t kMaxNodes = 500'000, kMaxTextBytes = 4 * kMaxModelBytes;

class Copier {
 public:
  Copier(const SourceFile& file, std::vector<Diagnostic>& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  YamlTree copy(const YAML::Node& node, int depth) {
    YamlTree out;
    out.at = position(node.Mark());
    if (stopped_) return out;
    if (node.IsScalar()) text_bytes_ += node.Scalar().size();
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes || text_bytes_ > kMaxTextBytes) {
      stopped_ = true;
      diagnostics_.push_back({Level::kError, "too-large", "nested deeper than 32 levels, or more than 500000 values or 16 MiB with aliases", "", out.at});
      return out;
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        out.kind = YamlTree::Kind::kScalar;
        out.text = node.Scalar();
        break;
      case YAML::NodeType::Sequence:
        out.kind = YamlTree::Kind::kList;
        for (const auto& item : node) out.items.push_back(copy(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        out.kind = YamlTree::Kind::kMap;
        copy_map(node, depth, out);
        break;
      default:
        break;
    }
    return out;
  }

 private:
  Position position(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_.name, 0, 0};
    return {file_.name, static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
  }

  void copy_map(const YAML::Node& node, int depth, YamlTree& out) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      YamlTree key = copy(entry.first, depth + 1);
      if (key.kind != YamlTree::Kind::kScalar) {
        diagnostics_.push_back({Level::kError, "bad-key", "a key must be plain text", "", key.at});
        continue;
      }
      if (!seen.insert(key.text).second) {
        diagnostics_.push_back({Level::kError, "duplicate-key", "'" + key.text + "' stands twice", "", key.at});
      }
      YamlTree value = copy(entry.second, depth + 1);
      if (value.at.line == 0) value.at = key.at;
      out.entries.emplace_back(std::move(key), std::move(value));
    }
  }

  const SourceFile& file_;
  std::vector<Diagnostic>& diagnostics_;
  size_t nodes_ = 0, text_bytes_ = 0;
  bool stopped_ = false;
};

// Where the text stops being UTF-8, in lines and bytes.
Position end_of_prefix(const SourceFile& file, size_t prefix) {
  const std::string_view good = std::string_view(file.text).substr(0, prefix);
  const auto lines = static_cast<uint32_t>(std::count(good.begin(), good.end(), '\n'));
  const size_t line_start = good.rfind('\n') + 1;  // npos + 1 = 0
  return {file.name, lines + 1, static_cast<uint32_t>(prefix - line_start + 1)};
}

}  // namespace

const YamlTree* YamlTree::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

YamlTree read_yaml(const SourceFile& file, std::vector<Diagnostic>& diagnostics) {
  if (file.text.size() > kMaxModelBytes) {
    diagnostics.push_back({Level::kError, "too-large", "larger than 4 MiB", "split it with include:", {file.name, 0, 0}});
    return {};
  }
  if (const size_t prefix = utf8_prefix(file.text); prefix < file.text.size()) {
    diagnostics.push_back({Level::kError, "encoding", "not UTF-8 from here on", "save the file as UTF-8", end_of_prefix(file, prefix)});
    return {};
  }
  try {
    return Copier(file, diagnostics).copy(YAML::Load(file.text), 0);
  } catch (const YAML::Exception& e) {
    diagnostics.push_back({Level::kError, "yaml", e.msg, "",
                           {file.name, static_cast<uint32_t>(e.mark.line + 1), static_cast<uint32_t>(e.mark.column + 1)}});
    return {};
  }
}

}  // namespace glacis::control
