#include "dataplane/path/path_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>

#include "dataplane/path/told_log.h"
#include "tests/unit/path/path_streams.h"

namespace glacis {
namespace {

const std::vector<RuleId> kRule{RuleId(7)};

std::vector<PathAlert> run(const PathRule& rule, const std::vector<Happening>& stream,
                           size_t cap = PathMatcher::kMaxPartials, PathCounters* counters = nullptr) {
  PathMatcher matcher(cap);
  matcher.admit(GenerationId(1), PathProgram{{rule}}, kRule);
  std::vector<PathAlert> out;
  for (const Happening& hits : stream) matcher.accept(hits, [&](const PathAlert& a) { out.push_back(a); });
  if (counters != nullptr) *counters = matcher.counters();
  return out;
}

size_t completions(const std::vector<PathAlert>& alerts) {
  return static_cast<size_t>(std::ranges::count_if(alerts, &PathAlert::complete));
}

// 0 -> 1: the destination of the first is the source of the second.
PathRule pivot(int64_t within_s = 0) { return then_path({path_step(1, 0, 1), path_step(2, 1, 2)}, within_s); }

TEST(PathMatcher, APivotCompletesWhenTheDestinationOfOneStepIsTheSourceOfTheNext) {
  const auto alerts = run(pivot(), {{step_hit(0, 10, 1, 2)}, {step_hit(1, 20, 2, 3)}});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_TRUE(alerts[0].complete);
  EXPECT_EQ(alerts[0].step, 2);
  EXPECT_EQ(alerts[0].steps, 2);
  EXPECT_EQ(alerts[0].bindings[0], host(1));
  EXPECT_EQ(alerts[0].bindings[1], host(2));
  EXPECT_EQ(alerts[0].bindings[2], host(3));
  ASSERT_EQ(alerts[0].seen.size(), 2u);
  EXPECT_EQ(alerts[0].seen[0].flow, FlowId(1010));
  EXPECT_EQ(alerts[0].join, JoinStrength::kMedium);
}

TEST(PathMatcher, APivotThroughAnotherHostIsNone) {
  EXPECT_TRUE(run(pivot(), {{step_hit(0, 10, 1, 2)}, {step_hit(1, 20, 4, 3)}}).empty());
}

TEST(PathMatcher, StepsInTheWrongOrderAreNoMatch) {
  EXPECT_TRUE(run(pivot(), {{step_hit(1, 10, 2, 3)}, {step_hit(0, 20, 1, 2)}}).empty());
}

TEST(PathMatcher, OneEventNeverFillsTwoSteps) {
  const PathRule rule = then_path({path_step(1), path_step(2)});
  const Happening both{step_hit(0, 10), step_hit(1, 10)};
  EXPECT_TRUE(run(rule, {both}).empty());
  EXPECT_EQ(run(rule, {both, {step_hit(1, 11)}}).size(), 1u);
}

TEST(PathMatcher, OneEventNeverFillsTwoStepsEvenWhenItsHitsComeApart) {
  const PathRule rule = then_path({path_step(1), path_step(2)});
  EXPECT_TRUE(run(rule, {{step_hit(0, 10)}, {step_hit(1, 10)}}).empty());
}

TEST(PathMatcher, AnEventThatRestartsTheChainStillAdvancesTheOlderOne) {
  const PathRule rule = then_path({path_step(1), path_step(2)}, 100);
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 10)}, {step_hit(0, 20), step_hit(1, 20)}})), 1u);
}

TEST(PathMatcher, WithinIsInclusiveAndCountsFromTheFirstEvent) {
  EXPECT_EQ(completions(run(pivot(10), {{step_hit(0, 10, 1, 2)}, {step_hit(1, 20, 2, 3)}})), 1u);
  EXPECT_EQ(completions(run(pivot(10), {{step_hit(0, 10, 1, 2)}, {step_hit(1, 21, 2, 3)}})), 0u);
}

TEST(PathMatcher, GapBoundsTheTimeSinceThePreviousStep) {
  const PathRule rule = then_path({path_step(1), path_step(2, -1, -1, 5), path_step(3, -1, -1, 5)});
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 6)}, {step_hit(2, 11)}})), 1u);
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 6)}, {step_hit(2, 12)}})), 0u);
}

// 0, then the group (1, 2) with a window of its own.
PathRule with_inner_group(Nanos within, Nanos gap) {
  PathRule rule = then_path({path_step(1), path_step(2), path_step(2)});
  rule.alternatives[0].spans = {{1, 2, 0, within, gap}};
  return rule;
}

TEST(PathMatcher, AnInnerGroupsWindowStartsAtItsOwnFirstEvent) {
  const PathRule rule = with_inner_group(seconds(5), Nanos(0));
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 100)}, {step_hit(2, 105)}})), 1u);
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 100)}, {step_hit(2, 106)}})), 0u);
  // The newer start of the group is the one that completes, though the path's own start is the same.
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 90)}, {step_hit(1, 100)}, {step_hit(2, 105)}})), 1u);
}

TEST(PathMatcher, AGroupsGapBoundsTheTimeToItsFirstEventAlone) {
  const PathRule rule = with_inner_group(Nanos(0), seconds(5));
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 6)}, {step_hit(2, 500)}})), 1u);
  EXPECT_EQ(completions(run(rule, {{step_hit(0, 1)}, {step_hit(1, 7)}, {step_hit(2, 8)}})), 0u);
}

// What an "overwrite the newest" matcher loses: the newer start at state 1 must not replace the partial
// match that is already at state 2, nor the older start the newer.
TEST(PathMatcher, ANewerStartDoesNotLoseTheOlderChain) {
  const PathRule rule = then_path({path_step(1, 0, -1), path_step(2, 0, -1, 5), path_step(3, 0, -1)}, 12);
  const auto alerts = run(rule, {{step_hit(0, 1)}, {step_hit(1, 4)}, {step_hit(0, 5)}, {step_hit(2, 12)}});
  EXPECT_EQ(completions(alerts), 1u);
}

TEST(PathMatcher, AnOptionalStepMayBeMissingAndIsToldWhenSeen) {
  const PathRule rule = then_path({path_step(1), path_step(2, -1, -1, 0, true), path_step(3)});
  EXPECT_EQ(run(rule, {{step_hit(0, 1)}, {step_hit(2, 2)}}).at(0).seen.size(), 2u);
  EXPECT_EQ(run(rule, {{step_hit(0, 1)}, {step_hit(1, 2)}, {step_hit(2, 3)}}).at(0).seen.size(), 3u);
  // A later start without the optional step is not preferred to the one with it.
  EXPECT_EQ(run(rule, {{step_hit(0, 1)}, {step_hit(1, 2)}, {step_hit(0, 3)}, {step_hit(2, 4)}}).at(0).seen.size(), 3u);
}

TEST(PathMatcher, ProgressIsToldOncePerWindowAndNamesWhatComesNext) {
  PathRule rule = then_path({path_step(1), path_step(2), path_step(3)}, 100);
  rule.alert_at = {2, 3};
  const auto alerts =
      run(rule, {{step_hit(0, 1)}, {step_hit(1, 2)}, {step_hit(1, 3)}, {step_hit(0, 200)}, {step_hit(1, 201)}});
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_FALSE(alerts[0].complete);
  EXPECT_EQ(alerts[0].step, 2);
  EXPECT_EQ(alerts[0].next, std::vector{StepIndex(2)});
  EXPECT_EQ(alerts[1].completing.time, seconds(201));
}

TEST(PathMatcher, EachCompletingEventIsToldWithTheNumberOfEarlierOnes) {
  const auto alerts =
      run(pivot(100), {{step_hit(0, 1, 1, 2)}, {step_hit(1, 2, 2, 3)}, {step_hit(1, 3, 2, 3)}, {step_hit(1, 4, 2, 9)}});
  ASSERT_EQ(alerts.size(), 3u);
  EXPECT_EQ(alerts[0].earlier, 0u);
  EXPECT_EQ(alerts[1].earlier, 1u);
  EXPECT_EQ(alerts[2].earlier, 0u);  // another binding
}

TEST(PathMatcher, ANodeOfTwoStepsIsReachedByItsLast) {
  PathRule rule = then_path({path_step(1), path_step(1), path_step(2)});
  rule.alert_at = {1, 2};
  const auto alerts = run(rule, {{step_hit(0, 1)}, {step_hit(1, 2)}});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].completing.time, seconds(2));
}

TEST(PathMatcher, TwoAlternativesReachedByOneEventAreOneAlertWithBothContinuations) {
  PathRule rule = then_path({path_step(1), path_step(2), path_step(2)});
  rule.alternatives = {{{StepIndex(0), StepIndex(1)}, {}}, {{StepIndex(0), StepIndex(2)}, {}}};
  rule.alert_at = {1, 2};
  const auto alerts = run(rule, {{step_hit(0, 1)}});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].next, (std::vector{StepIndex(1), StepIndex(2)}));
}

TEST(PathMatcher, AFullPathEvictsTheOldestCountsItAndSaysTruncated) {
  PathCounters counters;
  const auto alerts = run(pivot(),
                          {{step_hit(0, 1, 1, 2)},
                           {step_hit(0, 2, 1, 3)},
                           {step_hit(0, 3, 1, 4)},
                           {step_hit(1, 4, 2, 9)},
                           {step_hit(1, 5, 4, 9)}},
                          2, &counters);
  EXPECT_EQ(counters.partials_evicted, 1u);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_TRUE(alerts[0].truncated);
  EXPECT_EQ(alerts[0].seen[0].time, seconds(3));
}

TEST(PathMatcher, WhatIsOutOfItsWindowIsForgotten) {
  PathMatcher matcher;
  matcher.admit(GenerationId(1), PathProgram{{pivot(10)}}, kRule);
  for (int64_t t = 1; t < 1000; ++t) {
    const Happening hits{step_hit(0, t, static_cast<uint8_t>(t % 200), static_cast<uint8_t>(t % 199))};
    matcher.accept(hits, [](const PathAlert&) {});
  }
  EXPECT_LE(matcher.partials(), 11u);
}

TEST(PathMatcher, ProgressSurvivesAnUpdateThatLeavesThePathAlone) {
  const PathRule rule = pivot();
  PathRule changed = rule;
  changed.definition = 2;
  for (const auto& [next, survives] : {std::pair(rule, true), std::pair(changed, false)}) {
    PathMatcher matcher;
    std::vector<PathAlert> alerts;
    const auto tell = [&](const PathAlert& a) { alerts.push_back(a); };
    matcher.admit(GenerationId(1), PathProgram{{rule}}, kRule);
    matcher.accept(Happening{step_hit(0, 1, 1, 2)}, tell);
    // In the next generation another path stands before it.
    PathRule other = rule;
    other.definition = 9;
    matcher.admit(GenerationId(2), PathProgram{{other, next}}, std::vector{RuleId(8), RuleId(7)});
    matcher.release_before(GenerationId(2));
    Event second = step_hit(1, 2, 2, 3);
    second.generation = GenerationId(2);
    second.path = PathIndex(1);
    matcher.accept(Happening{second}, tell);
    EXPECT_EQ(alerts.size(), survives ? 1u : 0u);
    for (const PathAlert& alert : alerts) EXPECT_EQ(alert.path, PathIndex(1));
  }
}

TEST(PathMatcher, HitsOfAGenerationThatIsGoneAreIgnored) {
  PathMatcher matcher;
  matcher.admit(GenerationId(1), PathProgram{{then_path({path_step(1)})}}, kRule);
  matcher.release_before(GenerationId(2));
  matcher.accept(Happening{step_hit(0, 1)}, [](const PathAlert&) { FAIL(); });
  EXPECT_EQ(matcher.partials(), 0u);
}

TEST(ToldLog, ForgetsTheOldestAtItsCapAndCountsIt) {
  ToldLog log(Nanos(0), 2);
  const auto telling = [](uint16_t point) { return Telling{false, point, StepIndex(0), {}}; };
  EXPECT_EQ(log.note(telling(1), seconds(1)), 0u);
  EXPECT_EQ(log.note(telling(1), seconds(2)), 1u);
  EXPECT_EQ(log.note(telling(2), seconds(3)), 0u);
  EXPECT_EQ(log.note(telling(3), seconds(4)), 0u);
  EXPECT_EQ(log.forgotten(), 1u);
  EXPECT_EQ(log.note(telling(1), seconds(5)), 0u);
}

// ---- the matcher against enumeration, on random paths and streams

using Random = std::mt19937_64;
int64_t pick(Random& random, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}

// Up to two groups with bounds, one inside the other or side by side.
void add_random_groups(Random& random, PathAlternative& alternative) {
  const auto last = static_cast<int64_t>(alternative.steps.size()) - 1;
  const auto bounds = [&](int64_t from, int64_t to, uint8_t depth) {
    const Nanos within = pick(random, 0, 2) != 0 ? seconds(pick(random, 1, 7)) : Nanos(0);
    const Nanos gap = pick(random, 0, 2) == 0 ? seconds(pick(random, 1, 4)) : Nanos(0);
    alternative.spans.push_back({static_cast<uint16_t>(from), static_cast<uint16_t>(to), depth, within, gap});
  };
  if (pick(random, 0, 2) == 0) return;
  const int64_t from = pick(random, 0, last), to = pick(random, from, last);
  bounds(from, to, 0);
  if (pick(random, 0, 1) == 0) {
    const int64_t inner = pick(random, from, to);
    bounds(inner, pick(random, inner, to), 1);
  } else if (to < last) {
    const int64_t behind = pick(random, to + 1, last);
    bounds(behind, pick(random, behind, last), 0);
  }
}

PathRule random_path(Random& random) {
  const auto n = static_cast<size_t>(pick(random, 1, 4));
  std::vector<PathStepRule> steps;
  uint16_t top = 0;
  for (size_t i = 0; i < n; ++i) {
    if (i == 0 || pick(random, 0, 3) != 0) ++top;
    steps.push_back(path_step(top, static_cast<int8_t>(pick(random, -1, 2)), static_cast<int8_t>(pick(random, -1, 2)),
                              pick(random, 0, 1) == 0 ? pick(random, 1, 6) : 0, pick(random, 0, 3) == 0));
  }
  PathStepRule& required = steps[static_cast<size_t>(pick(random, 0, static_cast<int64_t>(n) - 1))];
  required.optional = required.extra = false;
  PathRule rule = then_path(steps, pick(random, 0, 1) == 0 ? pick(random, 2, 14) : 0);
  for (uint16_t k = 1; k < rule.top_nodes; ++k) {
    if (pick(random, 0, 1) == 0) rule.alert_at.push_back(k);
  }
  if (n >= 3 && pick(random, 0, 1) == 0) {  // an `any` in the middle: one way by step 1, another by step 2
    PathAlternative a, b;
    for (uint16_t i = 0; i < n; ++i) {
      if (i != 2) a.steps.push_back(StepIndex(i));
      if (i != 1) b.steps.push_back(StepIndex(i));
    }
    rule.alternatives = {a, b};
  }
  for (PathAlternative& alternative : rule.alternatives) add_random_groups(random, alternative);
  return rule;
}

std::vector<Happening> random_stream(Random& random, size_t steps) {
  std::vector<Happening> out;
  int64_t time = 1;
  const int64_t happenings = pick(random, 2, 14);
  for (int64_t i = 1; i <= happenings; ++i) {
    time += pick(random, 0, 3);
    const auto from = static_cast<uint8_t>(pick(random, 1, 3)), to = static_cast<uint8_t>(pick(random, 1, 3));
    Happening hits;
    for (uint16_t s = 0; s < steps; ++s) {
      if (pick(random, 0, 2) == 0) hits.push_back(step_hit(s, time, from, to, static_cast<uint64_t>(i)));
    }
    if (!hits.empty()) out.push_back(std::move(hits));
  }
  return out;
}

std::string show(const PathRule& rule, const std::vector<Happening>& stream) {
  std::ostringstream out;
  out << "within " << rule.within.value / 1'000'000'000 << "\n";
  for (const PathStepRule& s : rule.steps) {
    out << "step top " << s.top << " from $" << int{s.from_variable} << " to $" << int{s.to_variable} << " gap "
        << s.gap.value / 1'000'000'000 << (s.optional ? " optional" : "") << "\n";
  }
  for (const PathAlternative& alternative : rule.alternatives) {
    out << "way";
    for (const StepIndex s : alternative.steps) out << " " << s.value;
    for (const PathSpan& g : alternative.spans) {
      out << "; group " << g.first << "-" << g.last << " depth " << int{g.depth} << " within "
          << g.within.value / 1'000'000'000 << " gap " << g.gap.value / 1'000'000'000;
    }
    out << "\n";
  }
  for (const Happening& hits : stream) {
    out << "t=" << hits[0].time.value / 1'000'000'000 << " " << int{hits[0].flow.initiator().bytes[15]} << "->"
        << int{hits[0].flow.responder().bytes[15]} << " steps";
    for (const Event& e : hits) out << " " << e.step.value;
    out << "\n";
  }
  return out.str();
}

size_t optionals(const PathRule& rule, const PathAlert& alert) {
  return static_cast<size_t>(
      std::ranges::count_if(alert.seen, [&](const SeenStep& s) { return rule.steps[s.step.value].extra; }));
}

TEST(PathMatcher, GivesWhatEnumerationGivesOnRandomStreams) {
  const char* given = std::getenv("GLACIS_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  Random random(seed);
  size_t told = 0;
  for (int round = 0; round < 20'000; ++round) {
    const PathRule rule = random_path(random);
    const auto stream = random_stream(random, rule.steps.size());
    SCOPED_TRACE("GLACIS_TEST_SEED=" + std::to_string(seed) + " round " + std::to_string(round) + "\n" +
                 show(rule, stream));

    // Enumeration, folded as tellings are: in order, progress once per window.
    ToldLog log(rule.within, 100'000);
    std::map<BruteForce::Reach, size_t> expected;
    const BruteForce enumeration(rule, stream);
    for (const auto& [reach, most] : enumeration.reached()) {
      const uint32_t earlier =
          log.note({reach.complete, reach.top, reach.step, reach.bindings}, stream[reach.happening][0].time);
      if (reach.complete || earlier == 0) expected[reach] = most - 1;
    }

    std::map<BruteForce::Reach, size_t> got;
    PathMatcher matcher;
    matcher.admit(GenerationId(1), PathProgram{{rule}}, kRule);
    for (size_t h = 0; h < stream.size(); ++h) {
      matcher.accept(stream[h], [&](const PathAlert& a) {
        const bool fresh =
            got.emplace(BruteForce::Reach{h, a.complete, a.step, a.completing.step, a.bindings}, optionals(rule, a))
                .second;
        EXPECT_TRUE(fresh) << "told twice";
      });
    }
    told += got.size();
    ASSERT_EQ(got.size(), expected.size());
    ASSERT_TRUE(got == expected);
  }
  EXPECT_GT(told, 20'000u) << "the streams complete too little to prove anything; seed " << seed;
}

}  // namespace
}  // namespace glacis
