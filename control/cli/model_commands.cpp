#include <unistd.h>

#include <iostream>

#include "control/cli/command.h"
#include "control/threat_model/check.h"

namespace glacis::control {
namespace {

CheckOptions check_options(const Options& options) {
  CheckOptions out;
  out.format = options.has("--json") ? Format::kJson : Format::kText;
  out.colour = isatty(STDOUT_FILENO) != 0 ? Colour::kOn : Colour::kOff;
  return out;
}

int no_model() {
  std::cerr << "glacis: name a model file, such as configs/models/web-shop.yaml\n";
  return kExitUsage;
}

}  // namespace

int run_check_command(const Options& options) {
  if (options.words.empty()) return no_model();
  return run_check(options.words, check_options(options), std::cout);
}

int run_compile_command(const Options& options) {
  if (options.words.empty()) return no_model();
  return run_compile(options.words, {options.get("--tap"), options.get("-o"), check_options(options)}, std::cout);
}

}  // namespace glacis::control
