#pragma once

#include <algorithm>
#include <string_view>

namespace glacis::control {

// A name from outside that is stored and shown: 1 to 128 plain characters, as the head of sensor.proto says.
[[nodiscard]] inline bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

}  // namespace glacis::control
