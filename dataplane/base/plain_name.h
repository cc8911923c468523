#pragma once

#include <algorithm>
#include <string_view>

namespace glacis {

// A name that crosses the session, is stored and shown: 1 to 128 plain characters, as the head of
// sensor.proto says. One rule for who sends it and for who refuses it.
[[nodiscard]] inline bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

}  // namespace glacis
