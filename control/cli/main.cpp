// The `glacis` command.
#include <algorithm>
#include <iostream>
#include <string>

#include "control/cli/command.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::control {
namespace {

const std::vector<Command>& commands() {
  static const std::vector<Command> kCommands = {
      {"check", "MODEL...", "say everything that is wrong with a model, and what is not enforced yet",
       "glacis check configs/models/web-shop.yaml\nSeveral models are checked alone and then composed.",
       {{"--json", "", "diagnostics as JSON"}}, run_check_command},
      {"compile", "MODEL...", "make the policy that sensors run",
       "glacis compile configs/models/web-shop.yaml -o shop.policy\nThe same models give the same digest on every machine.",
       {{"--tap", "NAME", "for this tap; without it as if every tap saw the traffic"}, {"-o", "FILE", "where the policy goes"}, {"--json", "", "diagnostics as JSON"}},
       run_compile_command},
      {"replay", "CAPTURE... --model MODEL", "run captures through the production engine",
       "glacis replay traffic.pcap --model configs/models/web-shop.yaml --eve -\nThe alerts are the same bytes for any number of workers, burst size and seed.",
       {{"--model", "MODEL", "the model; may be given several times", true}, {"--tap", "NAME", "what this tap would see"}, {"--eve", "FILE", "alerts as EVE JSON; - is stdout"},
        {"--flows", "", "flow records too"}, {"--workers", "N", "worker threads (1)"}, {"--burst", "N", "packets at a time, 1-64 (32)"}, {"--seed", "N", "of the flow table's hash"}, {"--json", "", "summary as JSON"}},
       run_replay_command},
  };
  return kCommands;
}

void print_help(std::ostream& out) {
  out << "glacis: a threat model as a network sensor\n\n";
  for (const Command& c : commands()) out << "  glacis " << c.name << ' ' << c.words << "\n      " << c.says << "\n";
  out << "\nglacis COMMAND --help teaches one of them.\n"
         "Exit codes: 0 good, 1 the model or the replay has faults, 2 wrong usage or unreadable file, 3 control plane away.\n";
}

void print_help(const Command& c, std::ostream& out) {
  out << "glacis " << c.name << ' ' << c.words << "\n" << c.says << ".\n\n";
  for (const OptionSpec& o : c.options) out << "  " << o.name << (o.value.empty() ? "" : " ") << o.value << "\n      " << o.says << "\n";
  out << "\n" << c.teaches << "\n";
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "help") {
    print_help(arguments.empty() ? std::cerr : std::cout);
    return arguments.empty() ? kExitUsage : kExitGood;
  }
  const auto command = std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == arguments[0]; });
  if (command == commands().end()) {
    std::vector<std::string_view> names;
    for (const Command& c : commands()) names.push_back(c.name);
    const std::string best = closest(arguments[0], names);
    std::cerr << "glacis: no command '" << arguments[0] << "'" << (best.empty() ? "; glacis --help lists them" : ", did you mean '" + best + "'?") << "\n";
    return kExitUsage;
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (std::find(rest.begin(), rest.end(), "--help") != rest.end()) {
    print_help(*command, std::cout);
    return kExitGood;
  }
  const auto options = parse_options(rest, command->options);
  if (!options) {
    std::cerr << "glacis " << command->name << ": " << options.error().text() << "\n";
    return kExitUsage;
  }
  return command->run(*options);
}

}  // namespace
}  // namespace glacis::control

int main(int argc, char** argv) { return glacis::control::run({argv + 1, argv + argc}); }
