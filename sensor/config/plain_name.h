#pragma once

#include <algorithm>
#include <string_view>

namespace glacis::sensor {

// Whether control takes it as the name of a sensor or a tap: the rule at the head of sensor.proto.
[[nodiscard]] inline bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

}  // namespace glacis::sensor
