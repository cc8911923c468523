#include "control/report/gate_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/report/markup.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr GateStage kStages[] = {GateStage::kDesign, GateStage::kBuild, GateStage::kLive};

// "shop.yaml:12: findings/F1: it was due".
std::string text_of(const GateItem& item) {
  std::string out = item.at.file;
  if (!out.empty() && item.at.line != 0) out += ":" + std::to_string(item.at.line);
  if (!out.empty()) out += ": ";
  return out + (item.element.empty() ? "" : item.element + ": ") + item.what;
}

Document::Row row(const GateCondition& condition) {
  const bool passed = condition.passed();
  Document::Row out{{{passed ? "passed" : "failed", passed ? Document::Tone::kGood : Document::Tone::kBad},
                     {std::string(condition.id), Document::Tone::kPlain},
                     {std::string(condition.says), Document::Tone::kPlain}},
                    {}};
  for (const GateItem& item : condition.failures) out.notes.push_back(text_of(item));
  for (const GateItem& item : condition.listed) out.notes.push_back("(listed) " + text_of(item));
  return out;
}

Json items(const std::vector<GateItem>& all) {
  Json out = Json::array();
  for (const GateItem& item : all) {
    out.push_back({{"element", item.element}, {"says", item.what}, {"file", item.at.file}, {"line", item.at.line}});
  }
  return out;
}

std::string junit_case(const GateCondition& condition) {
  std::string out = "    <testcase classname=\"gate." + std::string(gate_name(condition.stage)) + "\" name=\"" +
                    xml_text(condition.id) + "\"";
  if (condition.passed()) return out + "/>\n";
  out += ">\n      <failure type=\"" + xml_text(condition.id) + "\" message=\"" + xml_text(condition.says) + "\">";
  for (const GateItem& item : condition.failures) out += xml_text(text_of(item)) + "\n";
  return out + "</failure>\n    </testcase>\n";
}

}  // namespace

Document gate_document(const Gate& gate) {
  Document out;
  out.title = gate_line(gate);
  for (const GateStage stage : kStages) {
    if (stage > gate.stage) break;
    Document::Section section{std::string(gate_name(stage)), {}, {"Result", "Condition", "What must be so"}, {}};
    for (const GateCondition& condition : gate.conditions) {
      if (condition.stage == stage) section.rows.push_back(row(condition));
    }
    out.sections.push_back(std::move(section));
  }
  return out;
}

std::string gate_line(const Gate& gate) {
  const std::string name = "gate " + std::string(gate_name(gate.stage)) + ": ";
  const std::string all = std::to_string(gate.conditions.size()) + " conditions ";
  if (gate.open()) return name + "open, all " + all + "hold";
  return name + "closed, " + std::to_string(gate.failed()) + " of " + all + (gate.failed() == 1 ? "fails" : "fail");
}

std::string gate_json(const Gate& gate) {
  Json conditions = Json::array();
  for (const GateCondition& condition : gate.conditions) {
    conditions.push_back({{"stage", gate_name(condition.stage)},
                          {"id", condition.id},
                          {"says", condition.says},
                          {"passed", condition.passed()},
                          {"failures", items(condition.failures)},
                          {"listed", items(condition.listed)}});
  }
  const Json out = {{"stage", gate_name(gate.stage)},
                    {"open", gate.open()},
                    {"failed", gate.failed()},
                    {"conditions", std::move(conditions)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string gate_junit(const Gate& gate) {
  std::string suites;
  for (const GateStage stage : kStages) {
    if (stage > gate.stage) break;
    std::string cases;
    size_t count = 0, failed = 0;
    for (const GateCondition& condition : gate.conditions) {
      if (condition.stage != stage) continue;
      ++count;
      failed += condition.passed() ? 0 : 1;
      cases += junit_case(condition);
    }
    suites += "  <testsuite name=\"" + std::string(gate_name(stage)) + "\" tests=\"" + std::to_string(count) +
              "\" failures=\"" + std::to_string(failed) + "\">\n" + cases + "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"glacis gate\" tests=\"" +
         std::to_string(gate.conditions.size()) + "\" failures=\"" + std::to_string(gate.failed()) + "\">\n" + suites +
         "</testsuites>\n";
}

}  // namespace glacis::control
