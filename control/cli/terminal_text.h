#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {

// Bytes of packets: ASCII as it is, each other byte as a dot, so that it keeps its length.
[[nodiscard]] std::string printable_bytes(std::string_view bytes);

enum class Ink : uint8_t { kDim, kBold, kRed, kYellow, kGreen, kCyan };
// `text` in a colour, or as it is.
[[nodiscard]] std::string inked(std::string_view text, Ink ink, Colour colour);

// "12 us", "0.2 ms", "41 ms", "12.5 s".
[[nodiscard]] std::string duration_text(int64_t ns);
// How long ago, in one unit: "3 s", "59 min", "23 h", "400 d"; "-" when `then` is 0.
[[nodiscard]] std::string age_text(int64_t then_ns, int64_t now_ns);
// "3 (a1b2c3d4)": a version and the first bytes of its digest; "-" for none.
[[nodiscard]] std::string version_text(uint64_t version, const std::string& digest);
// "SEVERITY_HIGH" without its prefix is "high".
[[nodiscard]] std::string enum_text(std::string_view name, std::string_view prefix);

}  // namespace glacis::control
