#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

struct hs_database;

namespace glacis {

enum class PatternCheck : uint8_t { kNone, kLuhn };
enum class EvidenceRule : uint8_t { kNone, kMasked, kFull };

// Whether streams are read that no pattern is looked for in: for what is odd about them (kStreamAnomalies).
enum class BareStreams : uint8_t { kNone, kRead };

// kAgain: an abuse path waits for it, perhaps not from the flow's beginning.
enum class PatternTelling : uint8_t { kOnce, kAgain };

struct PatternSpec {
  std::string expression;
  PatternCheck check = PatternCheck::kNone;
  EvidenceRule evidence = EvidenceRule::kMasked;
  PatternTelling telling = PatternTelling::kOnce;
  friend bool operator==(const PatternSpec&, const PatternSpec&) = default;
};

// One Hyperscan database in streaming mode over the policy's payload patterns; positions in the
// policy's `patterns` are the match ids. Immutable; shared between generations whose patterns are
// equal, so that a push that leaves them alone reopens no stream. Thread: any.
class PatternSet {
 public:
  // Compiles; slow. Every pattern that Hyperscan refuses is named with its reason.
  [[nodiscard]] static ExpectedAll<std::shared_ptr<const PatternSet>> compile(std::vector<PatternSpec> patterns,
                                                                              BareStreams bare = BareStreams::kNone);
  ~PatternSet();
  PatternSet(const PatternSet&) = delete;
  PatternSet& operator=(const PatternSet&) = delete;

  [[nodiscard]] bool empty() const { return patterns_.empty(); }
  [[nodiscard]] bool reads_streams() const { return !empty() || bare_ == BareStreams::kRead; }
  [[nodiscard]] std::span<const PatternSpec> patterns() const { return patterns_; }
  [[nodiscard]] const hs_database* database() const { return database_; }
  [[nodiscard]] size_t stream_bytes() const { return stream_bytes_; }

 private:
  PatternSet() = default;
  std::vector<PatternSpec> patterns_;
  BareStreams bare_ = BareStreams::kNone;
  hs_database* database_ = nullptr;
  size_t stream_bytes_ = 0;
};

}  // namespace glacis
