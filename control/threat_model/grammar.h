#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "control/threat_model/vocabulary.h"

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
  kInvariantName = 1u << 18,
  kAnyWord = 1u << 16,  // the word `any` may stand there too
  kTapWord = 1u << 17,  // the word `tap` may
  kEndName = kZoneName | kAssetName | kAnyWord,
  kRuleName = kZoneName | kAssetName | kFlowName | kNeverName | kDataName | kIdentityName | kBoundaryName | kCaseName,
};

// How a value is written.
enum class Shape : uint8_t {
  kText,        // one value
  kVersion,     // of the language: 1
  kFlag,        // true or false
  kNumber,      // least to most
  kComparison,  // likewise, or compared with one: 4, <30, >=4
  kDuration,    // 30s, 10m, 4h, 1d
  kDate,        // 2029-03-31
  kHours,       // "07:00-19:00"
  kDays,        // mon-fri
  kTimeZone,    // Europe/Berlin
  kPort,        // 443, 5985-5986; with names: or a name under ports
  kAddress,     // 10.1.0.0/16, fd00:1::/48
  kAnyAddress,  // likewise, or any
  kAmount,      // 5000, 200MB, 64MiB
  kRate,        // 50MB/h
  kTechnique,   // T1078.002
  kWord,        // of the vocabulary
  kWordOrNone,  // likewise, or none
  kName,        // of what `refers` says
  kEnd,         // likewise; in a step it may bind a variable: "users $h", "$h"
  kVariable,    // "$h", or an identity
  kElement,     // keys and values of `element`
  kSection,     // names, each with keys and values of `element`
  kElements,    // a list of keys and values of `element`
  kSteps,       // a list of steps and groups
  kTexts,       // names, each with a text
  kPortGroups,  // names, each with ports
  kPairs,       // a list of pairs of names
};

// Whether a list may stand where one value may.
enum class Many : uint8_t { kOne, kList };

// One key of an element, all that is known of it. Made by the functions below, in tables.
struct Key {
  std::string_view name;
  std::string_view says;  // one line for people
  Shape shape = Shape::kText;
  Many many = Many::kOne;
  uint32_t least = 0, most = 0;                   // kNumber, kComparison
  Vocabulary vocabulary = Vocabulary::kSeverity;  // kWord, kWordOrNone
  uint32_t refers = kNoName;                      // kName, kEnd, kVariable, kPairs: kinds of names
  NameKind declares = kNoName;                    // kSection, kPortGroups: what its names are
  std::string_view element = {};                  // kElement, kSection, kElements
  bool required = false;
  std::string_view hint = {};   // what to write, where it is missing or empty
  std::string_view needs = {};  // what no sensor has yet; empty: enforced, or it only describes

  [[nodiscard]] constexpr Key must(std::string_view what = {}) const {
    Key out = *this;
    out.required = true;
    out.hint = what;
    return out;
  }
  [[nodiscard]] constexpr Key list() const {
    Key out = *this;
    out.many = Many::kList;
    return out;
  }
  [[nodiscard]] constexpr Key lacks(std::string_view what) const {
    Key out = *this;
    out.needs = what;
    return out;
  }
};

// What tables are made of.
namespace key {
constexpr Key plain(std::string_view name, Shape shape, std::string_view says) {
  return {.name = name, .says = says, .shape = shape};
}
constexpr Key text(std::string_view name, std::string_view says) { return plain(name, Shape::kText, says); }
constexpr Key number(std::string_view name, uint32_t least, uint32_t most, std::string_view says) {
  return {.name = name, .says = says, .shape = Shape::kNumber, .least = least, .most = most};
}
constexpr Key word(std::string_view name, Vocabulary vocabulary, std::string_view says) {
  return {.name = name, .says = says, .shape = Shape::kWord, .vocabulary = vocabulary};
}
constexpr Key reference(std::string_view name, uint32_t refers, std::string_view says, Shape shape = Shape::kName) {
  return {.name = name, .says = says, .shape = shape, .refers = refers};
}
constexpr Key inner(std::string_view name, std::string_view element, std::string_view says) {
  return {.name = name, .says = says, .shape = Shape::kElement, .element = element};
}
}  // namespace key

// One element of the language: the one definition that the parser holds a file against, and that the JSON Schema and
// the reference page are made of.
struct ElementGrammar {
  std::string_view element;  // "zones", "step", "limit", ...
  std::string_view says;     // one line for people
  std::span<const Key> keys;
  std::string_view needs = {};  // the whole element is carried only
};

// Of a model; the first is its file.
[[nodiscard]] std::span<const ElementGrammar> grammar();
// Of a file of invariants; the first is the file. Its names are none of a model's.
[[nodiscard]] std::span<const ElementGrammar> invariant_grammar();
// `element` must be one of either.
[[nodiscard]] const ElementGrammar& grammar_of(std::string_view element);
// None: it has no such key.
[[nodiscard]] const Key* key_of(std::span<const Key> keys, std::string_view name);

}  // namespace glacis::control
