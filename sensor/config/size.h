#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// Bytes of "256MiB"; KiB, MiB, GiB. Nothing: it is no size, or one of 2^63 bytes or more.
[[nodiscard]] std::optional<uint64_t> size_of(std::string_view text);

// A setting that is a size within limits, or a word that stands for one without.
struct SizeChoice {
  std::string_view word;
  uint64_t meaning = 0;  // of the word
  uint64_t least = 0, most = 0;
};
inline constexpr SizeChoice kStreamDepth{"unlimited", UINT64_MAX, uint64_t{1} << 10, uint64_t{1} << 40};
inline constexpr SizeChoice kStreamWaiting{"auto", 0, uint64_t{1} << 20, uint64_t{1} << 32};

// The error says what was expected.
[[nodiscard]] Expected<uint64_t> size_or_word(std::string_view text, const SizeChoice& choice);

}  // namespace glacis::sensor
