// glacis-bench: what a packet costs, part by part. Needs no NIC, no hugepages and no privileges.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/parts.h"
#include "bench/report.h"
#include "sensor/runtime/eal.h"

namespace glacis::bench {
namespace {

constexpr const char* kUsage =
    "usage: glacis-bench [--quick] [--json FILE] [--only decode|capture|pipeline] [--run-ms N] [CAPTURE...]\n"
    "  --quick   ends within a minute: shorter runs, no bench of a million flows\n"
    "  CAPTURE   replayed instead of the project's recorded ones\n";

struct Arguments {
  Scale scale = Scale::kFull;
  std::string json, only;
  int64_t run_ms = 0;  // 0: by scale
  std::vector<std::string> captures;
};

Expected<Arguments> parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool takes_value = word == "--json" || word == "--only" || word == "--run-ms";
    if (takes_value && i + 1 == argc) return fail("needs a value", std::string(word));
    if (word == "--quick") {
      out.scale = Scale::kQuick;
    } else if (word == "--json") {
      out.json = argv[++i];
    } else if (word == "--only") {
      out.only = argv[++i];
      if (out.only != "decode" && out.only != "capture" && out.only != "pipeline") return fail("no such part", out.only);
    } else if (word == "--run-ms") {
      out.run_ms = std::atoll(argv[++i]);
      if (out.run_ms <= 0) return fail("not a number of milliseconds", argv[i]);
    } else if (word.starts_with("-")) {
      return fail("no such option", std::string(word));
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

Expected<void> run(const Arguments& arguments) {
  if (auto eal = sensor::start_eal({.lcores = 0}); !eal) return std::unexpected(eal.error());
  const auto stamp = MbufStampField::register_field();
  if (!stamp) return std::unexpected(stamp.error());
  const bool quick = arguments.scale == Scale::kQuick;
  Setting setting{{}, arguments.scale, arguments.captures.empty() ? recorded_captures() : arguments.captures, *stamp};
  setting.measure.run_ns = (arguments.run_ms != 0 ? arguments.run_ms : quick ? 200 : 1000) * 1'000'000;

  const Machine machine = this_machine();
  print_heading(machine, setting.measure);
  std::vector<Result> results;
  const Tell tell = [&results](const Result& result) {
    print_line(result);
    results.push_back(result);
  };
  const std::pair<const char*, Expected<void> (*)(const Setting&, const Tell&)> parts[] = {
      {"decode", bench_decode}, {"capture", bench_captures}, {"pipeline", bench_pipeline}};
  for (const auto& [name, part] : parts) {
    if (!arguments.only.empty() && arguments.only != name) continue;
    if (auto ok = part(setting, tell); !ok) return ok;
  }
  return arguments.json.empty() ? Expected<void>() : write_json(arguments.json, machine, setting.measure, results);
}

}  // namespace
}  // namespace glacis::bench

int main(int argc, char** argv) {
  const auto arguments = glacis::bench::parse(argc, argv);
  if (!arguments) {
    std::fprintf(stderr, "glacis-bench: %s\n%s", arguments.error().text().c_str(), glacis::bench::kUsage);
    return 2;
  }
  const auto done = glacis::bench::run(*arguments);
  glacis::sensor::stop_eal();
  if (!done) {
    std::fprintf(stderr, "glacis-bench: %s\n", done.error().text().c_str());
    return 1;
  }
  return 0;
}
