#pragma once

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "sensor/config/size.h"

namespace glacis::sensor {

// Reads mappings key by key, keeps where each setting stands and collects faults with their place, the path of
// a setting being "workers.count" or "ports[2].queues". Thread: one.
class YamlReader {
 public:
  using Action = std::function<void(const YAML::Node&)>;
  struct Key {
    std::string name;
    Action action;
  };

  explicit YamlReader(std::string file) : file_(std::move(file)) {}

  // Each key's action reads its value; an unknown key is a fault with a suggestion.
  void mapping(const YAML::Node& node, const std::string& what, const std::vector<Key>& keys);
  void list(const YAML::Node& node, const std::string& what, const Action& item);
  void text(const YAML::Node& node, std::string& out);
  void flag(const YAML::Node& node, bool& out);
  // "256MiB"; KiB, MiB, GiB.
  void bytes(const YAML::Node& node, uint64_t& out);
  void size(const YAML::Node& node, const SizeChoice& choice, uint64_t& out);
  template <class T>
  void number(const YAML::Node& node, T& out) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      fault(node, "expected a whole number, not '" + text + "'");
    }
  }
  void fault(const YAML::Node& node, std::string what, std::string hint = {});

  [[nodiscard]] std::vector<Error>& faults() { return faults_; }
  // "sensor.yaml:3:5: workers.count", or as near to it as the file goes.
  [[nodiscard]] std::string place(const std::string& setting) const;
  // Whether the setting, something in it or what it stands in could not be read: what else is wrong with
  // it may only follow from that.
  [[nodiscard]] bool misread(const std::string& setting) const;

 private:
  void within(const std::string& step, const YAML::Node& node, const Action& action);
  [[nodiscard]] std::string mark(const YAML::Node& node) const;

  const std::string file_;
  std::vector<Error> faults_;
  std::string path_;                           // of what is being read
  std::map<std::string, std::string> places_;  // by path
  std::vector<std::string> misread_;           // paths
};

}  // namespace glacis::sensor
