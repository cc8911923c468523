// glacis-bench: what a packet costs, part by part. Needs no NIC, no hugepages and no privileges.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "bench/budgets.h"
#include "bench/parts.h"
#include "bench/reference_policy.h"
#include "bench/report.h"
#include "sensor/runtime/eal.h"

namespace glacis::bench {
namespace {

enum ExitCode : int { kGood = 0, kFailed = 1, kUsage = 2, kUnsound = 3, kOver = 4 };

constexpr const char* kHelp = R"(usage: glacis-bench [OPTION]... [CAPTURE]...

Measures what a packet costs, on one thread, from memory: ns and TSC cycles per packet, allocations, drops.

  --quick          ends within a minute: runs of 100 ms, at most 1 M flows; otherwise 1 s, and 16 M flows
                   where memory allows
  --budgets        the lines that have a budget, then each beside it; ends within five minutes
  --only PART      decode | table | scan | stream | pipeline | mixes | capture | cores | swap | elephant | soak; may be given more
                   than once
  --json FILE      writes the same figures, every run's too, and what was skipped
  --run-ms N       length of each of the five runs of a line
  --most-flows N   leaves out lines with more flows
  --soak-s N       the soak's seconds; otherwise 300, and none with --quick or --budgets
  --count N        times nothing: each line works on N packets, for valgrind --tool=callgrind --collect-atstart=no
  CAPTURE          pcap or pcapng files to replay instead of the project's recorded cases

How to read it: the median of five runs stands beside the least and the most; 'x' is the time beside the first
line of its comparison. Only lines of one run on a quiet machine can be compared. bench/README.md tells what each
line measures.

  ./dev bench --quick                        all parts
  ./dev bench --only pipeline --json out.json
  ./dev bench --only capture big.pcapng      your own traffic

Exit code: 0 good, 1 it could not run (no memory, a bad capture, an unwritable FILE), 2 wrong usage,
3 a line allocated, dropped or saw no packet: its figure is not what it says, 4 --budgets: one is short.
)";

struct Arguments {
  bool help = false, quick = false, budgets = false;
  std::string json;
  std::vector<std::string> only, captures;
  uint64_t run_ms = 0, most_flows = 0;  // 0: by --quick
  uint64_t count = 0, soak_s = 0;
};

using Part = Expected<void> (*)(const Setting&, Report&);
constexpr std::pair<const char*, Part> kParts[] = {
    {"decode", bench_decode},     {"table", bench_table},       {"scan", bench_scan},       {"stream", bench_stream},
    {"pipeline", bench_pipeline}, {"mixes", bench_mixes},       {"capture", bench_capture}, {"cores", bench_cores},
    {"swap", bench_swap},         {"elephant", bench_elephant}, {"soak", bench_soak}};

std::string part_names() {
  std::string out;
  for (const auto& [name, part] : kParts) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

Expected<uint64_t> number(std::string_view option, std::string_view text, uint64_t most) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && out >= 1 && out <= most) return out;
  return fail("'" + std::string(text) + "' is no number from 1 to " + std::to_string(most), std::string(option));
}

Expected<void> take_value(Arguments& out, std::string_view option, const std::string& value) {
  if (option == "--json") {
    out.json = value;
    return {};
  }
  if (option == "--only") {
    const bool known = std::ranges::any_of(kParts, [&](const auto& part) { return value == part.first; });
    if (!known) return fail("no part '" + value + "'", "--only", part_names());
    out.only.push_back(value);
    return {};
  }
  const auto n = number(option, value, option == "--run-ms" ? 60'000 : 1'000'000'000);
  if (!n) return std::unexpected(n.error());
  (option == "--run-ms"   ? out.run_ms
   : option == "--count"  ? out.count
   : option == "--soak-s" ? out.soak_s
                          : out.most_flows) = *n;
  return {};
}

Expected<Arguments> parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      out.help = true;
    } else if (word == "--quick") {
      out.quick = true;
    } else if (word == "--budgets") {
      out.budgets = true;
      out.only = {"pipeline", "cores", "swap", "elephant"};
    } else if (word == "--json" || word == "--only" || word == "--run-ms" || word == "--most-flows" ||
               word == "--count" || word == "--soak-s") {
      if (i + 1 == argc) return fail("needs a value", std::string(word));
      if (auto ok = take_value(out, word, argv[++i]); !ok) return std::unexpected(ok.error());
    } else if (word.starts_with("-")) {
      return fail("no such option", std::string(word), "--help lists them");
    } else {
      out.captures.emplace_back(word);
    }
  }
  return out;
}

std::vector<std::string> recorded_captures() {
  std::vector<std::string> out;
  std::error_code none;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(GLACIS_BENCH_CAPTURES, none)) {
    if (entry.path().extension() == ".pcap") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Before minutes of measuring, not after them.
Expected<void> check_writable(const std::string& path) {
  if (path.empty() || std::ofstream(path, std::ios::app)) return {};
  return fail(std::string("cannot write there: ") + std::strerror(errno), path);
}

// How much of everything, by the options; policies come later.
Setting setting_of(const Arguments& arguments, MbufStampField stamp) {
  const uint64_t run_ms = arguments.budgets ? 300 : arguments.quick ? 100 : 1000;
  const bool whole = !arguments.quick && !arguments.budgets && arguments.count == 0;
  Setting out{.stamp = stamp};
  out.measure.run_ns = static_cast<int64_t>(arguments.run_ms != 0 ? arguments.run_ms : run_ms) * 1'000'000;
  out.measure.count = arguments.count;
  out.most_flows = arguments.most_flows != 0 ? arguments.most_flows : arguments.quick ? 1'000'000 : 16'000'000;
  out.swaps = arguments.quick ? 50 : arguments.budgets ? 300 : 1000;
  out.swap_seconds = arguments.quick ? 3 : arguments.budgets ? 20 : 60;
  out.elephant_ms = arguments.quick ? 50 : arguments.budgets ? 200 : 1000;
  out.soak_s = static_cast<unsigned>(arguments.soak_s != 0 ? arguments.soak_s : whole ? 300 : 0);
  out.captures = arguments.captures.empty() ? recorded_captures() : arguments.captures;
  return out;
}

Expected<void> make_policies(const Arguments& arguments, Setting& setting) {
  const auto selected = reference_generation(Inspect::kContentSteps, nullptr);
  if (!selected) return std::unexpected(selected.error());
  const auto everything = reference_generation(Inspect::kEverything, selected->get());
  if (!everything) return std::unexpected(everything.error());
  setting.selected = *selected;
  setting.everything = *everything;
  if (arguments.quick || arguments.count != 0) return {};
  const auto large = reference_generation(Inspect::kContentSteps, nullptr, 10);
  if (!large) return std::unexpected(large.error());
  setting.large = *large;
  return {};
}

Expected<void> run_parts(const Arguments& arguments, const Setting& setting, Report& report) {
  if (arguments.count == 0) report.heading();
  for (const auto& [name, part] : kParts) {
    const bool wanted = arguments.only.empty() || std::ranges::find(arguments.only, name) != arguments.only.end();
    if (!wanted) continue;
    if (auto ok = part(setting, report); !ok) return ok;
  }
  report.footing();
  return {};
}

Expected<ExitCode> run(const Arguments& arguments) {
  if (arguments.count != 0 && !can_count()) {
    return fail("this build cannot: valgrind's header was not there", "--count", "install valgrind, build anew");
  }
  if (auto ok = check_writable(arguments.json); !ok) return std::unexpected(ok.error());
  // rte_hash of the comparison takes a million keys from EAL's memory.
  if (auto eal = sensor::start_eal({.lcores = 1, .memory_mb = 512}); !eal) return std::unexpected(eal.error());
  const auto stamp = MbufStampField::register_field();
  if (!stamp) return std::unexpected(stamp.error());
  Setting setting = setting_of(arguments, *stamp);
  if (auto ok = make_policies(arguments, setting); !ok) return std::unexpected(ok.error());
  Report report(this_machine(), reference_policy_name(*setting.selected), setting.measure);
  if (auto ok = run_parts(arguments, setting, report); !ok) return std::unexpected(ok.error());
  const int over = arguments.budgets ? print_budgets(report, *setting.everything) : 0;
  if (!arguments.json.empty()) {
    if (auto ok = report.write_json(arguments.json); !ok) return std::unexpected(ok.error());
  }
  const auto faults = report.faults();
  for (const std::string& fault : faults) std::fprintf(stderr, "glacis-bench: %s\n", fault.c_str());
  if (!faults.empty()) return kUnsound;
  return over == 0 ? kGood : kOver;
}

}  // namespace
}  // namespace glacis::bench

int main(int argc, char** argv) {
  using namespace glacis::bench;
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    std::fprintf(stderr, "glacis-bench: %s\n", arguments.error().text().c_str());
    return kUsage;
  }
  if (arguments->help) {
    std::fputs(kHelp, stdout);
    return kGood;
  }
  const auto done = run(*arguments);
  if (!done) {
    std::fprintf(stderr, "glacis-bench: %s\n", done.error().text().c_str());
    return kFailed;
  }
  glacis::sensor::stop_eal();
  return *done;
}
