#include "sensor/config/yaml_reader.h"

#include <algorithm>
#include <string_view>

#include "sensor/config/suggestion.h"

namespace glacis::sensor {
namespace {

std::string suggestion_of(const std::string& name, const std::vector<YamlReader::Key>& keys) {
  std::vector<std::string> known;
  std::string all = "known keys:";
  for (const YamlReader::Key& key : keys) {
    known.push_back(key.name);
    all += " " + key.name;
  }
  const std::string close = did_you_mean(name, known);
  return close.empty() ? all : close;
}

// "ports" or "ports[1]" for "ports[1].queues".
bool stands_in(std::string_view inner, std::string_view outer) {
  if (outer.empty() || !inner.starts_with(outer)) return false;
  return inner.size() == outer.size() || inner[outer.size()] == '.' || inner[outer.size()] == '[';
}

}  // namespace

void YamlReader::mapping(const YAML::Node& node, const std::string& what, const std::vector<Key>& keys) {
  if (!node.IsMap()) return fault(node, what + " must be a mapping");
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
    if (key == keys.end()) {
      fault(entry.first, "unknown key '" + name + "' in " + what, suggestion_of(name, keys));
    } else {
      within(path_.empty() ? name : "." + name, entry.second, key->action);
    }
  }
}

void YamlReader::list(const YAML::Node& node, const std::string& what, const Action& item) {
  if (!node.IsSequence()) return fault(node, what + " must be a list");
  size_t number = 0;
  for (const YAML::Node& entry : node) within("[" + std::to_string(number++) + "]", entry, item);
}

void YamlReader::within(const std::string& step, const YAML::Node& node, const Action& action) {
  const size_t length = path_.size();
  path_ += step;
  places_[path_] = mark(node);
  action(node);
  path_.resize(length);
}

void YamlReader::text(const YAML::Node& node, std::string& out) {
  if (node.IsScalar()) {
    out = node.Scalar();
  } else {
    fault(node, "expected a text");
  }
}

void YamlReader::flag(const YAML::Node& node, bool& out) {
  if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) {
    out = node.Scalar() == "true";
  } else {
    fault(node, "expected true or false");
  }
}

void YamlReader::bytes(const YAML::Node& node, uint64_t& out) {
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  const auto value = size_of(text);
  if (!value) return fault(node, "expected a size such as 256MiB, not '" + text + "'");
  out = *value;
}

void YamlReader::size(const YAML::Node& node, const SizeChoice& choice, uint64_t& out) {
  const auto value = size_or_word(node.IsScalar() ? node.Scalar() : "", choice);
  if (!value) return fault(node, value.error().what);
  out = *value;
}

void YamlReader::fault(const YAML::Node& node, std::string what, std::string hint) {
  faults_.push_back({std::move(what), mark(node), std::move(hint)});
  misread_.push_back(path_);
}

std::string YamlReader::mark(const YAML::Node& node) const {
  const YAML::Mark at = node.Mark();
  return file_ + ":" + std::to_string(at.line + 1) + ":" + std::to_string(at.column + 1);
}

std::string YamlReader::place(const std::string& setting) const {
  for (std::string path = setting; !path.empty(); path.resize(path.find_last_of(".["))) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second + ": " + setting;
    if (path.find_first_of(".[") == std::string::npos) break;
  }
  return file_ + ": " + setting;
}

bool YamlReader::misread(const std::string& setting) const {
  return std::any_of(misread_.begin(), misread_.end(),
                     [&](const std::string& path) { return stands_in(path, setting) || stands_in(setting, path); });
}

}  // namespace glacis::sensor
