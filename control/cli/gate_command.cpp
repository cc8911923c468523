#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>

#include "control/cli/command.h"
#include "control/cli/day.h"
#include "control/cli/document_text.h"
#include "control/cli/terminal_text.h"
#include "control/report/check.h"
#include "control/report/facts_file.h"
#include "control/report/gate_report.h"

namespace glacis::control {
namespace {

constexpr GateStage kStages[] = {GateStage::kDesign, GateStage::kBuild, GateStage::kLive};
constexpr std::string_view kFormats[] = {"text", "json", "junit", "markdown"};

int usage(Console& console, const std::string& what) {
  console.err << "glacis gate: " << printable(what) << "\n";
  return kExitUsage;
}

// What is wrong with the words; empty: nothing.
std::string fault_of(const Options& options, const std::string& format) {
  if (options.words.empty()) return "name a model, such as: glacis gate web-shop.yaml --stage build";
  if (std::ranges::find(kStages, options.get("--stage", "design"), gate_name) == std::end(kStages))
    return "--stage is design, build or live, not '" + options.get("--stage") + "'";
  if (std::ranges::find(kFormats, format) == std::end(kFormats))
    return "--format is text, json, junit or markdown, not '" + format + "'";
  for (const char* name : {"--invariants", "--facts"}) {
    if (options.has(name) && options.get(name).empty()) return std::string(name) + " names a file";
  }
  return "";
}

std::expected<std::vector<TrafficFact>, std::string> load_facts(const std::string& path,
                                                                std::span<const Model> models) {
  if (path.empty()) return std::vector<TrafficFact>();
  std::ifstream in(path, std::ios::binary);
  std::string text(kMostFactBytes + 1, '\0');  // one byte more than is allowed, so that it is called too large
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in && in.gcount() == 0 && !in.eof())) return std::unexpected("cannot read " + path);
  text.resize(static_cast<size_t>(in.gcount()));
  auto facts = parse_facts(text, models);
  if (!facts) return std::unexpected(path + ": " + facts.error());
  return facts;
}

void print(const Gate& gate, const std::string& format, Console& console) {
  if (format == "json") console.out << gate_json(gate);
  if (format == "junit") console.out << gate_junit(gate);
  if (format == "markdown") console.out << markdown(gate_document(gate));
  if (format != "text") return;
  print_document(gate_document(gate), console.colour, console.out);
  console.out << "\n" << inked(gate_line(gate), gate.open() ? Ink::kGreen : Ink::kRed, console.colour) << "\n";
}

}  // namespace

int run_gate_command(const Options& options, Console& console) {
  const std::string format = options.get("--format", options.has("--json") ? "json" : "text");
  if (const std::string fault = fault_of(options, format); !fault.empty()) return usage(console, fault);
  const auto day = day_of(options);
  if (!day) return usage(console, day.error());
  const CheckOptions check{Format::kText, console.colour, *day, {}, options.get("--invariants")};
  const LoadedModels loaded = check_models(options.words, check);
  if (loaded.unreadable()) {
    print_text(loaded.diagnostics, loaded.files, Colour::kOff, console.err);
    return kExitUsage;
  }
  std::vector<TrafficFact> facts;
  if (loaded.composed) {
    auto read = load_facts(options.get("--facts"), loaded.models);
    if (!read) return usage(console, read.error());
    facts = std::move(*read);
  }
  GateQuestion question;
  question.stage = *std::ranges::find(kStages, options.get("--stage", "design"), gate_name);
  question.day_s = *day;
  question.invariants = loaded.invariants;
  question.composed = loaded.composed;
  question.check = loaded.diagnostics;
  question.facts = facts;
  const Gate gate = judge_gate(loaded.models, question);
  print(gate, format, console);
  return gate.open() ? kExitGood : kExitFindings;
}

}  // namespace glacis::control
