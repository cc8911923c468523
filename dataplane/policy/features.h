#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace glacis {

// What this engine enforces. A policy names what its rules need; a sensor refuses a policy that needs
// something which is not here, by name. Sorted.
inline constexpr uint32_t kPolicyLanguage = 1;
inline constexpr std::array<std::string_view, 12> kPolicyFeatures = {
    "anomaly", "boundary", "content-payload", "data-payload", "drift",    "flows",
    "never",   "path-any", "path-each",       "path-then",    "schedule", "stack",
};

}  // namespace glacis
