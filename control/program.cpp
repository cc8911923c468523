#include "control/program.h"

#include <cstdio>
#include <string_view>

#include "control/cli/options.h"
#include "control/config/control_config.h"
#include "control/run_control.h"
#include "dataplane/base/standard_output.h"

namespace glacis::control {
namespace {

constexpr int kFailed = 1, kUsage = 2;

constexpr const char* kHelp =
    "glacis-control: turns threat models into policies, gives them to sensors, keeps their alerts\n"
    "\n"
    "  glacis-control [run] [--config FILE] [--state DIR] [--listen ADDR]...\n"
    "                 [--tls-cert FILE --tls-key FILE --tls-ca FILE] [--ready-file FILE]\n"
    "      Serves until SIGTERM or SIGINT, then stores and answers what it has received; a second\n"
    "      signal ends it at once. Options beat FILE.\n"
    "  glacis-control check FILE\n"
    "      Reads a configuration and names every fault in it.\n"
    "  glacis-control --help | --version\n"
    "\n"
    "  --config FILE      as configs/control.yaml; without it the defaults below\n"
    "  --state DIR        models, policies, alerts (default /var/lib/glacis-control); made if it "
    "is\n"
    "                     not there; one process at a time\n"
    "  --listen ADDR      127.0.0.1:7443 (default), [::1]:7443, 0.0.0.0:7443 or unix:PATH; port 0\n"
    "                     takes a free one; may be given several times\n"
    "  --tls-cert, --tls-key, --tls-ca FILE\n"
    "                     PEM files. Without them only loopback and Unix sockets are served; with\n"
    "                     them every client of a port must show a certificate that the CA signed,\n"
    "                     with one name: spiffe://DOMAIN/{sensor,soc,architect,operator}/NAME\n"
    "  --ready-file FILE  written when it serves: one address a line, as bound\n"
    "\n"
    "try it:\n"
    "  glacis-control --state /tmp/control --listen 127.0.0.1:7443\n"
    "  glacis-sensor run --control 127.0.0.1:7443 --interface eth0 --state /tmp/sensor\n"
    "\n"
    "exit: 0 good, 1 failed, 2 wrong usage\n";

const std::vector<OptionSpec> kRunOptions = {
    {"--config", "FILE", "a configuration"},
    {"--state", "DIR", "where models, policies and alerts are kept"},
    {"--listen", "ADDR", "an address to serve", true},
    {"--tls-cert", "FILE", "the server's certificate"},
    {"--tls-key", "FILE", "its key"},
    {"--tls-ca", "FILE", "who signed the clients' certificates"},
    {"--ready-file", "FILE", "written when it serves"},
};

int complain(const std::vector<Error>& errors, int code) {
  for (const Error& error : errors) {
    std::fprintf(stderr, "glacis-control: %s\n", error.text().c_str());
  }
  return code;
}

int answer(const std::string& text) {
  const auto printed = print(text);
  return printed ? 0 : complain({printed.error()}, kFailed);
}

// What the command line says beats the file.
void override_config(const Options& options, ControlConfig& config) {
  const auto set = [&](const char* name, std::string& field) {
    if (options.has(name)) field = options.get(name);
  };
  set("--state", config.state_directory);
  set("--tls-cert", config.tls.cert);
  set("--tls-key", config.tls.key);
  set("--tls-ca", config.tls.ca);
  if (!options.has("--listen")) return;
  config.listen.clear();
  for (const std::string& address : options.all("--listen")) {
    config.listen.push_back({address, "--listen"});
  }
}

int run(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments, kRunOptions);
  if (!options) return complain({options.error()}, kUsage);
  if (!options->words.empty()) {
    return complain({{"unexpected word '" + options->words.front() + "'", "", "see glacis-control --help"}}, kUsage);
  }
  ControlConfig config;
  std::vector<Error> faults;
  if (options->has("--config")) config = load_control_config(options->get("--config"), faults);
  override_config(*options, config);
  for (Error& fault : config.validate()) faults.push_back(std::move(fault));
  if (!faults.empty()) return complain(faults, kFailed);
  const auto ran = run_control(config, options->get("--ready-file"));
  return ran ? 0 : complain({ran.error()}, kFailed);
}

int check(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments, {});
  if (!options) return complain({options.error()}, kUsage);
  if (options->words.size() != 1) {
    return complain({{"check reads one configuration", "", "glacis-control check FILE"}}, kUsage);
  }
  const std::string& file = options->words.front();
  std::vector<Error> faults;
  const ControlConfig config = load_control_config(file, faults);
  for (Error& fault : config.validate()) faults.push_back(std::move(fault));
  if (!faults.empty()) return complain(faults, kFailed);
  return answer(file + ": fine\n");
}

}  // namespace

int program(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument != "--help" && argument != "-h" && argument != "help") continue;
    return answer(kHelp);
  }
  if (arguments.empty() || arguments.front().starts_with('-')) {
    if (!arguments.empty() && arguments.front() == "--version") return answer("glacis-control " GLACIS_VERSION "\n");
    return run(arguments);
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (arguments.front() == "run") return run(rest);
  if (arguments.front() == "check") return check(rest);
  return complain(
      {{"unknown command '" + arguments.front() + "'", "", "run and check are known; see glacis-control --help"}},
      kUsage);
}

}  // namespace glacis::control
