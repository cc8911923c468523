#pragma once

#include <string_view>
#include <vector>

#include "control/cli/console.h"
#include "control/cli/options.h"

namespace glacis::control {

// Exit codes of every command; scripts rely on them.
inline constexpr int kExitGood = 0;
inline constexpr int kExitFindings = 1;  // the model has faults or was refused; the replay failed
inline constexpr int kExitUsage = 2;     // wrong words, a file that cannot be read, an output that cannot be written
inline constexpr int kExitUnreachable = 3;

struct Command {
  std::string_view name;
  std::string_view words;    // "MODEL..."
  std::string_view says;     // one line
  std::string_view teaches;  // of --help: an example and what it prints
  std::vector<OptionSpec> options;
  int (*run)(const Options& options, Console& console);
};

int run_check_command(const Options& options, Console& console);
int run_compile_command(const Options& options, Console& console);
int run_reach_command(const Options& options, Console& console);
int run_threats_command(const Options& options, Console& console);
int run_crossings_command(const Options& options, Console& console);
int run_schema_command(const Options& options, Console& console);
int run_reference_command(const Options& options, Console& console);
int run_import_command(const Options& options, Console& console);
int run_bind_command(const Options& options, Console& console);
int run_export_command(const Options& options, Console& console);
int run_new_command(const Options& options, Console& console);
int run_coverage_command(const Options& options, Console& console);
int run_diagram_command(const Options& options, Console& console);
int run_diff_command(const Options& options, Console& console);
int run_explain_command(const Options& options, Console& console);
int run_report_command(const Options& options, Console& console);
int run_hunt_command(const Options& options, Console& console);
int run_gate_command(const Options& options, Console& console);
int run_replay_command(const Options& options, Console& console);
int run_push_command(const Options& options, Console& console);
int run_status_command(const Options& options, Console& console);
int run_alerts_command(const Options& options, Console& console);

}  // namespace glacis::control
