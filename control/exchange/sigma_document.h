#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace glacis::control {

// Documents of Sigma 2.1 (github.com/SigmaHQ/sigma-specification) as plain data. Field names, selections, types and
// conditions are the exporter's own; every other text is hostile and quoted when written.

// "source.ip|cidr" and its values: one of them.
struct SigmaField {
  std::string name;
  std::vector<std::string> values;
  bool numbers = false;
};
// All of its fields.
using SigmaMap = std::vector<SigmaField>;

struct SigmaDetection {
  std::vector<std::pair<std::string, std::vector<SigmaMap>>> selections;  // one of the maps
  std::string condition;
};

struct SigmaHead {
  std::string name;  // stable; the id is its UUID
  std::string title, description, author;
  std::string level;  // "informational" to "critical"
  std::vector<std::string> tags;
};

struct SigmaRule {
  SigmaHead head;
  std::string category, service;  // an empty service is left out
  SigmaDetection detection;
};

struct SigmaAlias {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;  // rule, field
};

struct SigmaCorrelation {
  SigmaHead head;
  std::string type;  // "temporal_ordered", "event_count", ...
  std::vector<std::string> rules, group_by;
  std::vector<SigmaAlias> aliases;
  int64_t timespan_s = 0;
  std::optional<uint64_t> above;  // condition gt
  std::string counted;            // condition field
};

// One YAML document each, begun with "---".
[[nodiscard]] std::string sigma_text(const SigmaRule& rule);
[[nodiscard]] std::string sigma_text(const SigmaCorrelation& correlation);

}  // namespace glacis::control
