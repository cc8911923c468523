#include "control/cli/alert_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "control/cli/message_json.h"
#include "control/cli/terminal_text.h"
#include "glacis/v1/alert.pb.h"

namespace glacis::control {
namespace {

constexpr size_t kColumns = 100;
constexpr size_t kSeverityWidth = 8;  // CRITICAL
constexpr const char* kIndent = "    ";

std::string joined(const auto& parts, const std::string& between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : between) + printable(part);
  return out;
}

// Fields one after the other, in as many lines as they need.
class Fields {
 public:
  // Nothing for an empty value.
  void add(const std::string& name, const std::string& value) {
    if (value.empty()) return;
    const std::string field = name.empty() ? value : name + " " + value;
    if (!line_.empty() && line_.size() + field.size() + 3 > kColumns) end_line();
    line_ += (line_.empty() ? kIndent : " | ") + field;
  }
  void end_line() {
    if (!line_.empty()) out_ += line_ + "\n";
    line_.clear();
  }
  [[nodiscard]] std::string take() {
    end_line();
    return std::move(out_);
  }

 private:
  std::string out_, line_;
};

Ink ink_of(v1::Severity severity) {
  switch (severity) {
    case v1::SEVERITY_CRITICAL:
    case v1::SEVERITY_HIGH:
      return Ink::kRed;
    case v1::SEVERITY_MEDIUM:
      return Ink::kYellow;
    case v1::SEVERITY_LOW:
      return Ink::kCyan;
    default:
      return Ink::kDim;
  }
}

std::string severity_label(v1::Severity severity) {
  std::string out = v1::Severity_Name(severity);
  constexpr std::string_view kPrefix = "SEVERITY_";
  if (out.starts_with(kPrefix)) out.erase(0, kPrefix.size());
  if (out.empty()) out = "?";
  out.resize(std::max(out.size(), kSeverityWidth), ' ');
  return out;
}

// "servers/orders 10.3.0.5"
std::string end_text(const v1::End& end) {
  std::string out = end.zone().empty() ? "unknown" : end.zone();
  if (!end.assets().empty()) out += "/" + end.assets(0).substr(end.assets(0).rfind('/') + 1);
  return printable(out) + " " + address_text(end.address());
}

std::string rule_place(const v1::Rule& rule) {
  std::string out = rule.element();
  if (!rule.line().file().empty()) {
    out += " " + rule.line().file() + ":" + std::to_string(rule.line().line());
  }
  return printable(out);
}

std::string headline(const v1::Alert& alert, Colour colour) {
  std::string out = inked(utc_text(alert.time_ns(), Precision::kMillis) + " UTC", Ink::kDim, colour);
  out += "  " + inked(severity_label(alert.severity()), ink_of(alert.severity()), colour) + "  ";
  return out + inked(printable(alert.sentence()), Ink::kBold, colour) + "\n";
}

// What this message is, if it is not the first of its alert.
std::string revision_text(const v1::Alert& alert) {
  if (alert.revision() <= 1) return "";
  const std::string what = enum_text(v1::AlertChange_Name(alert.change()), "ALERT_CHANGE_");
  return std::to_string(alert.revision()) + (what.empty() ? "" : ": " + what);
}

std::string rule_fields(const v1::Alert& alert, uint64_t cursor) {
  const v1::Rule& rule = alert.rule();
  Fields fields;
  fields.add("", rule_place(rule));
  fields.add("owner", printable(rule.owner()));
  fields.add("findings", joined(rule.findings(), ", "));
  fields.add("STRIDE", joined(rule.stride(), ", "));
  fields.add("ATT&CK", joined(rule.attack(), ", "));
  fields.add("outcome", enum_text(v1::Outcome_Name(alert.outcome()), "OUTCOME_"));
  fields.add("", printable(alert.id().sensor() + (alert.tap().empty() ? "" : "@" + alert.tap())));
  if (!alert.model().id().empty()) {
    fields.add("model",
               printable(alert.model().id()) + " " + version_text(alert.model().version(), alert.model().digest()));
  }
  if (alert.count() > 1) fields.add("seen", std::to_string(alert.count()) + " times");
  fields.add("revision", revision_text(alert));
  for (const v1::Rule& also : alert.also()) fields.add("also", rule_place(also));
  fields.add("respond", joined(rule.respond(), ", "));
  fields.add("flow", printable(alert.community_id()));
  fields.add("cursor", std::to_string(cursor));
  return fields.take();
}

std::string step_text(const v1::PathStep& step) {
  std::string out = std::string(kIndent) + "  seen  " + printable(step.id()) + "  " +
                    utc_text(step.time_ns(), Precision::kMillis) + "  " + end_text(step.initiator()) + " -> " +
                    end_text(step.responder());
  if (step.responder().port() != 0) out += " port " + std::to_string(step.responder().port());
  if (!step.says().empty()) out += "  (" + printable(step.says()) + ")";
  return out + "\n";
}

std::string path_text(const v1::PathProgress& path) {
  std::string out =
      std::string(kIndent) + "step " + std::to_string(path.step()) + " of " + std::to_string(path.steps());
  if (path.complete()) out += ", complete";
  if (!path.join().empty()) out += ", join " + printable(path.join());
  for (const v1::Variable& variable : path.variables()) {
    const std::string name = variable.name().starts_with('$') ? "" : "$";
    out += ", " + printable(name + variable.name() + " = " + variable.value());
  }
  if (path.truncated()) out += ", some partial matches were evicted";
  out += "\n";
  for (const v1::PathStep& step : path.seen()) out += step_text(step);
  if (!path.next().empty()) out += std::string(kIndent) + "  next  " + joined(path.next(), " or ") + "\n";
  return out;
}

std::string evidence_text(const v1::Evidence& evidence) {
  std::string out = std::string(kIndent) + "evidence " + printable(evidence.rule_element()) + "  \"" +
                    printable_bytes(evidence.bytes()) + "\"";
  if (evidence.masked()) out += " masked,";
  return out + " to the " + (evidence.to_responder() ? "responder" : "initiator") + ", up to byte " +
         std::to_string(evidence.stream_offset()) +
         (evidence.reading() == v1::READING_OTHER ? ", probably not as its target reads it\n" : "\n");
}

std::string iso_time(int64_t unix_ns) {
  std::string out = utc_text(unix_ns, Precision::kMillis);
  if (const size_t space = out.find(' '); space != std::string::npos) out[space] = 'T';
  return out + "Z";
}

}  // namespace

std::string alert_text(const v1::Alert& alert, uint64_t cursor, Colour colour) {
  std::string out = headline(alert, colour) + rule_fields(alert, cursor);
  if (alert.has_path()) out += path_text(alert.path());
  if (!alert.anomalies().empty()) out += std::string(kIndent) + "anomaly " + joined(alert.anomalies(), ", ") + "\n";
  for (const v1::Evidence& evidence : alert.evidence()) out += evidence_text(evidence);
  return out;
}

std::string alert_json(const v1::Alert& alert, uint64_t cursor) {
  return "{\"cursor\":" + std::to_string(cursor) + ",\"time\":\"" + iso_time(alert.time_ns()) + "\",\"src_ip\":\"" +
         address_text(alert.initiator().address()) + "\",\"dest_ip\":\"" + address_text(alert.responder().address()) +
         "\",\"alert\":" + to_json(alert, EmptyFields::kLeaveOut) + "}";
}

}  // namespace glacis::control
