#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/path/path_alert.h"
#include "dataplane/path/path_program.h"

namespace glacis {

class PathMachine;

struct PathCounters {
  uint64_t hits = 0;                // step hits taken
  uint64_t partials_evicted = 0;    // by the cap of their path
  uint64_t tellings_forgotten = 0;  // memory of what was told, by its cap
};

// Follows every abuse path: hits in their total order in, progress and completions out ("Matching,
// exactly" and "Exactly" 13 and 15 of the model language). Gives what enumerating all sequences of hits
// gives; a differential test says so.
// A path's partial matches live as long as some admitted generation has a path with the same rule id
// and definition, so an update that leaves a path alone leaves its progress alone.
// Owns partial matches, at most kMaxPartials for each path (beyond: the oldest is evicted and counted,
// and the path's alerts say truncated). Allocates: not for workers. Thread: one, the correlator's.
class PathMatcher {
 public:
  static constexpr size_t kMaxPartials = 16'384;
  static constexpr size_t kMaxTold = 16'384;  // remembered tellings for each path
  using Tell = std::function<void(const PathAlert&)>;

  explicit PathMatcher(size_t max_partials = kMaxPartials);
  ~PathMatcher();

  // Before the first hit of `generation`. `rules[i]` is the stable id of program.paths[i]'s rule.
  void admit(GenerationId generation, const PathProgram& program, std::span<const RuleId> rules);
  [[nodiscard]] bool admitted(GenerationId generation) const;
  // No hit of a generation before `oldest` will come; progress of paths that no later one has is dropped.
  void release_before(GenerationId oldest);

  // All step hits of one happening: same (time, ordinal), one generation, ordered by (path, step); later
  // than every happening before. Hits whose generation is not admitted are ignored.
  void accept(std::span<const Event> hits, const Tell& tell);

  [[nodiscard]] size_t partials() const;
  [[nodiscard]] const PathCounters& counters() const { return counters_; }

 private:
  using Key = std::pair<uint32_t, uint64_t>;  // rule id, definition

  const size_t max_partials_;
  std::map<Key, std::shared_ptr<PathMachine>> machines_;
  std::map<GenerationId, std::vector<std::shared_ptr<PathMachine>>> generations_;
  PathCounters counters_;
};

}  // namespace glacis
