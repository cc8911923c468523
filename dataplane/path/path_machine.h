#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "dataplane/path/path_alert.h"
#include "dataplane/path/path_matcher.h"
#include "dataplane/path/path_program.h"
#include "dataplane/path/told_log.h"

namespace glacis {

// Where a happening stands in the total order. The flow parts happenings of different workers that a
// live sensor gave the same time and ordinal.
struct Moment {
  Nanos time;
  Ordinal ordinal;
  FlowId flow;
  friend auto operator<=>(const Moment&, const Moment&) = default;
};

// The partial matches of one abuse path. A state is a position of an alternative: the step last filled.
// Advancing copies a partial match; per state and bindings only those stay that no other makes
// redundant (newer start of each open window, newer last step where a `gap` follows, more optional steps).
// Thread: the correlator's.
class PathMachine {
 public:
  PathMachine(const PathRule& rule, size_t max_partials);

  // This path's hits of one happening, ordered by step. `counters` is the matcher's.
  void accept(std::span<const Event> hits, const PathMatcher::Tell& tell, PathCounters& counters);
  [[nodiscard]] size_t partials() const { return partials_.size(); }

 private:
  struct Seen {
    SeenStep step;
    std::shared_ptr<const Seen> before;
  };
  struct Partial {
    uint16_t state = 0;
    Nanos start, expires;
    std::array<Nanos, kMaxInnerGroups> opened{};  // first event of each group around the state, by depth
    Moment last;
    uint16_t optionals = 0;
    PathBindings bindings;
    std::shared_ptr<const Seen> seen;
  };
  using Partials = std::list<Partial>;  // by creation: the oldest first

  // The way from one state to a later one.
  struct Passage {
    uint16_t from = 0;
    Nanos gap;  // longest time since the step before; 0: any
  };

  // One position of one alternative.
  struct State {
    StepIndex step;
    uint16_t position = 0;
    bool first = false;             // nothing required comes before
    std::vector<Passage> from;      // the ways in
    std::vector<StepIndex> next;    // steps that may come next
    std::vector<PathSpan> around;   // groups that it stands in
    std::vector<PathSpan> holding;  // those of `around` with `within` in which every next step stands too
    bool complete = false;          // nothing required comes after
    uint16_t point = 0;             // top-level node that it ends; 0: none
    bool gap_follows = false;
    Nanos longest_gap;           // of the ways out; 0: some has none
    int8_t index_variable = -1;  // bound here and used by every step of `next`
    std::map<IpAddress, std::vector<Partials::iterator>> waiting;
  };

  void lay_out(const PathAlternative& alternative);
  [[nodiscard]] Nanos gap_between(const PathAlternative& alternative, size_t from, size_t to) const;
  void bound_ways_out(const PathAlternative& alternative, State& state) const;
  void choose_index(State& state, std::span<const StepIndex> filled_for_sure) const;
  [[nodiscard]] const PathStepRule& step(StepIndex s) const { return rule_.steps[s.value]; }
  [[nodiscard]] bool uses(StepIndex s, int8_t variable) const;

  void reach(const Event& hit, std::vector<Partial>& reached) const;
  void extend(const Event& hit, uint16_t state, const Partial* from, Nanos gap, std::vector<Partial>& reached) const;
  [[nodiscard]] bool in_time(const Partial& from, const State& to, Nanos gap, const Moment& now) const;
  void open_groups(Partial& next, const Partial* from, Nanos now) const;
  [[nodiscard]] bool bind(const Event& hit, PathBindings& bindings) const;
  [[nodiscard]] Nanos expiry(const Partial& partial) const;
  [[nodiscard]] bool covers(const Partial& a, const Partial& b) const;
  [[nodiscard]] IpAddress place_of(const Partial& partial) const;

  void keep(Partial&& partial, PathCounters& counters);
  void drop(Partials::iterator partial);
  void expire(Nanos now);
  void tell(std::span<const Event> hits, const std::vector<Partial>& reached, const PathMatcher::Tell& tell,
            PathCounters& counters);
  [[nodiscard]] PathAlert alert_of(const Event& hit, const Partial& best, const State& state) const;
  [[nodiscard]] JoinStrength join_of(std::span<const SeenStep> seen) const;

  PathRule rule_;
  const size_t max_partials_;
  std::vector<State> states_;
  Partials partials_;
  ToldLog told_;
  Nanos evicted_at_{INT64_MIN};
};

}  // namespace glacis
