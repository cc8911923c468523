#include <ostream>

#include "control/cli/command.h"
#include "control/threat_model/check.h"
#include "control/threat_model/schema.h"

namespace glacis::control {
namespace {

CheckOptions check_options(const Options& options, const Console& console) {
  CheckOptions out;
  out.format = options.has("--json") ? Format::kJson : Format::kText;
  out.colour = console.colour;
  return out;
}

int no_model(Console& console) {
  console.err << "glacis: name a model file, such as configs/models/web-shop.yaml\n";
  return kExitUsage;
}

}  // namespace

int run_check_command(const Options& options, Console& console) {
  if (options.words.empty()) return no_model(console);
  return run_check(options.words, check_options(options, console), console.out);
}

int run_compile_command(const Options& options, Console& console) {
  if (options.words.empty()) return no_model(console);
  return run_compile(options.words, {options.get("--tap"), options.get("-o"), check_options(options, console)},
                     console.out);
}

int run_schema_command(const Options&, Console& console) {
  console.out << model_schema();
  return kExitGood;
}

int run_reference_command(const Options&, Console& console) {
  console.out << model_reference();
  return kExitGood;
}

}  // namespace glacis::control
