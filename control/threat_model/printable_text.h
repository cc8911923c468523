#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace glacis::control {

// Text from outside as one line that a terminal only shows: control characters (C0, DEL, C1), line
// ends, what reorders or hides text (bidirectional controls, zero width) and what is not UTF-8
// (RFC 3629) come out as \x1b or \u{202e}. Everything that did not start in this program passes
// here.
[[nodiscard]] std::string printable(std::string_view text);
// "1 sensor", "3 sensors".
[[nodiscard]] std::string counted(uint64_t n, std::string_view thing);

}  // namespace glacis::control
