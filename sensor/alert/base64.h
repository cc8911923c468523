#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace glacis::sensor {

// RFC 4648, section 4, with padding. Thread: any.
[[nodiscard]] std::string base64(std::span<const uint8_t> bytes);

}  // namespace glacis::sensor
