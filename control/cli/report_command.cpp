#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "control/cli/command.h"
#include "control/cli/day.h"
#include "control/cli/document_text.h"
#include "control/cli/load_model.h"
#include "control/cli/output_file.h"
#include "control/cli/terminal_text.h"
#include "control/report/role_report.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis report: " << printable(what) << "\n";
  return kExitUsage;
}

constexpr std::array<std::pair<std::string_view, Role>, 3> kRoles = {
    {{"architect", Role::kArchitect}, {"soc", Role::kSoc}, {"risk", Role::kRisk}}};
constexpr std::array<std::string_view, 5> kFormats = {"text", "markdown", "html", "csv", "json"};

struct ReportRequest {
  std::vector<Role> roles;
  std::string format;
  int64_t day_s = 0;
};

// Fills the request; what is wrong with the words, empty: nothing.
std::string read(const Options& options, ReportRequest& out) {
  const std::string role = options.get("--role");
  out.format = options.get("--format", options.has("--json") ? "json" : "text");
  for (const auto& [name, one] : kRoles) {
    if (role.empty() || role == name) out.roles.push_back(one);
  }
  const auto day_s = day_of(options);
  out.day_s = day_s.value_or(0);
  if (options.words.empty()) return "name a model, such as: glacis report web-shop.yaml --role risk";
  if (out.roles.empty()) return "--role is architect, soc or risk, not '" + role + "'";
  if (std::ranges::find(kFormats, out.format) == kFormats.end())
    return "--format is text, markdown, html, csv or json, not '" + out.format + "'";
  if (!role.empty() && (out.format == "csv" || out.format == "json"))
    return "--role goes with text, markdown and html: items are the same for all";
  return day_s ? "" : day_s.error();
}

std::string written(const std::vector<Model>& models, const ReportRequest& request, Colour colour) {
  if (request.format == "csv") return items_csv(models);
  if (request.format == "json") return items_json(models, request.day_s);
  const Document document = role_document(models, request.roles, request.day_s);
  if (request.format == "markdown") return markdown(document);
  if (request.format == "html") return html(document);
  std::ostringstream out;
  print_document(document, colour, out);
  return out.str();
}

}  // namespace

int run_report_command(const Options& options, Console& console) {
  ReportRequest request;
  const std::string fault = read(options, request);
  if (!fault.empty()) return usage(console, fault);
  int code = kExitGood;
  const auto models = load_together(options.words, console, code);
  if (!models) return code;
  const bool to_file = options.has("-o");
  const std::string text = written(*models, request, to_file ? Colour::kOff : console.colour);
  if (to_file) return write_output(options.get("-o"), text, console) ? kExitGood : kExitUsage;
  console.out << text;
  return kExitGood;
}

}  // namespace glacis::control
