#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::control {

// An option of a command: "--workers N". Without a value name it is a switch.
struct OptionSpec {
  std::string_view name;
  std::string_view value;  // "N"; empty: a switch
  std::string_view says;
  bool repeats = false;
};

// What was given. Thread: one.
struct Options {
  std::vector<std::pair<std::string, std::string>> named;
  std::vector<std::string> words;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string get(std::string_view name, std::string_view fallback = "") const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  // Those of `names` that were given, as words for another program.
  [[nodiscard]] std::vector<std::string> given(std::initializer_list<std::string_view> names) const;
  // Nothing if it was not given. Fails on what is no number from 0 to 2^64-1.
  [[nodiscard]] Expected<std::optional<uint64_t>> number(std::string_view name) const;
};

// Fails on unknown options, missing values and repeats, with a suggestion.
[[nodiscard]] Expected<Options> parse_options(const std::vector<std::string>& arguments,
                                              const std::vector<OptionSpec>& specs);

}  // namespace glacis::control
