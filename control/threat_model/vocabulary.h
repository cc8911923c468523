#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace glacis::control {

// The fixed vocabularies: the words that stand at a place, and what each means.
enum class Vocabulary : uint8_t {
  kSeverity,    // info .. critical: v1::Severity
  kUnmodelled,  // allow, report, alert: v1::Unmodelled
  kEvidence,    // none, masked, full: v1::EvidencePolicy
  kStage,       // planning .. live, in this order
  kReview,      // what makes a model due for a review
  kChange,      // what changes at a boundary
  kCheck,
  kStride,
  kVerb,       // what a step may begin with
  kAnomaly,    // what `anomaly` names: dataplane/base/anomaly.h
  kCondition,  // `is:`
  kAggregate,  // what `sum` and `distinct` are over
  kFlowClass,
  kAssetKind,
  kIdentityKind,
  kSourceState,
  kControlStatus,
  kDecision,
  kRequirementKind,
  kSeen,       // what `verify: {seen: }` waits for
  kIgnorable,  // what a sensor can leave out of drift
  kStack,      // linux .. hp-jetdirect: v1::Stack
  kSight,      // how much is seen of a case
};

struct VocabularyWord {
  std::string_view text;
  std::string_view says;  // one line for people
};

[[nodiscard]] std::span<const VocabularyWord> words_of(Vocabulary vocabulary);
// Its position in the vocabulary, from 1; 0: no such word.
[[nodiscard]] int position_of(std::string_view word, Vocabulary vocabulary);

// The word at a position from 1; nothing at 0.
[[nodiscard]] std::string_view word_at(int position, Vocabulary vocabulary);

// count, sum and distinct.
[[nodiscard]] bool is_aggregate(std::string_view verb);
// Whether a step with this verb may have the key; true for what every step may have.
[[nodiscard]] bool key_fits_verb(std::string_view key, std::string_view verb);

}  // namespace glacis::control
