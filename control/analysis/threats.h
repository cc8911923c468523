#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

enum class Stride : uint8_t { kSpoofing, kTampering, kRepudiation, kDisclosure, kDenial, kElevation };
// As the language calls it: "spoofing".
[[nodiscard]] std::string_view stride_name(Stride stride);

// A condition that a review asks about.
struct ThreatCondition {
  std::string_view id;  // stable: "clear-text-credential"
  Stride stride = Stride::kSpoofing;
  std::string_view says;  // one line for people: when it holds
};
// All of them, documented, in the order in which they are looked for.
[[nodiscard]] std::span<const ThreatCondition> threat_conditions();

// A condition that holds for an element, and that nobody has answered.
struct Threat {
  std::string id;  // "clear-text-credential/f-order": what `answers` calls it
  const ThreatCondition* condition = nullptr;
  std::string element;   // "f-order"
  std::string sentence;  // with names
  std::string stub;      // YAML that answers it, to be filled in
  Position at;
};

// What the model leaves open: for every line, place, identity and data class the conditions that hold, without those
// that are answered. Answered is what `answers` names, what a finding is about (`at`), and what an abuse case of that
// kind
// (`stride`) looks at with some step. In the order of the conditions, then of the model. Thread: any.
[[nodiscard]] std::vector<Threat> threats(const Places& places);

}  // namespace glacis::control
