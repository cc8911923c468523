#include "dataplane/path/path_machine.h"

#include <algorithm>
#include <limits>

namespace glacis {
namespace {

constexpr Nanos kNever{std::numeric_limits<int64_t>::max()};

Moment moment_of(const Event& hit) { return {hit.time, hit.ordinal, hit.flow.id}; }

}  // namespace

PathMachine::PathMachine(const PathRule& rule, size_t max_partials)
    : rule_(rule), max_partials_(max_partials), told_(rule.within, PathMatcher::kMaxTold) {
  for (const PathAlternative& alternative : rule_.alternatives) lay_out(alternative);
}

void PathMachine::lay_out(const PathAlternative& alternative) {
  const auto& steps = alternative.steps;
  const size_t base = states_.size();
  std::vector<StepIndex> required;
  for (size_t j = 0; j < steps.size(); ++j) {
    State state;
    state.step = steps[j];
    state.position = static_cast<uint16_t>(j);
    state.first = required.empty();
    for (size_t i = j; i > 0; --i) {
      state.from.push_back({static_cast<uint16_t>(base + i - 1), gap_between(alternative, i - 1, j)});
      if (!step(steps[i - 1]).optional) break;
    }
    state.complete = true;
    state.point = step(steps[j]).top;
    for (size_t i = j + 1; i < steps.size(); ++i) {
      if (state.complete) state.next.push_back(steps[i]);
      if (step(steps[i]).optional) continue;
      state.complete = false;
      if (step(steps[i]).top == state.point) state.point = 0;
    }
    bound_ways_out(alternative, state);
    if (!step(steps[j]).optional) required.push_back(steps[j]);
    std::vector<StepIndex> filled = required;
    filled.push_back(steps[j]);
    choose_index(state, filled);
    states_.push_back(std::move(state));
  }
}

// The shortest of what bounds the time between two steps: the later one's own gap, and those of the
// groups that begin between them.
Nanos PathMachine::gap_between(const PathAlternative& alternative, size_t from, size_t to) const {
  Nanos gap = step(alternative.steps[to]).gap;
  for (const PathSpan& span : alternative.spans) {
    const bool entered = from < span.first && span.first <= to && to <= span.last;
    if (entered && span.gap.value != 0) gap = gap.value == 0 ? span.gap : std::min(gap, span.gap);
  }
  return gap;
}

void PathMachine::bound_ways_out(const PathAlternative& alternative, State& state) const {
  const size_t furthest = state.position + state.next.size();
  bool every_gap = !state.next.empty();
  for (size_t to = state.position + 1U; to <= furthest; ++to) {
    const Nanos gap = gap_between(alternative, state.position, to);
    state.gap_follows |= gap.value != 0;
    every_gap &= gap.value != 0;
    state.longest_gap = std::max(state.longest_gap, gap);
  }
  if (!every_gap) state.longest_gap = Nanos(0);
  for (const PathSpan& span : alternative.spans) {
    if (state.position < span.first || state.position > span.last) continue;
    state.around.push_back(span);
    if (span.within.value != 0 && furthest <= span.last) state.holding.push_back(span);
  }
}

bool PathMachine::uses(StepIndex s, int8_t variable) const {
  return step(s).from_variable == variable || step(s).to_variable == variable;
}

void PathMachine::choose_index(State& state, std::span<const StepIndex> filled_for_sure) const {
  for (int8_t v = 0; v < kMaxPathVariables; ++v) {
    const auto uses_it = [&](StepIndex s) { return uses(s, v); };
    if (std::ranges::any_of(filled_for_sure, uses_it) && std::ranges::all_of(state.next, uses_it)) {
      state.index_variable = v;
      return;
    }
  }
}

void PathMachine::accept(std::span<const Event> hits, const PathMatcher::Tell& tell_to, PathCounters& counters) {
  if (hits.empty()) return;
  expire(hits.front().time);
  // All hits of a happening advance what was there before it: one event never fills two steps.
  std::vector<Partial> reached;
  for (const Event& hit : hits) {
    if (hit.step.value < rule_.steps.size()) reach(hit, reached);
  }
  tell(hits, reached, tell_to, counters);
  for (Partial& partial : reached) {
    if (!states_[partial.state].next.empty()) keep(std::move(partial), counters);
  }
}

void PathMachine::reach(const Event& hit, std::vector<Partial>& reached) const {
  for (size_t j = 0; j < states_.size(); ++j) {
    const State& state = states_[j];
    if (state.step != hit.step) continue;
    for (const Passage& way : state.from) {
      const State& from = states_[way.from];
      IpAddress place;
      if (from.index_variable >= 0) {
        const bool initiator = step(hit.step).from_variable == from.index_variable;
        place = initiator ? hit.flow.initiator() : hit.flow.responder();
      }
      const auto found = from.waiting.find(place);
      if (found == from.waiting.end()) continue;
      for (const auto& partial : found->second) extend(hit, static_cast<uint16_t>(j), &*partial, way.gap, reached);
    }
    if (state.first) extend(hit, static_cast<uint16_t>(j), nullptr, Nanos(0), reached);
  }
}

void PathMachine::extend(const Event& hit, uint16_t state, const Partial* from, Nanos gap,
                         std::vector<Partial>& reached) const {
  const PathStepRule& rule = step(hit.step);
  Partial next;
  if (from != nullptr) {
    if (!in_time(*from, states_[state], gap, moment_of(hit))) return;
    next = *from;
  } else {
    next.start = hit.time;
  }
  if (!bind(hit, next.bindings)) return;
  next.state = state;
  next.last = moment_of(hit);
  open_groups(next, from, hit.time);
  if (rule.extra) ++next.optionals;
  next.expires = expiry(next);
  next.seen = std::make_shared<const Seen>(Seen{{hit.step, hit.time, hit.ordinal, hit.flow.id, hit.flow.initiator(),
                                                 hit.flow.responder(), hit.flow.responder_port()},
                                                std::move(next.seen)});
  reached.push_back(std::move(next));
}

bool PathMachine::in_time(const Partial& from, const State& to, Nanos gap, const Moment& now) const {
  if (!(from.last < now)) return false;
  if (rule_.within.value != 0 && now.time - from.start > rule_.within) return false;
  const uint16_t position = states_[from.state].position;
  for (const PathSpan& group : to.around) {
    const bool open = position >= group.first;
    if (open && group.within.value != 0 && now.time - from.opened[group.depth] > group.within) return false;
  }
  return gap.value == 0 || now.time - from.last.time <= gap;
}

// Each group around the state keeps its own start; the state's first hit in a group opens it.
void PathMachine::open_groups(Partial& next, const Partial* from, Nanos now) const {
  for (const PathSpan& group : states_[next.state].around) {
    const bool open = from != nullptr && states_[from->state].position >= group.first;
    if (!open) next.opened[group.depth] = now;
  }
}

bool PathMachine::bind(const Event& hit, PathBindings& bindings) const {
  const auto one = [&](int8_t variable, const IpAddress& address) {
    if (variable < 0) return true;
    auto& bound = bindings[static_cast<size_t>(variable)];
    if (!bound) bound = address;
    return *bound == address;
  };
  const PathStepRule& rule = step(hit.step);
  return one(rule.from_variable, hit.flow.initiator()) && one(rule.to_variable, hit.flow.responder());
}

Nanos PathMachine::expiry(const Partial& partial) const {
  Nanos end = rule_.within.value != 0 ? partial.start + rule_.within : kNever;
  const State& state = states_[partial.state];
  for (const PathSpan& group : state.holding) end = std::min(end, partial.opened[group.depth] + group.within);
  return state.longest_gap.value != 0 ? std::min(end, partial.last.time + state.longest_gap) : end;
}

// Whatever completes `b` completes `a` too, and as well.
bool PathMachine::covers(const Partial& a, const Partial& b) const {
  if (rule_.within.value != 0 && a.start < b.start) return false;
  const State& state = states_[a.state];
  for (const PathSpan& group : state.around) {
    const bool goes_on = group.within.value != 0 && state.position < group.last;
    if (goes_on && a.opened[group.depth] < b.opened[group.depth]) return false;
  }
  if (state.gap_follows && a.last.time < b.last.time) return false;
  return a.optionals >= b.optionals;
}

IpAddress PathMachine::place_of(const Partial& partial) const {
  const int8_t v = states_[partial.state].index_variable;
  return v < 0 ? IpAddress{} : partial.bindings[static_cast<size_t>(v)].value_or(IpAddress{});
}

void PathMachine::keep(Partial&& partial, PathCounters& counters) {
  const IpAddress place = place_of(partial);
  State& state = states_[partial.state];
  if (const auto found = state.waiting.find(place); found != state.waiting.end()) {
    std::vector<Partials::iterator> redundant;
    for (const auto& other : found->second) {
      if (other->bindings != partial.bindings) continue;
      if (covers(*other, partial)) return;
      if (covers(partial, *other)) redundant.push_back(other);
    }
    for (const auto& other : redundant) drop(other);
  }
  if (partials_.size() >= max_partials_) {
    ++counters.partials_evicted;
    evicted_at_ = partial.last.time;
    drop(partials_.begin());
  }
  partials_.push_back(std::move(partial));
  state.waiting[place].push_back(std::prev(partials_.end()));
}

void PathMachine::drop(Partials::iterator partial) {
  State& state = states_[partial->state];
  const auto bucket = state.waiting.find(place_of(*partial));
  std::erase(bucket->second, partial);
  if (bucket->second.empty()) state.waiting.erase(bucket);
  partials_.erase(partial);
}

// From the oldest on, up to the first that may still advance; what is behind it goes with it, at most
// one window later.
void PathMachine::expire(Nanos now) {
  while (!partials_.empty() && partials_.front().expires < now) drop(partials_.begin());
}

void PathMachine::tell(std::span<const Event> hits, const std::vector<Partial>& reached,
                       const PathMatcher::Tell& tell_to, PathCounters& counters) {
  struct Candidate {
    const Partial* best = nullptr;
    std::vector<StepIndex> next;
  };
  std::map<Telling, Candidate> tellings;
  for (const Partial& partial : reached) {
    const State& state = states_[partial.state];
    const bool asked = state.point != 0 && std::ranges::find(rule_.alert_at, state.point) != rule_.alert_at.end();
    if (!state.complete && !asked) continue;
    Candidate& candidate = tellings[{state.complete, step(state.step).top, state.step, partial.bindings}];
    if (candidate.best == nullptr || partial.optionals > candidate.best->optionals) candidate.best = &partial;
    candidate.next.insert(candidate.next.end(), state.next.begin(), state.next.end());
  }
  for (auto& [telling, candidate] : tellings) {
    const auto hit = std::ranges::find(hits, telling.step, &Event::step);
    const uint64_t forgotten = told_.forgotten();
    const uint32_t earlier = told_.note(telling, hit->time);
    counters.tellings_forgotten += told_.forgotten() - forgotten;
    if (!telling.complete && earlier != 0) continue;
    PathAlert alert = alert_of(*hit, *candidate.best, states_[candidate.best->state]);
    alert.earlier = earlier;
    std::ranges::sort(candidate.next);
    const auto repeats = std::ranges::unique(candidate.next);
    candidate.next.erase(repeats.begin(), repeats.end());
    alert.next = std::move(candidate.next);
    tell_to(alert);
  }
}

PathAlert PathMachine::alert_of(const Event& hit, const Partial& best, const State& state) const {
  PathAlert alert;
  alert.path = hit.path;
  alert.generation = hit.generation;
  alert.step = step(state.step).top;
  alert.steps = rule_.top_nodes;
  alert.complete = state.complete;
  const bool evicted = evicted_at_.value != INT64_MIN;
  alert.truncated = evicted && (rule_.within.value == 0 || hit.time - evicted_at_ <= rule_.within);
  alert.bindings = best.bindings;
  for (const Seen* seen = best.seen.get(); seen != nullptr; seen = seen->before.get()) alert.seen.push_back(seen->step);
  std::ranges::reverse(alert.seen);
  alert.join = join_of(alert.seen);
  alert.completing = hit;
  return alert;
}

// As strong as the weakest of its joins; a single step joins nothing.
JoinStrength PathMachine::join_of(std::span<const SeenStep> seen) const {
  if (seen.size() < 2) return JoinStrength::kWeak;
  JoinStrength weakest = JoinStrength::kStrong;
  for (size_t i = 1; i < seen.size(); ++i) {
    JoinStrength strongest = JoinStrength::kWeak;
    for (const SeenStep& before : seen.first(i)) {
      if (before.flow == seen[i].flow) strongest = JoinStrength::kStrong;
      for (int8_t v = 0; v < kMaxPathVariables; ++v) {
        const bool shared = uses(before.step, v) && uses(seen[i].step, v);
        if (shared) strongest = std::max(strongest, JoinStrength::kMedium);
      }
    }
    weakest = std::min(weakest, strongest);
  }
  return weakest;
}

}  // namespace glacis
