#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

struct YamlEntry;

// YAML as read: every node with its place. Aliases and merge keys are expanded within a bound;
// duplicate keys, more than one document and files that do not parse are faults. The only home of the YAML library in
// this folder.
struct YamlTree {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string text;                // kScalar
  std::vector<YamlTree> items;     // kList
  std::vector<YamlEntry> entries;  // kMap, as written
  Position at;

  [[nodiscard]] const YamlTree* find(std::string_view key) const;
  // On one line: "{id: go, flow: db}".
  [[nodiscard]] std::string written() const;
};

struct YamlEntry {
  YamlTree first, second;  // key and value
};

inline constexpr size_t kMaxModelBytes = 4u << 20;

[[nodiscard]] YamlTree read_yaml(const SourceFile& file, std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
