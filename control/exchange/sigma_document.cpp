#include "control/exchange/sigma_document.h"

#include <algorithm>
#include <set>

#include "control/exchange/one_line.h"
#include "control/exchange/uuid.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

constexpr size_t kMostTitleBytes = 256;  // the specification's, in characters

// A double-quoted scalar of YAML 1.2 (7.3.1).
std::string quoted(std::string_view text) { return '"' + with_backslashes(one_line(text), "\"\\") + '"'; }

std::string list(const std::vector<std::string>& values, bool numbers) {
  std::vector<std::string> out;
  for (const std::string& value : values) out.push_back(numbers ? value : quoted(value));
  return '[' + joined(out, ", ") + ']';
}

std::string line(std::string_view key, const std::string& value) { return std::string(key) + ": " + value + '\n'; }

std::string head_text(const SigmaHead& head) {
  std::string out = "---\n";
  out += line("title", quoted(utf8_start(one_line(head.title), kMostTitleBytes)));
  out += line("id", uuid_of(head.name));
  out += line("name", quoted(head.name));
  out += line("status", "experimental");
  out += line("description", quoted(head.description));
  out += line("author", quoted(head.author));
  return out;
}

std::string tail_text(const SigmaHead& head) {
  const std::set<std::string> tags(head.tags.begin(), head.tags.end());  // the specification wants each once
  std::string out = line("level", head.level);
  if (!tags.empty()) out += line("tags", list({tags.begin(), tags.end()}, false));
  return out;
}

std::string detection_text(const SigmaDetection& detection) {
  std::string out = "detection:\n";
  for (const auto& [name, maps] : detection.selections) {
    out += "  " + name + ":\n";
    for (const SigmaMap& map : maps) {
      std::string_view before = "    - ";
      for (const SigmaField& field : map) {
        out += std::string(before) + line(field.name, list(field.values, field.numbers));
        before = "      ";
      }
    }
  }
  return out + "  " + line("condition", detection.condition);
}

// "90s", "15m", "2h", "14d".
std::string timespan(int64_t seconds) {
  constexpr std::pair<int64_t, char> kUnits[] = {{86'400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  const auto unit = std::ranges::find_if(kUnits, [&](const auto& u) { return seconds % u.first == 0; });
  return std::to_string(seconds / unit->first) + unit->second;
}

}  // namespace

std::string sigma_text(const SigmaRule& rule) {
  std::string out = head_text(rule.head) + "logsource:\n  " + line("category", rule.category);
  if (!rule.service.empty()) out += "  " + line("service", rule.service);
  return out + detection_text(rule.detection) + tail_text(rule.head);
}

std::string sigma_text(const SigmaCorrelation& correlation) {
  std::string out = head_text(correlation.head) + "correlation:\n  " + line("type", correlation.type);
  out += "  " + line("rules", list(correlation.rules, false));
  out += "  " + line("group-by", list(correlation.group_by, false));
  if (!correlation.aliases.empty()) out += "  aliases:\n";
  for (const SigmaAlias& alias : correlation.aliases) {
    out += "    " + quoted(alias.name) + ":\n";
    for (const auto& [rule, field] : alias.fields) out += "      " + line(quoted(rule), field);
  }
  out += "  " + line("timespan", timespan(correlation.timespan_s));
  if (correlation.above) {
    out += "  condition:\n    " + line("gt", std::to_string(*correlation.above));
    if (!correlation.counted.empty()) out += "    " + line("field", correlation.counted);
  }
  return out + tail_text(correlation.head);
}

}  // namespace glacis::control
