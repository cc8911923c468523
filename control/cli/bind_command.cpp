#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>

#include "control/cli/command.h"
#include "control/cli/sensor_child.h"
#include "control/exchange/bind.h"
#include "control/exchange/propose.h"
#include "control/report/check.h"
#include "control/threat_model/parse.h"
#include "control/threat_model/source_files.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {
namespace {

// What captures are replayed under: every flow is recorded, none is judged.
constexpr std::string_view kWorld =
    "model: {id: bind, owner: bind}\nzones: {world: {trust: 0, addr: any}}\n"
    "drift: {unmodelled: {crossing: allow, inside: allow}}\n";

int refuse(Console& console, const std::string& what) {
  console.err << "glacis bind: " << what << "\n";
  return kExitUsage;
}

int write(const std::string& text, const Options& options, Console& console) {
  if (!options.has("-o")) {
    console.out << text;
    return kExitGood;
  }
  std::ofstream out(options.get("-o"), std::ios::binary);
  out << text;
  return out.flush() ? kExitGood
                     : refuse(console, "cannot write " + options.get("-o") + ": is its folder there and writable?");
}

int show(const std::vector<Diagnostic>& faults, const std::vector<SourceFile>& files, Console& console) {
  print_text(faults, files, console.colour, console.err);
  return kExitFindings;
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

int bind_csv(std::vector<SourceFile> files, const Options& options, Console& console) {
  std::vector<Diagnostic> faults;
  const std::vector<SourceFile> csv = load_sources(options.get("--csv"), faults);
  if (csv.empty()) return refuse(console, "cannot read " + options.get("--csv"));
  if (csv[0].text.size() > kMaxModelBytes) return refuse(console, options.get("--csv") + " is larger than 4 MiB");
  const std::vector<Binding> bindings = read_bindings(csv[0], faults);
  files[0].text = bind_addresses(files[0], bindings, faults);
  if (has_errors(faults)) {
    files.push_back(csv[0]);
    return show(faults, files, console);
  }
  const ParseResult bound = parse_model(files);
  if (!bound.model) return show(bound.diagnostics, files, console);
  for (const std::string& place : unbound(*bound.model)) console.err << "unbound: " << place << "\n";
  return write(files[0].text, options, console);
}

// Records of every flow of the captures, or nothing with the fault told.
std::optional<std::string> flow_records(const std::vector<std::string>& captures, Console& console) {
  const TemporaryFile model, policy, records;
  if (!model.good() || !policy.good() || !records.good()) {
    (void)refuse(console, "cannot write " + records.path() + "; set TMPDIR");
    return std::nullopt;
  }
  std::ofstream(model.path(), std::ios::binary) << kWorld;
  std::ostringstream report;
  if (run_compile({model.path()}, {"", policy.path(), {}}, report) != kExitGood) {
    console.err << report.str();
    return std::nullopt;
  }
  std::vector<std::string> words = {sensor_path(), "replay", "--policy",    policy.path(),
                                    "--flows",     "--eve",  records.path()};
  words.insert(words.end(), captures.begin(), captures.end());
  if (run_child(words, ChildOutput::kDropped) != kExitGood) return std::nullopt;
  return file_text(records.path());
}

int propose(const std::vector<SourceFile>& files, const Options& options, Console& console) {
  const ParseResult draft = parse_model(files);
  if (!draft.model) return show(draft.diagnostics, files, console);
  const auto records = flow_records(options.all("--capture"), console);
  if (!records) return kExitUsage;
  return write(propose_addresses(*draft.model, *records), options, console);
}

}  // namespace

int run_bind_command(const Options& options, Console& console) {
  if (options.words.size() != 1) return refuse(console, "name one model file");
  if (options.has("--csv") == options.has("--capture")) return refuse(console, "give --csv FILE or --capture FILE");
  std::vector<Diagnostic> unreadable;
  const std::vector<SourceFile> files = load_sources(options.words[0], unreadable);
  if (has_errors(unreadable)) {
    (void)show(unreadable, files, console);
    return kExitUsage;
  }
  return options.has("--csv") ? bind_csv(files, options, console) : propose(files, options, console);
}

}  // namespace glacis::control
