#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

// Work that comes of a model, as an issue tracker takes it. Text is the model's: to be escaped by who writes it.
struct ReviewItem {
  // Made of the model's names alone, so that it is the same however the rest of the model changes: "shop/F1" of a
  // finding, requirement or control, "shop/F1:accept" of an acceptance, "shop/no-limit/f-shop" of a threat (behind the
  // model its id of threats.h).
  std::string id;
  std::string_view kind;  // "finding", "requirement", "acceptance", "control", "threat"
  std::string title;      // one sentence, at most kMostTitleBytes
  std::string description;
  std::string owner;
  int64_t due_s = 0;                // its last second; 0: no day is said
  int severity = 0;                 // v1::Severity; 0: nobody judged it
  std::vector<std::string> labels;  // fixed words of the language
  std::vector<std::string> links;   // "shop/n-ws-db": elements and items that it is about
  std::string ticket;               // where it is tracked already
  Position at;
};
inline constexpr size_t kMostTitleBytes = 250;  // Jira takes 255 characters, GitHub 256

// Findings, requirements, acceptances, planned controls, open threats; each kind in the model's order. A finding is as
// severe as the worst case or rule that it names, else medium; what is required, accepted or planned as the worst that
// it is for. Thread: any.
[[nodiscard]] std::vector<ReviewItem> review_items(const Places& places);

}  // namespace glacis::control
