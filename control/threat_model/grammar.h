#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace glacis::control {

// What a name stands for. Combined, they say what is wanted at a place.
enum NameKind : uint32_t {
  kNoName = 0,
  kZoneName = 1u << 0,
  kAssetName = 1u << 1,
  kFlowName = 1u << 2,
  kNeverName = 1u << 3,
  kDataName = 1u << 4,
  kIdentityName = 1u << 5,
  kBoundaryName = 1u << 6,
  kCaseName = 1u << 7,
  kTapName = 1u << 8,
  kSourceName = 1u << 9,
  kPortGroupName = 1u << 10,
  kControlName = 1u << 11,
  kRequirementName = 1u << 12,
  kAssumptionName = 1u << 13,
  kFindingName = 1u << 14,
  kHuntName = 1u << 15,
  kAnyWord = 1u << 16,  // the word `any` may stand there too
  kTapWord = 1u << 17,  // the word `tap` may
  kEndName = kZoneName | kAssetName | kAnyWord,
  kRuleName = kZoneName | kAssetName | kFlowName | kNeverName | kDataName | kIdentityName | kBoundaryName | kCaseName,
};

struct Key {
  std::string_view name;
  std::string_view needs = {};  // what no sensor has yet; empty: enforced, or it only describes
  uint32_t refers = kNoName;    // its values are names of these kinds
};

// One element of the language: the one definition that the parser holds a file against.
struct ElementGrammar {
  std::string_view element;  // "zones", "step", "limit", ...
  std::span<const Key> keys;
  std::string_view needs = {};  // the whole element is carried only
};

[[nodiscard]] std::span<const ElementGrammar> grammar();
// `element` must be one of the language's.
[[nodiscard]] const ElementGrammar& grammar_of(std::string_view element);

// The fixed vocabularies.
enum class Vocabulary : uint8_t {
  kSeverity,    // info .. critical: v1::Severity
  kUnmodelled,  // allow, report, alert: v1::Unmodelled
  kEvidence,    // none, masked, full: v1::EvidencePolicy
  kStage,
  kCheck,
  kStride,
  kVerb,       // what a step may begin with
  kAnomaly,    // what `anomaly` names: dataplane/base/anomaly.h
  kCondition,  // `is:`
  kAggregate,  // what `sum` and `distinct` are over
  kFlowClass,
  kSourceState,
  kControlStatus,
  kIgnorable,  // what a sensor can leave out of drift
  kStack,      // linux .. cisco: v1::Stack
};
[[nodiscard]] std::span<const std::string_view> words_of(Vocabulary vocabulary);
// count, sum and distinct.
[[nodiscard]] bool is_aggregate(std::string_view verb);
// Whether a step with this verb may have the key; true for what every step may have.
[[nodiscard]] bool key_fits_verb(std::string_view key, std::string_view verb);

}  // namespace glacis::control
