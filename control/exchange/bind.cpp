#include "control/exchange/bind.h"

#include <algorithm>
#include <map>

#include "control/exchange/mapping.h"
#include "control/exchange/tree.h"
#include "control/exchange/yaml_text.h"
#include "control/threat_model/value.h"
#include "control/threat_model/value_check.h"

namespace glacis::control {
namespace {

Diagnostic fault(std::string message, std::string hint, const Position& at) {
  return foreign_fault("bind", std::move(message), std::move(hint), at);
}

// One field from `at` on, quoted or not; `at` then stands at the comma or the line's end.
std::string field(std::string_view line, size_t& at) {
  std::string out;
  bool quoted = false;
  for (; at < line.size() && (quoted || line[at] != ','); ++at) {
    if (line[at] != '"') {
      out += line[at];
    } else if (quoted && at + 1 < line.size() && line[at + 1] == '"') {
      out += line[at++];
    } else {
      quoted = !quoted;
    }
  }
  return draft_line(out, kMostForeignText);
}

// Where a line of the text begins, each once: models have many elements.
std::vector<size_t> line_starts(const std::string& text) {
  std::vector<size_t> out = {0};
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) out.push_back(at + 1);
  return out;
}

class Binder {
 public:
  Binder(const SourceFile& model, std::vector<Diagnostic>& faults)
      : model_(model), faults_(faults), tree_(read_yaml(model, faults)), lines_(line_starts(model.text)) {
    for (const char* section : {"zones", "assets"}) {
      for (const auto& [name, value] : entries_at(tree_, section)) elements_.emplace(name.text, &value);
    }
  }

  std::string run(const std::vector<Binding>& bindings) {
    if (has_errors(faults_)) return model_.text;
    std::map<const YamlTree*, std::vector<std::string>> added;
    for (const Binding& binding : bindings) {
      if (const YamlTree* const element = element_of(binding)) add(binding, added[element]);
    }
    std::map<size_t, std::string> insertions;
    for (const auto& [element, addresses] : added) insert(*element, addresses, insertions);
    std::string out = model_.text;
    for (auto each = insertions.rbegin(); each != insertions.rend(); ++each) out.insert(each->first, each->second);
    return out;
  }

 private:
  const YamlTree* element_of(const Binding& binding) {
    auto found = elements_.find(binding.name);
    if (found == elements_.end()) found = elements_.find(slug(binding.name));
    if (found != elements_.end()) return found->second;
    std::vector<std::string_view> names;
    for (const auto& [name, element] : elements_) names.push_back(name);
    faults_.push_back(fault("'" + draft_line(binding.name, 64) + "' is no zone or asset of this file",
                            names.size() > kMostNames ? "" : did_you_mean(binding.name, names), binding.at));
    return nullptr;
  }

  void add(const Binding& binding, std::vector<std::string>& addresses) {
    const auto prefix = address_prefix(binding.address);
    if (binding.address != "any" && (!prefix || !is_canonical(*prefix))) {
      faults_.push_back(fault("'" + draft_line(binding.address, 64) + "' is not an address or prefix",
                              "10.1.0.0/16 or fd00:1::/48, no bits set beyond its length", binding.at));
    } else if (std::ranges::find(addresses, binding.address) == addresses.end()) {
      addresses.push_back(binding.address);
    }
  }

  void insert(const YamlTree& element, const std::vector<std::string>& addresses, std::map<size_t, std::string>& out) {
    if (addresses.empty() || element.find("addr") != nullptr) return;
    const std::string addr = "addr: " + yaml_list(addresses);
    const size_t at = offset(element.at);
    const bool flow = at < model_.text.size() && model_.text[at] == '{';
    const bool block = !flow && !element.entries.empty() && offset(element.entries[0].first.at) == at;
    if (flow) {
      out[at + 1] += element.entries.empty() ? addr : addr + ", ";
    } else if (block) {
      const size_t line = lines_[element.at.line - 1];
      out[at] += addr + "\n" + std::string(at - line, ' ');
    }
    // What has an anchor begins with it, and so does its alias: a change would be of both.
    if (!flow && !block)
      faults_.push_back(
          fault("its keys stand elsewhere in the file, or are none", "write them out, and bind again", element.at));
  }

  [[nodiscard]] size_t offset(const Position& at) const {
    if (at.line == 0 || at.line > lines_.size()) return model_.text.size();
    return std::min(lines_[at.line - 1] + at.column - 1, model_.text.size());
  }

  static constexpr size_t kMostNames = 1000;  // of more no suggestion is made

  const SourceFile& model_;
  std::vector<Diagnostic>& faults_;
  const YamlTree tree_;
  const std::vector<size_t> lines_;
  std::map<std::string, const YamlTree*> elements_;
};

}  // namespace

std::vector<Binding> read_bindings(const SourceFile& csv, std::vector<Diagnostic>& faults) {
  std::vector<Binding> out;
  uint32_t number = 0;
  for (size_t at = 0; at < csv.text.size();) {
    const size_t end = std::min(csv.text.find('\n', at), csv.text.size());
    std::string_view line = std::string_view(csv.text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    size_t next = 0;
    const std::string name = field(line, next);
    const std::string address = next < line.size() ? field(line, ++next) : "";
    if (number == 1 && name == "name" && address == "address") continue;
    if (name.empty() || address.empty()) {
      faults.push_back(fault("a line is a name and an address", "db,10.4.0.5", {csv.name, number, 1}));
    } else {
      out.push_back({name, address, {csv.name, number, 1}});
    }
  }
  return out;
}

std::string bind_addresses(const SourceFile& model, const std::vector<Binding>& bindings,
                           std::vector<Diagnostic>& faults) {
  return Binder(model, faults).run(bindings);
}

std::vector<std::string> unbound(const Model& model) {
  std::vector<std::string> out;
  for (const ZoneElement& zone : model.zones) {
    if (!zone.any && zone.prefixes.empty()) out.push_back("zones/" + zone.id);
  }
  for (const AssetElement& asset : model.assets) {
    if (asset.prefixes.empty() && asset.names.empty()) out.push_back("assets/" + asset.id);
  }
  return out;
}

}  // namespace glacis::control
