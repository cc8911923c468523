#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace glacis::control {

// What words of other tools and of people's names for things mean in the language. Guesses by single words; importers
// say that they are. Any thread.

// Small letters and digits, with a dash for everything between: "Web DMZ" is "web-dmz".
[[nodiscard]] std::string slug(std::string_view text);

// 0-100 for a zone of this name.
[[nodiscard]] uint32_t trust_guess(std::string_view name);
// A kind of asset, or `fallback`. The first text that says something decides: a type before a name.
[[nodiscard]] std::string kind_guess(std::string_view type, std::string_view name, std::string_view fallback);
// The application that a protocol's name means; empty: none that is seen on a wire by that name.
[[nodiscard]] std::string app_of(std::string_view protocol);
// Whether a protocol's name means something that never leaves a host.
[[nodiscard]] bool stays_inside(std::string_view protocol);
// The language's words; empty: none of them.
[[nodiscard]] std::string stride_of(std::string_view category);
[[nodiscard]] std::string severity_of(std::string_view word);
// How bad a loss is, 0-5, of a word such as "confidential"; 3 for one that is not known.
[[nodiscard]] uint32_t sensitivity_of(std::string_view classification);
// 1-5 of a word such as "unlikely" or "major"; 0: not known.
[[nodiscard]] uint32_t likelihood_of(std::string_view word);
[[nodiscard]] uint32_t impact_of(std::string_view word);

}  // namespace glacis::control
