#include "control/report/junit.h"

#include <set>
#include <string_view>

#include "control/report/markup.h"

namespace glacis::control {
namespace {

// The faults of one rule in one file.
struct Failures {
  size_t count = 0;
  std::string text;
  uint32_t line = 0;
};

Failures failures_of(const std::vector<Diagnostic>& diagnostics, const std::string& file, std::string_view code) {
  Failures out;
  for (const Diagnostic& d : diagnostics) {
    if (d.level != Level::kError || d.at.file != file || d.code != code) continue;
    if (out.count++ == 0) out.line = d.at.line;
    out.text += file + ":" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message;
    out.text += d.hint.empty() ? "\n" : " (" + d.hint + ")\n";
  }
  return out;
}

void add_case(const std::string& file, std::string_view code, const Failures& failures, std::string& out) {
  out += "    <testcase classname=\"" + xml_text(file) + "\" name=\"" + xml_text(code) + "\" file=\"" + xml_text(file) +
         "\"";
  if (failures.count == 0) {
    out += "/>\n";
    return;
  }
  out += " line=\"" + std::to_string(failures.line) + "\">\n      <failure type=\"" + xml_text(code) + "\" message=\"" +
         std::to_string(failures.count) + " times\">" + xml_text(failures.text) + "</failure>\n    </testcase>\n";
}

// Notes fail nobody.
std::set<std::string> codes(const std::vector<Diagnostic>& diagnostics) {
  std::set<std::string> out;
  for (const CheckRule& rule : kCheckRules) {
    if (rule.level != Level::kNote) out.emplace(rule.code);
  }
  for (const Diagnostic& d : diagnostics) {
    if (d.level == Level::kError) out.insert(d.code);
  }
  return out;
}

}  // namespace

std::string junit(const std::vector<Diagnostic>& diagnostics, const std::vector<SourceFile>& files) {
  std::set<std::string> names;
  for (const SourceFile& file : files) names.insert(file.name);
  for (const Diagnostic& d : diagnostics) {
    if (d.level == Level::kError) names.insert(d.at.file);
  }
  const std::set<std::string> all = codes(diagnostics);
  size_t failed = 0;
  std::string suites;
  for (const std::string& file : names) {
    std::string cases;
    size_t failed_here = 0;
    for (const std::string& code : all) {
      const Failures failures = failures_of(diagnostics, file, code);
      failed_here += failures.count != 0 ? 1 : 0;
      add_case(file, code, failures, cases);
    }
    failed += failed_here;
    suites += "  <testsuite name=\"" + xml_text(file.empty() ? "models" : file) + "\" tests=\"" +
              std::to_string(all.size()) + "\" failures=\"" + std::to_string(failed_here) + "\">\n" + cases +
              "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"glacis check\" tests=\"" +
         std::to_string(all.size() * names.size()) + "\" failures=\"" + std::to_string(failed) + "\">\n" + suites +
         "</testsuites>\n";
}

}  // namespace glacis::control
