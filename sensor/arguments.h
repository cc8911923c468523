#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// "--name value", "--name=value" and "--name" words of a command line, taken out one by one; what is
// left is positional. Thread: main.
class Arguments {
 public:
  Arguments(int argc, char** argv, int first) : words_(argv + first, argv + argc) {}

  [[nodiscard]] bool flag(const std::string& name);
  [[nodiscard]] std::optional<std::string> value(const std::string& name);
  // Faults are kept for rest().
  [[nodiscard]] uint64_t number(const std::string& name, uint64_t fallback, uint64_t low, uint64_t high);
  // The positional words; an error for an option that nobody asked for.
  [[nodiscard]] Expected<std::vector<std::string>> rest();

 private:
  std::vector<std::string> words_;
  std::optional<Error> fault_;
};

}  // namespace glacis::sensor
