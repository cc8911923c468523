#include "control/report/explain_report.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/analysis/explain.h"
#include "control/report/check.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

std::string severity_name(int severity) { return std::string(word_at(severity, Vocabulary::kSeverity)); }

// Lines of "  KEY      text"; a key is shown once.
class Sheet {
 public:
  explicit Sheet(std::ostream& out) : out_(out) {}
  void line(const std::string& key, const std::string& text) {
    out_ << "  " << std::left << std::setw(kWidth) << printable(key == last_ ? "" : key) << ' ' << printable(text)
         << '\n';
    last_ = key;
  }
  void lines(const std::string& key, const std::vector<LineAnswer>& lines, const std::string& none) {
    if (lines.empty() && !none.empty()) line(key, none);
    for (const LineAnswer& one : lines) line(key, one.element + " " + one.says + " (" + place_text(one.at) + ")");
  }

 private:
  static constexpr int kWidth = 10;
  std::ostream& out_;
  std::string last_;
};

std::string text_of(const PlaceAnswer& answer) {
  std::string out = answer.zone + (answer.assets.empty() ? "" : "/" + joined(answer.assets)) + " " + answer.address;
  if (answer.prefix.empty()) return out + ", which no zone has";
  return out + " by " + answer.prefix + " (" + place_text(answer.at) + ")";
}

void print_alerts(const std::vector<AlertAnswer>& alerts, Sheet& sheet) {
  for (size_t i = 0; i < alerts.size(); ++i) {
    const AlertAnswer& alert = alerts[i];
    std::string text = i == 0 ? "alert, " : "also ";
    text += severity_name(alert.severity) + ": " + alert.sentence + " (" + alert.element + ", owner " + alert.owner;
    if (!alert.findings.empty()) text += ", findings " + joined(alert.findings);
    sheet.line("verdict", text + ")");
  }
}

void print_text(const std::string& asked, const FlowAnswer& answer, std::ostream& out) {
  out << printable(asked) << "\n";
  Sheet sheet(out);
  sheet.line("from", text_of(answer.from));
  sheet.line("to", text_of(answer.to));
  if (!answer.crosses) {
    sheet.line("verdict", "multicast, broadcast or loopback: nothing is asked of it");
    return;
  }
  for (const TapAnswer& tap : answer.taps)
    sheet.line("taps", tap.tap + (tap.judges ? " sees and judges it" : " sees it, another one judges"));
  sheet.lines("1 never", answer.nevers, "no line is about these ends");
  sheet.lines("2 flows", answer.flows, "no line is about these ends");
  if (!answer.flat.empty()) sheet.line("3 flat", answer.flat);
  if (!answer.boundary.empty()) sheet.line("4 boundary", answer.boundary);
  if (!answer.drift.empty()) sheet.line("5 drift", answer.drift);
  if (!answer.modelled.empty()) sheet.line("verdict", answer.modelled);
  print_alerts(answer.alerts, sheet);
  sheet.lines("data", answer.data, "");
  sheet.lines("step", answer.steps, "");
  for (const std::string& note : answer.notes) sheet.line("note", note);
}

void print_text(const std::string&, const AddressAnswer& answer, std::ostream& out) {
  out << printable(answer.place.address) << "\n";
  Sheet sheet(out);
  sheet.line("place", text_of(answer.place));
  sheet.lines("lines", answer.lines, "none is about it");
}

void print_text(const std::string&, const RuleAnswer& answer, std::ostream& out) {
  out << printable(answer.alert.element) << " (" << printable(place_text(answer.alert.at)) << ")\n";
  Sheet sheet(out);
  sheet.line("says", answer.alert.sentence);
  if (answer.kind != "flow") sheet.line("severity", severity_name(answer.alert.severity));
  sheet.line("owner", answer.alert.owner);
  if (!answer.alert.findings.empty()) sheet.line("findings", joined(answer.alert.findings));
  for (const auto& [key, value] : answer.compiled) sheet.line(key, value);
  sheet.lines("besides", answer.exceptions, "");
  for (const std::string& element : answer.not_enforced) sheet.line("not yet", element);
}

Json json_of(const PlaceAnswer& answer) {
  Json out = {{"address", answer.address}, {"zone", answer.zone}, {"assets", answer.assets}};
  if (answer.prefix.empty()) return out;
  out["prefix"] = answer.prefix;
  out["at"] = place_text(answer.at);
  return out;
}

Json json_of(const std::vector<LineAnswer>& lines) {
  Json out = Json::array();
  for (const LineAnswer& line : lines)
    out.push_back({{"element", line.element}, {"says", line.says}, {"holds", line.holds}, {"at", place_text(line.at)}});
  return out;
}

Json json_of(const AlertAnswer& alert) {
  return {{"element", alert.element},   {"severity", severity_name(alert.severity)},
          {"sentence", alert.sentence}, {"owner", alert.owner},
          {"findings", alert.findings}, {"at", place_text(alert.at)}};
}

Json json_of(const std::string& asked, const FlowAnswer& answer) {
  Json out = {{"flow", asked}, {"from", json_of(answer.from)}, {"to", json_of(answer.to)}, {"crosses", answer.crosses}};
  out["taps"] = Json::array();
  for (const TapAnswer& tap : answer.taps) out["taps"].push_back({{"tap", tap.tap}, {"judges", tap.judges}});
  out["never"] = json_of(answer.nevers);
  out["flows"] = json_of(answer.flows);
  for (const auto& [key, value] : {std::pair{"flat", answer.flat},
                                   {"boundary", answer.boundary},
                                   {"drift", answer.drift},
                                   {"modelled", answer.modelled}}) {
    if (!value.empty()) out[key] = value;
  }
  out["alerts"] = Json::array();
  for (const AlertAnswer& alert : answer.alerts) out["alerts"].push_back(json_of(alert));
  out["data"] = json_of(answer.data);
  out["steps"] = json_of(answer.steps);
  out["notes"] = answer.notes;
  return out;
}

Json json_of(const std::string&, const AddressAnswer& answer) {
  return {{"place", json_of(answer.place)}, {"lines", json_of(answer.lines)}};
}

Json json_of(const std::string&, const RuleAnswer& answer) {
  Json out = {{"rule", json_of(answer.alert)}, {"kind", answer.kind}};
  out["compiled"] = Json::array();
  for (const auto& [key, value] : answer.compiled) out["compiled"].push_back({{"key", key}, {"value", value}});
  out["besides"] = json_of(answer.exceptions);
  out["not_enforced"] = answer.not_enforced;
  return out;
}

// Prints answers behind each other, or as one array.
class Answers {
 public:
  Answers(const ExplainOptions& options, std::ostream& out) : json_(options.json), out_(out) {}

  template <class Answer>
  void add(const std::string& asked, const Answer& answer) {
    if (json_) {
      all_.push_back(json_of(asked, answer));
      return;
    }
    out_ << (first_ ? "" : "\n");
    first_ = false;
    print_text(asked, answer, out_);
  }
  void end() {
    if (json_) out_ << all_.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  }

 private:
  const bool json_;
  std::ostream& out_;
  Json all_ = Json::array();
  bool first_ = true;
};

// Nothing, or what is wrong with a question.
std::optional<Error> answer_all(const Explainer& explainer, const ExplainOptions& options, Answers& answers) {
  for (const std::string& text : options.flows) {
    const auto asked = asked_flow(text);
    if (!asked) return asked.error();
    answers.add(text, explainer.flow(*asked, seconds(options.time_s)));
  }
  for (const std::string& text : options.addresses) {
    const auto address = ip_address(text);
    if (!address) return Error{"'" + text + "' is no address", "", "10.1.7.3 or fd00:1::7"};
    answers.add(text, explainer.address(text, *address));
  }
  for (const std::string& text : options.rules) {
    const auto rules = explainer.rule(text);
    if (!rules) return rules.error();
    for (const RuleAnswer& rule : *rules) answers.add(text, rule);
  }
  return std::nullopt;
}

}  // namespace

int run_explain(const std::vector<std::string>& paths, const ExplainOptions& options, std::ostream& out,
                std::ostream& err) {
  LoadedModels loaded = load_models(paths);
  if (loaded.unreadable() || has_errors(loaded.diagnostics)) {
    print_text(loaded.diagnostics, loaded.files, Colour::kOff, err);
    return loaded.unreadable() ? 2 : 1;
  }
  const auto explainer = Explainer::make(std::move(loaded.models));
  if (!explainer) {
    print_text(explainer.error(), loaded.files, Colour::kOff, err);
    return 1;
  }
  Answers answers(options, out);
  if (const auto fault = answer_all(**explainer, options, answers)) {
    err << "glacis explain: " << printable(fault->text()) << "\n";
    return 2;
  }
  answers.end();
  return 0;
}

}  // namespace glacis::control
