#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "sensor/config/size.h"

namespace glacis::sensor {

// "--name value", "--name=value" and "--name" words of a command line, taken out one by one; what is
// left is positional. Thread: main.
class Arguments {
 public:
  Arguments(int argc, char** argv, int first) : words_(argv + first, argv + argc) {}

  [[nodiscard]] bool flag(const std::string& name);
  // The last one given counts.
  [[nodiscard]] std::optional<std::string> value(const std::string& name);
  // Faults are kept for rest().
  [[nodiscard]] uint64_t number(const std::string& name, uint64_t fallback, uint64_t low, uint64_t high);
  // One of these words; the first where it was not given. Likewise.
  [[nodiscard]] std::string choice(const std::string& name, const std::vector<std::string>& words);
  // Bytes; the word's meaning where it was not given. Likewise.
  [[nodiscard]] uint64_t size(const std::string& name, const SizeChoice& choice);
  // The positional words; else every fault: of a value, and of options that nobody asked for, with the
  // nearest that was.
  [[nodiscard]] ExpectedAll<std::vector<std::string>> rest();

 private:
  std::vector<std::string> words_;
  std::vector<std::string> asked_;  // names of options
  std::vector<Error> faults_;
};

}  // namespace glacis::sensor
