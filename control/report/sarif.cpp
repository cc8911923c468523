#include "control/report/sarif.h"

#include <map>
#include <nlohmann/json.hpp>

#include "control/threat_model/compile.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

Json rules() {
  Json out = Json::array();
  for (const CheckRule& rule : kCheckRules) {
    out.push_back({{"id", rule.code},
                   {"shortDescription", {{"text", rule.says}}},
                   {"defaultConfiguration", {{"level", level_name(rule.level)}}}});
  }
  return out;
}

Json location(const Position& at) {
  Json out = {{"artifactLocation", {{"uri", at.file}}}};
  if (at.line != 0) out["region"] = {{"startLine", at.line}, {"startColumn", std::max<uint32_t>(at.column, 1)}};
  return {{"physicalLocation", std::move(out)}};
}

// What is said, where no line is in it; the n-th of its kind in the file.
std::string fingerprint(const Diagnostic& d, std::map<std::string, int>& seen) {
  const std::string said = d.at.file + "\n" + d.code + "\n" + d.message;
  return hex(digest_of(said + "\n" + std::to_string(seen[said]++))).substr(0, 32);
}

}  // namespace

std::string sarif(const std::vector<Diagnostic>& diagnostics) {
  Json results = Json::array();
  std::map<std::string, int> seen;
  for (const Diagnostic& d : diagnostics) {
    Json one = {{"ruleId", d.code},
                {"level", level_name(d.level)},
                {"message", {{"text", d.hint.empty() ? d.message : d.message + " (" + d.hint + ")"}}}};
    if (!d.at.file.empty()) one["locations"] = Json::array({location(d.at)});
    one["partialFingerprints"] = {{"said/v1", fingerprint(d, seen)}};
    results.push_back(std::move(one));
  }
  const Json driver = {{"name", "glacis"}, {"version", GLACIS_VERSION}, {"rules", rules()}};
  const Json run = {
      {"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}};
  const Json out = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace glacis::control
