#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/base/error.h"
#include "dataplane/scan/pattern_set.h"

struct hs_scratch;
struct hs_stream;

namespace glacis {

struct ContentMatch {
  uint32_t pattern = 0;  // position in the policy's patterns
  EvidenceSlice evidence;
};

struct ScanCounters {
  uint64_t bytes = 0, matches = 0;
  uint64_t refused = 0;            // flows left unscanned because every stream was taken
  uint64_t candidates_capped = 0;  // checks not made: a flow had too many candidates
};

// The streams of one worker over one PatternSet: a fixed pool, opened at construction, because
// opening allocates and resetting does not. Each flow uses one stream per direction. Keeps the last
// 256 bytes of each direction, so that a match over segments can be checked and shown.
// Construction: control thread, off the workers. Everything else: the worker that owns it.
class Scanner {
 public:
  static constexpr size_t kMaxMatches = 8;          // told per scan call; more are counted only
  static constexpr uint32_t kMaxCandidates = 4096;  // checks per flow and direction

  // Fails when Hyperscan has no memory.
  [[nodiscard]] static Expected<std::unique_ptr<Scanner>> make(std::shared_ptr<const PatternSet> patterns,
                                                               size_t flows);
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // A handle for one flow; 0 when every stream is taken (counted), or none is read.
  [[nodiscard]] uint32_t open();
  // A second one beside an open one, for bytes that the same flow may carry instead: patterns are told once by both
  // together. Offsets count on from where `handle` is. Close it before that one.
  [[nodiscard]] uint32_t open_beside(uint32_t handle);
  void close(uint32_t handle);
  // Scans the next bytes of one direction. The result lives until the next call. A pattern of kAgain is
  // told once per flow and direction in a second of `now`, the packet's time; others once. `reading`: what matches say.
  [[nodiscard]] std::span<const ContentMatch> scan(uint32_t handle, bool to_responder, std::span<const uint8_t> bytes,
                                                   Nanos now, EvidenceReading reading = EvidenceReading::kTarget);
  // Forgets what came before in this direction: after a gap, and between datagrams.
  void restart(uint32_t handle, bool to_responder);

  [[nodiscard]] const PatternSet& patterns() const { return *patterns_; }
  [[nodiscard]] const ScanCounters& counters() const { return counters_; }

 private:
  struct Lane;  // one direction of one flow
  Scanner(std::shared_ptr<const PatternSet> patterns, size_t flows);
  static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void* context);
  void accept(unsigned pattern, uint64_t end);
  void remember(Lane& lane, std::span<const uint8_t> bytes);

  std::shared_ptr<const PatternSet> patterns_;
  hs_scratch* scratch_ = nullptr;
  std::vector<Lane> lanes_;  // two per flow
  std::vector<uint32_t> free_;
  std::array<ContentMatch, kMaxMatches> matches_;
  size_t match_count_ = 0;
  ScanCounters counters_;
  // The scan that is running, for on_match.
  Lane* lane_ = nullptr;
  std::span<const uint8_t> bytes_;
  bool to_responder_ = false;
  EvidenceReading reading_ = EvidenceReading::kTarget;
};

}  // namespace glacis
