#include <algorithm>
#include <limits>
#include <ostream>

#include "control/cli/command.h"
#include "control/cli/document_text.h"
#include "control/cli/hunt_sources.h"
#include "control/cli/load_model.h"
#include "control/report/hunt_report.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr int kExitFound = 3, kExitUnanswered = 4;
constexpr size_t kMostFlows = 20;  // that are shown of a hunt

int usage(Console& console, const std::string& what) {
  console.err << "glacis hunt: " << printable(what) << "\n";
  return kExitUsage;
}

// What is wrong with the words; empty: nothing.
std::string fault_of(const Options& options, const std::string& format) {
  constexpr std::string_view kFormats[] = {"text", "markdown", "json"};
  if (options.words.empty())
    return "name a model, and a hunt of it or none: glacis hunt web-shop.yaml H1 --capture monday.pcap";
  if (options.words.size() > 2)
    return "'" + options.words[2] + "' is one word too many; each file has a --capture or --flows of its own";
  if (std::ranges::find(kFormats, format) == std::end(kFormats))
    return "--format is text, markdown or json, not '" + format + "'";
  if (!options.has("--capture") && !options.has("--flows"))
    return "name what to look into: --capture FILE or --flows FILE";
  if (options.has("--at") && !moment_s(options.get("--at")))
    return "--at is 2029-03-31 or 2029-03-31T02:00, UTC, not '" + options.get("--at") + "'";
  const auto most = options.number("--most");
  return most ? "" : most.error().text();
}

// The hunt that is named, or all of them; nothing, with what is wrong told.
std::vector<const HuntElement*> asked_hunts(const Model& model, const Options& options, Console& console) {
  std::vector<const HuntElement*> out;
  std::vector<std::string_view> names;
  for (const HuntElement& hunt : model.hunts) {
    names.push_back(hunt.id);
    if (options.words.size() == 1 || options.words[1] == hunt.id) out.push_back(&hunt);
  }
  if (!out.empty()) return out;
  if (names.empty()) {
    (void)usage(console, model.file + " has no hunts");
    return out;
  }
  const std::string best = closest(options.words[1], names);
  (void)usage(console, model.file + " has no hunt '" + options.words[1] + "'" +
                           (best.empty() ? "" : ", did you mean '" + best + "'?"));
  return out;
}

std::optional<std::vector<HuntSource>> sources_of(const Hunter& hunter, const Options& options, Console& console) {
  std::vector<HuntSource> out;
  const auto add = [&](Expected<HuntSource> source) {
    if (source) out.push_back(std::move(*source));
    if (!source) (void)usage(console, source.error().text());
    return source.has_value();
  };
  const std::vector<std::string> captures = options.all("--capture"), records = options.all("--flows");
  const std::vector<std::string> decoding =
      options.given({"--checksums", "--vlan-in-key", "--stream-depth", "--workers"});
  if (!captures.empty() && !add(captured_flows(hunter.policy(), captures, decoding))) return std::nullopt;
  if (!records.empty() && !add(recorded_flows(records, console))) return std::nullopt;
  return out;
}

// Of a date its last moment.
std::optional<Nanos> end_of_window(const Options& options) {
  if (!options.has("--at")) return std::nullopt;
  const std::string text = options.get("--at");
  const Nanos at = seconds(*moment_s(text));
  return text.find('T') == std::string::npos ? at + seconds(1) - Nanos(1) : at;
}

void print_lines(std::span<const HuntAnswer> answers, Console& console) {
  for (const HuntAnswer& answer : answers) {
    const std::string looked_at = looked_at_text(answer);
    console.out << printable(hunt_headline(answer) + (looked_at.empty() ? "" : "; " + looked_at)) << "\n";
  }
}

void print(std::span<const HuntAnswer> answers, const std::string& format, const Options& options, Console& console) {
  const bool one = options.words.size() == 2;
  const size_t most = (*options.number("--most")).value_or(kMostFlows);
  if (format == "json") console.out << hunt_json(answers, most);
  if (format == "markdown") console.out << markdown(one ? hunt_document(answers, most) : hunt_table(answers));
  if (format != "text") return;
  if (one) print_document(hunt_document(answers, most), console.colour, console.out);
  if (!one) print_lines(answers, console);
}

int exit_code(std::span<const HuntAnswer> answers) {
  const auto some = [&](HuntResult result) {
    return std::ranges::find(answers, result, &HuntAnswer::result) != answers.end();
  };
  if (some(HuntResult::kYes)) return kExitFound;
  return some(HuntResult::kUnknown) ? kExitUnanswered : kExitGood;
}

}  // namespace

int run_hunt_command(const Options& options, Console& console) {
  const std::string format = options.get("--format", options.has("--json") ? "json" : "text");
  if (const std::string fault = fault_of(options, format); !fault.empty()) return usage(console, fault);
  int code = kExitGood;
  auto model = load_model(options.words[0], console, code);
  if (!model) return code;
  const auto hunter = Hunter::make(std::move(*model));
  if (!hunter) {
    print_text(hunter.error(), {}, console.colour, console.err);
    return kExitFindings;
  }
  const auto hunts = asked_hunts((*hunter)->model(), options, console);
  if (hunts.empty()) return kExitUsage;
  const auto sources = sources_of(**hunter, options, console);
  if (!sources) return kExitUsage;
  const std::optional<Nanos> at = end_of_window(options);
  std::vector<HuntAnswer> answers;
  answers.reserve(hunts.size());
  for (const HuntElement* hunt : hunts) answers.push_back((*hunter)->answer(*hunt, *sources, at));
  print(answers, format, options, console);
  return exit_code(answers);
}

}  // namespace glacis::control
