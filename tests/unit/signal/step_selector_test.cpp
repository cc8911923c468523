#include "dataplane/signal/step_selector.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace glacis
