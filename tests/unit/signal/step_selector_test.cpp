#include "dataplane/signal/step_selector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace glacis {
namespace {

constexpr size_t kPlaces = 8;
const PlaceId kUser(1), kServer(2), kOther(3);

PlaceSet only(PlaceId place) {
  PlaceSet out(kPlaces);
  out.add(place);
  return out;
}

PathStepRule step() {
  PathStepRule out;
  out.enforced = true;
  out.ends.from = only(kUser);
  out.ends.to = only(kServer);
  return out;
}

StepQuestion question() {
  StepQuestion q;
  q.ends.initiator = kUser;
  q.ends.responder = kServer;
  q.ends.responder_port = 443;
  q.ends.protocol = 6;
  return q;
}

template <class... Some>
AnomalySet of(Some... some) {
  AnomalySet out;
  (out.add(some), ...);
  return out;
}

class StepSelectorTest : public testing::Test {
 protected:
  StepSelectorTest() { program.paths.resize(1); }
  void add(PathStepRule rule) {
    program.paths[0].steps.push_back(std::move(rule));
    program.index_steps(kPlaces);
  }
  std::vector<int> judged(const StepQuestion& q) const {
    std::vector<int> out;
    StepSelector(program, judge).on_judged(q, [&](StepHit hit) { out.push_back(hit.step.value); });
    return out;
  }
  std::vector<int> outcome(const StepQuestion& q, FlowOutcome before) const {
    std::vector<int> out;
    StepSelector(program, judge).on_outcome(q, before, [&](StepHit hit) { out.push_back(hit.step.value); });
    return out;
  }
  std::vector<int> content(const StepQuestion& q, uint32_t pattern) const {
    std::vector<int> out;
    StepSelector(program, judge).on_content(q, pattern, [&](StepHit hit) { out.push_back(hit.step.value); });
    return out;
  }
  std::vector<int> anomalies(const StepQuestion& q, AnomalySet seen) const {
    std::vector<int> out;
    StepSelector(program, judge).on_anomalies(q, seen, [&](StepHit hit) { out.push_back(hit.step.value); });
    return out;
  }
  PathProgram program;
  Judge judge;
  const std::vector<int> none, first{0};
};

TEST_F(StepSelectorTest, AFlowBetweenTheEndsHitsAtItsJudgement) {
  add(step());
  EXPECT_EQ(judged(question()), first);
  StepQuestion back = question();
  std::swap(back.ends.initiator, back.ends.responder);
  EXPECT_EQ(judged(back), none);
  StepQuestion elsewhere = question();
  elsewhere.ends.responder = kOther;
  EXPECT_EQ(judged(elsewhere), none);
}

TEST_F(StepSelectorTest, PortsAreInclusive) {
  PathStepRule rule = step();
  rule.ends.ports = {{22, 22}, {440, 443}};
  add(rule);
  StepQuestion q = question();
  EXPECT_EQ(judged(q), first);
  q.ends.responder_port = 444;
  EXPECT_EQ(judged(q), none);
}

TEST_F(StepSelectorTest, NothingHitsWhereAnotherTapJudges) {
  add(step());
  StepQuestion q = question();
  q.judged_here = false;
  EXPECT_EQ(judged(q), none);
}

TEST_F(StepSelectorTest, AStepThatIsNotEnforcedNeverHits) {
  PathStepRule rule = step();
  rule.enforced = false;
  add(rule);
  EXPECT_EQ(judged(question()), none);
}

TEST_F(StepSelectorTest, UnmodelledAsksForTheLine) {
  PathStepRule rule = step();
  rule.needs_unmodelled = true;
  add(rule);
  StepQuestion q = question();
  EXPECT_EQ(judged(q), first);
  q.line = RuleIndex(4);
  EXPECT_EQ(judged(q), none);
}

TEST_F(StepSelectorTest, EstablishedHitsOnceWhenTheOutcomeIsReached) {
  PathStepRule rule = step();
  rule.needs_established = true;
  add(rule);
  add(step());  // asks for no outcome: not told again
  StepQuestion q = question();
  EXPECT_EQ(judged(q), std::vector{1});
  q.outcome = FlowOutcome::kEstablished;
  EXPECT_EQ(outcome(q, FlowOutcome::kAttempted), first);
  q.outcome = FlowOutcome::kData;
  EXPECT_EQ(outcome(q, FlowOutcome::kEstablished), none);
  EXPECT_EQ(outcome(q, FlowOutcome::kAttempted), first);
}

TEST_F(StepSelectorTest, DeniedIsRefusedOrUnansweredButNotUnknown) {
  PathStepRule rule = step();
  rule.needs_denied = true;
  add(rule);
  StepQuestion q = question();
  for (const auto& [reached, hits] :
       {std::pair(FlowOutcome::kRefused, first), std::pair(FlowOutcome::kUnanswered, first),
        std::pair(FlowOutcome::kUnknown, none), std::pair(FlowOutcome::kData, none)}) {
    q.outcome = reached;
    EXPECT_EQ(outcome(q, FlowOutcome::kAttempted), hits);
  }
}

TEST_F(StepSelectorTest, AFlowLineIsAskedItself) {
  JudgeTables tables;
  tables.flat = {false};
  tables.trust = {0};
  tables.lines.resize(2);
  for (FlowLineRule& line : tables.lines) {
    line.from = only(kUser);
    line.to = only(kServer);
  }
  tables.lines[0].ports = {{443, 443}};
  tables.lines[1].ports = {{80, 80}};
  judge = Judge(std::move(tables), ZoneTable{});
  for (const int32_t line : {0, 1}) {
    PathStepRule rule = step();
    rule.flow_line = line;
    add(rule);
  }
  EXPECT_EQ(judged(question()), first);
}

TEST_F(StepSelectorTest, ContentHitsByPatternAndEnds) {
  PathStepRule rule = step();
  rule.verb = StepVerb::kContent;
  rule.pattern_ids = {3, 5};
  add(rule);
  EXPECT_EQ(content(question(), 5), first);
  EXPECT_EQ(content(question(), 4), none);
  EXPECT_EQ(judged(question()), none);
  StepQuestion other = question();
  other.ends.initiator = kOther;
  EXPECT_EQ(content(other, 5), none);
}

TEST_F(StepSelectorTest, AnAnomalyHitsStepsThatNameItBetweenTheirEnds) {
  PathStepRule rule = step();
  rule.verb = StepVerb::kAnomaly;
  rule.anomalies = of(Anomaly::kTcpConflict, Anomaly::kFragmentConflict);
  add(rule);
  EXPECT_EQ(anomalies(question(), of(Anomaly::kTcpConflict)), first);
  EXPECT_EQ(anomalies(question(), of(Anomaly::kFragmentConflict, Anomaly::kTcpGap)), first);
  EXPECT_EQ(anomalies(question(), of(Anomaly::kTcpGap)), none);
  EXPECT_EQ(judged(question()), none);
  StepQuestion other = question();
  other.ends.initiator = kOther;
  EXPECT_EQ(anomalies(other, of(Anomaly::kTcpConflict)), none);
}

TEST_F(StepSelectorTest, WhatStepsAskForIsKnownWithoutAskingThem) {
  PathStepRule rule = step();
  rule.verb = StepVerb::kAnomaly;
  rule.anomalies = of(Anomaly::kTcpConflict);
  add(rule);
  rule.anomalies = of(Anomaly::kTooDeep);
  add(rule);
  EXPECT_EQ(program.anomalies, of(Anomaly::kTcpConflict, Anomaly::kTooDeep));
}

// --- Against a walk over every step ---

class Walk {
 public:
  explicit Walk(uint32_t seed) : random_(seed) {
    program.paths.resize(1 + pick(40));
    for (PathRule& path : program.paths) {
      for (size_t i = 1 + pick(6); i > 0; --i) path.steps.push_back(some_step());
    }
    program.index_steps(kPlaces);
  }
  StepQuestion some_question() {
    StepQuestion q;
    q.ends.initiator = PlaceId(pick(kPlaces));
    q.ends.responder = PlaceId(pick(kPlaces));
    q.ends.responder_port = static_cast<uint16_t>(pick(12));
    q.line = pick(2) == 0 ? kNoRule : RuleIndex(3);
    q.judged_here = pick(8) != 0;
    q.outcome = some_outcome();
    return q;
  }
  FlowOutcome some_outcome() { return static_cast<FlowOutcome>(1 + pick(6)); }

  // (path, step) of those that `holds`.
  template <class Holds>
  std::vector<std::pair<int, int>> hits(Holds holds) const {
    std::vector<std::pair<int, int>> out;
    for (size_t p = 0; p < program.paths.size(); ++p) {
      for (size_t s = 0; s < program.paths[p].steps.size(); ++s) {
        if (holds(program.paths[p].steps[s])) out.emplace_back(static_cast<int>(p), static_cast<int>(s));
      }
    }
    return out;
  }
  static bool outcome_wanted(const PathStepRule& step, FlowOutcome outcome) {
    const bool established = outcome == FlowOutcome::kEstablished || outcome == FlowOutcome::kData;
    const bool denied = outcome == FlowOutcome::kRefused || outcome == FlowOutcome::kUnanswered;
    if (step.needs_established && !established) return false;
    return !step.needs_denied || denied;
  }
  static bool wanted(const PathStepRule& step, const StepQuestion& q) {
    bool port = step.ends.ports.empty();
    for (const Ports& p : step.ends.ports) port |= p.first <= q.ends.responder_port && q.ends.responder_port <= p.last;
    return q.judged_here && step.enforced && port && step.ends.from.contains(q.ends.initiator) &&
           step.ends.to.contains(q.ends.responder) && !(step.needs_unmodelled && q.line != kNoRule) &&
           outcome_wanted(step, q.outcome);
  }
  PathProgram program;

 private:
  uint32_t pick(size_t of) { return static_cast<uint32_t>(random_() % of); }
  PathStepRule some_step() {
    PathStepRule out;
    out.enforced = pick(8) != 0;
    constexpr StepVerb kVerbs[] = {StepVerb::kFlow, StepVerb::kFlow, StepVerb::kContent, StepVerb::kAnomaly};
    out.verb = kVerbs[pick(4)];
    out.anomalies.bits = pick(16);
    for (PlaceSet* end : {&out.ends.from, &out.ends.to}) {
      *end = PlaceSet(kPlaces);
      for (uint32_t p = 0; p < kPlaces; ++p) {
        if (pick(2) == 0) end->add(PlaceId(p));
      }
    }
    for (size_t i = pick(4); i > 0; --i) {
      const auto first = static_cast<uint16_t>(pick(10));
      out.ends.ports.push_back({first, static_cast<uint16_t>(first + pick(3))});
    }
    out.needs_unmodelled = pick(4) == 0;
    out.needs_established = pick(4) == 0;
    out.needs_denied = pick(4) == 0;
    for (size_t i = pick(3); i > 0; --i) out.pattern_ids.push_back(pick(4));
    return out;
  }
  std::mt19937 random_;
};

TEST(StepSelectorDifferential, FindsInOrderWhatAWalkOverEveryStepFinds) {
  size_t at_judgement = 0, at_outcome = 0, by_content = 0, by_anomaly = 0;
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    Walk walk(seed);
    const Judge judge;
    const StepSelector selector(walk.program, judge);
    for (int i = 0; i < 50; ++i) {
      const StepQuestion q = walk.some_question();
      const FlowOutcome before = walk.some_outcome();
      const AnomalySet seen = of(Anomaly::kSourceRoute, Anomaly::kPortZero);
      std::vector<std::pair<int, int>> judged, told, content, anomalous;
      const auto into = [](auto& list) {
        return [&list](StepHit hit) { list.emplace_back(hit.path.value, hit.step.value); };
      };
      selector.on_judged(q, into(judged));
      selector.on_outcome(q, before, into(told));
      selector.on_content(q, 2, into(content));
      selector.on_anomalies(q, seen, into(anomalous));
      const auto flow = [&](const PathStepRule& step) { return step.verb == StepVerb::kFlow && Walk::wanted(step, q); };
      ASSERT_EQ(judged, walk.hits(flow)) << "seed " << seed;
      ASSERT_EQ(told, walk.hits([&](const PathStepRule& step) {
        return flow(step) && !Walk::outcome_wanted(step, before);
      })) << "seed "
          << seed;
      ASSERT_EQ(content, walk.hits([&](const PathStepRule& step) {
        const auto& patterns = step.pattern_ids;
        return step.verb == StepVerb::kContent && Walk::wanted(step, q) &&
               std::find(patterns.begin(), patterns.end(), 2u) != patterns.end();
      })) << "seed "
          << seed;
      ASSERT_EQ(anomalous, walk.hits([&](const PathStepRule& step) {
        return step.verb == StepVerb::kAnomaly && Walk::wanted(step, q) && (step.anomalies.bits & seen.bits) != 0;
      })) << "seed "
          << seed;
      at_judgement += judged.size();
      at_outcome += told.size();
      by_content += content.size();
      by_anomaly += anomalous.size();
    }
  }
  EXPECT_GT(at_judgement, 1000u);
  EXPECT_GT(at_outcome, 1000u);
  EXPECT_GT(by_content, 1000u);
  EXPECT_GT(by_anomaly, 1000u);
}

}  // namespace
}  // namespace glacis
