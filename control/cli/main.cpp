// The `glacis` command.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "control/cli/program.h"
#include "proto/quiet_grpc.h"

int main(int argc, char** argv) {
  using glacis::control::Colour;
  glacis::quiet_grpc();
  const bool coloured = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  glacis::control::Console console{std::cout, std::cerr, coloured ? Colour::kOn : Colour::kOff};
  return glacis::control::run_program({argv + 1, argv + argc}, console);
}
