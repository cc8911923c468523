#include "control/threat_model/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

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
      diagnostics_.push_back(
          {"too-large", "nested deeper than 32 levels, or more than 500000 values or 16 MiB with aliases", "", out.at});
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
    std::vector<YAML::Node> merged;
    for (const auto& entry : node) {
      YamlTree key = copy(entry.first, depth + 1);
      if (stopped_) return;
      if (key.kind != YamlTree::Kind::kScalar) {
        diagnostics_.push_back({"bad-key", "a key must be plain text", "", key.at});
        continue;
      }
      if (key.text == "<<" && (entry.second.IsMap() || entry.second.IsSequence())) {
        merged.push_back(entry.second);
        continue;
      }
      if (!seen.insert(key.text).second) {
        diagnostics_.push_back({"duplicate-key", "'" + key.text + "' stands twice", "", key.at});
      }
      YamlTree value = copy(entry.second, depth + 1);
      if (value.at.line == 0) value.at = key.at;
      out.entries.emplace_back(std::move(key), std::move(value));
    }
    for (const YAML::Node& from : merged) merge(copy(from, depth + 1), seen, out);
  }

  // YAML 1.1 merge keys: what stands here wins, then what was merged first.
  void merge(YamlTree from, std::set<std::string>& seen, YamlTree& out) {
    for (YamlEntry& entry : from.entries) {
      if (seen.insert(entry.first.text).second) out.entries.push_back(std::move(entry));
    }
    for (YamlTree& item : from.items) {
      if (item.kind == YamlTree::Kind::kMap) {
        merge(std::move(item), seen, out);
      } else {
        diagnostics_.push_back({"bad-merge", "'<<' merges maps only", "<<: *name of a map", item.at});
      }
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

// Where documents begin; what is in them is passed over.
class DocumentStarts final : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Asked of the parser itself, twice at most: LoadAll never ends where a stray `}` or `,` begins one empty
// document after the other.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  DocumentStarts starts;
  if (!parser.HandleNextDocument(starts) || !parser.HandleNextDocument(starts) || starts.marks.size() < 2) return {};
  return starts.marks[1];
}

}  // namespace

const YamlTree* YamlTree::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

std::string YamlTree::written() const {
  if (kind == Kind::kScalar) return text;
  std::string out;
  for (const YamlTree& item : items) out += (out.empty() ? "" : ", ") + item.written();
  for (const auto& [key, value] : entries) out += (out.empty() ? "" : ", ") + key.text + ": " + value.written();
  return kind == Kind::kList ? "[" + out + "]" : "{" + out + "}";
}

YamlTree read_yaml(const SourceFile& file, std::vector<Diagnostic>& diagnostics) {
  if (file.text.size() > kMaxModelBytes) {
    diagnostics.push_back({"too-large", "larger than 4 MiB", "split it with include:", {file.name, 0, 0}});
    return {};
  }
  if (const size_t prefix = utf8_prefix(file.text); prefix < file.text.size()) {
    diagnostics.push_back(
        {"encoding", "not UTF-8 from here on", "save the file as UTF-8", end_of_prefix(file, prefix)});
    return {};
  }
  try {
    if (const auto second = second_document(file.text)) {
      const Position at{file.name, static_cast<uint32_t>(second->line + 1), static_cast<uint32_t>(second->column + 1)};
      diagnostics.push_back({"two-documents", "a second YAML document begins here",
                             "one model in a file; share parts with include:, or remove what is left over", at});
      return {};
    }
    YamlTree tree = Copier(file, diagnostics).copy(YAML::Load(file.text), 0);
    if (tree.at.line == 0) tree.at = {file.name, 1, 1};  // an empty file
    return tree;
  } catch (const YAML::Exception& e) {
    diagnostics.push_back(
        {"yaml",
         e.msg,
         "",
         {file.name, static_cast<uint32_t>(e.mark.line + 1), static_cast<uint32_t>(e.mark.column + 1)}});
    return {};
  }
}

}  // namespace glacis::control
