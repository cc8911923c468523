#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/analysis/threat_facts.h"
#include "control/analysis/threats.h"

namespace glacis::control {

// An element for which a condition holds.
struct Occurrence {
  std::string element;
  std::string sentence;
  Position at;
  EndNames from, to;                 // the flows that it is about
  std::string target, case_says;     // of the case that would look at it
  std::optional<std::string> never;  // ends of the line that would forbid it: a never line is the usual answer
  std::optional<std::string> edit;   // what to write at the element instead: no case answers it
};

struct ThreatSearch {
  ThreatCondition condition;
  std::vector<Occurrence> (*find)(const ThreatFacts& facts);
};

// All conditions: of lines (flow_threats.cpp), of zones and assets (place_threats.cpp), of identities, data and what
// remains (identity_threats.cpp).
[[nodiscard]] std::span<const ThreatSearch> threat_searches();
[[nodiscard]] std::span<const ThreatSearch> flow_threats();
[[nodiscard]] std::span<const ThreatSearch> place_threats();
[[nodiscard]] std::span<const ThreatSearch> identity_threats();

// "a, b"; none: "any".
[[nodiscard]] std::string text_of(const EndNames& ends);

}  // namespace glacis::control
