#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "dataplane/base/error.h"

namespace glacis {

// What an expression costs to compile grows with what its counted repeats are unrolled into: the positions
// of all copies, less the bytes it is written with. a{1,500} gives 492. Counts too much where it is unsure
// of the syntax. One pass over the text. Thread: any.
[[nodiscard]] size_t pattern_copies(std::string_view expression);

// Hyperscan takes up to a millisecond for each of them, so these bound the time to half a minute or so.
// An expression above them is refused.
inline constexpr size_t kMaxPatternBytes = 4096;
inline constexpr size_t kMaxPatternCopies = 4096, kMaxCopiesOfAll = 32'768;

// Why the expression is not even shown to Hyperscan: too long, too dear, or with a zero byte, at which
// Hyperscan would end it. Its place is the caller's to fill in.
[[nodiscard]] std::optional<Error> pattern_fault(std::string_view expression);

}  // namespace glacis
