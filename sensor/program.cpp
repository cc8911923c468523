#include "sensor/program.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/standard_output.h"
#include "sensor/arguments.h"
#include "sensor/config/sensor_config.h"
#include "sensor/config/suggestion.h"
#include "sensor/replay/replay.h"
#include "sensor/runtime/live_sensor.h"

namespace glacis::sensor {
namespace {

constexpr int kFailed = 1, kUsage = 2, kCutShort = 3;

constexpr std::string_view kHelp =
    "glacis-sensor: judges traffic against a policy\n"
    "\n"
    "  glacis-sensor replay --policy FILE [--eve FILE|-] [--flows] [--json]\n"
    "                       [--workers N] [--burst N] [--seed N] [--keep-duplicates]\n"
    "                       [--checksums verify|trust] [--vlan-in-key true|false]\n"
    "                       [--stream-depth SIZE|unlimited] CAPTURE...\n"
    "      Sends captures (pcap, pcapng) through the production engine; EVE lines on stdout or in\n"
    "      FILE, a summary on stderr. The same input gives the same lines for any N.\n"
    "      Checksums, VLANs and SIZE (such as 1MiB, of each direction) as decode and streams in FILE below.\n"
    "  glacis-sensor run [--config FILE] [--control ADDR] [--tap NAME] [--name NAME] [--state DIR]\n"
    "                    [--interface IF | --capture FILE [--loop] [--pace PPS|capture|none]]\n"
    "                    [--policy FILE] [--eve FILE|-] [--flows] [--workers N] [--ready-file FILE]\n"
    "      Judges live traffic (or a capture as if it were a wire) until SIGTERM. Options beat FILE.\n"
    "  glacis-sensor check FILE | glacis-sensor run --config FILE --check\n"
    "      Reads a configuration and names every fault in it.\n"
    "  glacis-sensor --help | --version\n"
    "\n"
    "exit: 0 done, 1 failed, 2 wrong usage, 3 a capture was cut short (what came before was judged)\n";

int complain(const Error& error, int code) {
  std::fprintf(stderr, "glacis-sensor: %s\n", error.text().c_str());
  return code;
}

int complain(const std::vector<Error>& errors, int code) {
  for (const Error& error : errors) (void)complain(error, code);
  return code;
}

int run_replay(Arguments arguments) {
  ReplayOptions options;
  options.policy_file = arguments.value("--policy").value_or("");
  options.eve_file = arguments.value("--eve").value_or("-");
  options.sensor = arguments.value("--name").value_or("replay");
  options.flows = arguments.flag("--flows");
  options.keep_duplicates = arguments.flag("--keep-duplicates");
  options.json_summary = arguments.flag("--json");
  const bool trusts = arguments.choice("--checksums", {"verify", "trust"}) == "trust";
  options.decode.checksums = trusts ? Checksums::kKnownGood : Checksums::kVerify;
  const bool vlans = arguments.choice("--vlan-in-key", {"true", "false"}) == "true";
  options.decode.vlan_in_key = vlans ? VlanInKey::kYes : VlanInKey::kNo;
  options.stream_depth = arguments.size("--stream-depth", kStreamDepth);
  options.workers = static_cast<uint16_t>(arguments.number("--workers", 1, 1, 16));
  options.burst = static_cast<uint16_t>(arguments.number("--burst", 32, 1, 64));
  options.hash_seed = arguments.number("--seed", 1, 0, UINT64_MAX);
  auto captures = arguments.rest();
  if (!captures) return complain(captures.error(), kUsage);
  if (options.policy_file.empty()) return complain({"a policy is needed", "--policy", ""}, kUsage);
  if (captures->empty()) return complain({"no capture named", "replay", "see --help"}, kUsage);
  options.captures = std::move(*captures);
  const auto summary = replay(options);
  if (!summary) return complain(summary.error(), kFailed);
  const std::string text = options.json_summary ? summary->json() + "\n" : summary->text();
  std::fputs(text.c_str(), stderr);
  if (!summary->counters.balanced()) return kFailed;
  return summary->faults.empty() ? 0 : kCutShort;
}

// What the command line says beats the file.
Expected<RunOptions> run_options(Arguments& arguments, SensorConfig config) {
  RunOptions out{std::move(config), arguments.value("--ready-file").value_or("")};
  SensorConfig& c = out.config;
  const auto set = [&](const char* name, std::string& field) {
    if (auto value = arguments.value(name)) field = *value;
  };
  set("--control", c.control_address);
  set("--tap", c.tap);
  set("--name", c.name);
  set("--state", c.state_directory);
  set("--policy", c.policy_file);
  set("--eve", c.eve_file);
  c.eve_flows = arguments.flag("--flows") || c.eve_flows;
  c.workers = static_cast<uint32_t>(arguments.number("--workers", c.workers, 1, 16));
  PortConfig port;
  set("--capture", port.capture);
  set("--interface", port.interface);
  port.loop = arguments.flag("--loop");
  if (const auto pace = arguments.value("--pace"); pace && *pace != "capture") {
    port.pace = *pace == "none" ? Pacing::kUnpaced : Pacing::kPacketsPerSecond;
    const auto [end, error] = std::from_chars(pace->data(), pace->data() + pace->size(), port.pps);
    if (port.pace == Pacing::kPacketsPerSecond && (error != std::errc() || end != pace->data() + pace->size())) {
      return fail("needs capture, none or packets per second, not '" + *pace + "'", "--pace");
    }
  }
  if (!port.capture.empty() || !port.interface.empty()) c.ports = {port};
  return out;
}

int answer(const std::string& text) {
  const auto printed = print(text);
  return printed ? 0 : complain(printed.error(), kFailed);
}

int say_fine(const std::string& what) { return answer(what + ": fine\n"); }

int run_run(Arguments arguments) {
  SensorConfig config;
  const auto file = arguments.value("--config");
  const bool check = arguments.flag("--check");
  if (file) {
    auto loaded = load_sensor_config(*file);
    if (!loaded) return complain(loaded.error(), kFailed);
    config = std::move(*loaded);
  }
  auto options = run_options(arguments, std::move(config));
  if (!options) return complain(options.error(), kUsage);
  const auto rest = arguments.rest();
  if (!rest) return complain(rest.error(), kUsage);
  if (!rest->empty()) return complain({"unexpected word", rest->front(), "see --help"}, kUsage);
  if (const auto faults = options->config.validate(); !faults.empty()) return complain(faults, kUsage);
  if (check) return say_fine(file.value_or("the command line"));
  const auto ran = run_live(*options);
  return ran ? 0 : complain(ran.error(), kFailed);
}

int run_check(Arguments arguments) {
  const auto files = arguments.rest();
  if (!files) return complain(files.error(), kUsage);
  if (files->size() != 1) return complain({"one configuration is needed", "check", ""}, kUsage);
  const auto config = load_sensor_config(files->front());
  if (!config) return complain(config.error(), kFailed);
  return say_fine(files->front());
}

}  // namespace

int program(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "replay") return run_replay({argc, argv, 2});
  if (command == "run") return run_run({argc, argv, 2});
  if (command == "check") return run_check({argc, argv, 2});
  if (command == "--version") return answer("glacis-sensor " GLACIS_VERSION "\n");
  if (!command.empty() && command != "--help" && command != "help") {
    const std::string close = did_you_mean(command, {"replay", "run", "check", "--help", "--version"});
    return complain({"unknown command", std::string(command), close.empty() ? "see glacis-sensor --help" : close},
                    kUsage);
  }
  if (!command.empty()) return answer(std::string(kHelp));
  std::fputs(kHelp.data(), stderr);
  return kUsage;
}

}  // namespace glacis::sensor

int glacis_sensor_program(int argc, char** argv) { return glacis::sensor::program(argc, argv); }
