#include "control/cli/hunt_sources.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>
#include <string_view>
#include <utility>

#include "control/cli/sensor_child.h"
#include "control/exchange/flow_records.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr int kGood = 0, kCutShort = 3;  // of glacis-sensor replay
constexpr size_t kMostFaults = 3;        // told of a file that is refused

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// What the child said, without the end of its last line.
std::string said_in(const std::string& path) {
  std::string text = text_of(path);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// Each line without the child's name: "a.pcap: no capture; b.pcap: no such file".
std::string complaints(const std::string& said) {
  constexpr std::string_view kName = "glacis-sensor: ";
  std::vector<std::string> out;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);)
    out.push_back(line.starts_with(kName) ? line.substr(kName.size()) : line);
  return joined(out, "; ");
}

// Captures are merged: a flow is told to be of each that was being recorded when it began.
std::string file_of(const FlowSummary& flow, const ReplayReport& report) {
  std::vector<std::string> names;
  for (const ReplayReport::Capture& capture : report.captures) {
    const bool then = std::ranges::any_of(capture.seen, [&](const Stretch& one) {
      return one.first - milliseconds(1) <= flow.first && flow.first <= one.last;  // records have microseconds
    });
    if (then) names.push_back(base_name(capture.file));
  }
  return joined(names, " or ");
}

HuntSource source_of(FlowRecords records, ReplayReport report) {
  HuntSource out{HuntSource::Kind::kCaptures, std::move(records.flows), std::move(records.hits), {}, {}, {}};
  for (FlowSummary& flow : out.flows) flow.file = file_of(flow, report);
  for (const ReplayReport::Capture& capture : report.captures)
    out.seen.insert(out.seen.end(), capture.seen.begin(), capture.seen.end());
  out.losses = std::move(report.losses);
  out.payload_losses = std::move(report.payload_losses);
  if (records.left_out != 0) out.losses.push_back(counted(records.left_out, "flow") + " more than are kept");
  return out;
}

Expected<void> add_file(const std::string& file, HuntSource& out, Console& console) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(std::string("cannot be read: ") + std::strerror(errno), file);
  if (in.peek() == std::char_traits<char>::eof() && in.bad()) return fail("cannot be read: is it a folder?", file);
  FlowRecords records = read_flow_records(in, base_name(file));
  const bool none = records.records == 0;
  const size_t told = none ? std::min(records.faults.size(), kMostFaults) : records.faults.size();
  for (size_t i = 0; i < told; ++i) console.err << printable(records.faults[i].text()) << "\n";
  if (none) {
    return fail("no flow record in it", file,
                "EVE lines of a sensor with flows: true, or of glacis replay --flows; captures go to --capture");
  }
  const std::string name = base_name(file) + ": ";
  if (records.bad_lines != 0) out.losses.push_back(name + counted(records.bad_lines, "line") + " not read");
  if (records.left_out != 0) out.losses.push_back(name + counted(records.left_out, "flow") + " more than are kept");
  if (records.seen.left_out() != 0)
    out.losses.push_back(name + counted(records.seen.left_out(), "flow") + " at times that do not count as looked at");
  const std::vector<Stretch> seen = records.seen.all();
  out.seen.insert(out.seen.end(), seen.begin(), seen.end());
  std::ranges::move(records.flows, std::back_inserter(out.flows));
  return {};
}

}  // namespace

Expected<HuntSource> captured_flows(const std::string& policy, const std::vector<std::string>& captures,
                                    const std::vector<std::string>& decoding) {
  const TemporaryFile rules, events, said;
  if (!rules.good() || !events.good() || !said.good()) return fail("cannot be written", said.path(), "set TMPDIR");
  if (!(std::ofstream(rules.path(), std::ios::binary) << policy).flush())
    return fail("cannot be written", rules.path(), "is there room in its folder?");
  std::vector<std::string> words = {sensor_path(), "replay", "--policy", rules.path(),
                                    "--flows",     "--json", "--eve",    events.path()};
  words.insert(words.end(), decoding.begin(), decoding.end());
  words.insert(words.end(), captures.begin(), captures.end());
  const int code = run_child(words, ChildOutput::kDropped, said.path());
  const std::string text = said_in(said.path());
  if (code != kGood && code != kCutShort) return fail(complaints(text));
  auto report = read_replay_report(text.substr(text.find_last_of('\n') + 1));  // the summary comes last
  if (!report) return std::unexpected(report.error());
  std::ifstream in(events.path(), std::ios::binary);
  return source_of(read_flow_records(in, "replay"), std::move(*report));
}

Expected<HuntSource> recorded_flows(const std::vector<std::string>& files, Console& console) {
  HuntSource out;
  for (const std::string& file : files) {
    if (auto added = add_file(file, out, console); !added) return std::unexpected(added.error());
  }
  return out;
}

}  // namespace glacis::control
