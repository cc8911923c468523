// Abuse paths of a policy as the matcher takes them: ways, steps, bounds, and every fault with its place.
#include <gmock/gmock.h>

#include "tests/unit/policy/policy_texts.h"

namespace glacis {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string seen(const std::string& id, const std::string& more = "") {
  return "nodes { step { id: '" + id + "' verb: 'flow' enforced: true source: '" + id +
         "' from { all: true } to { zones: 1 } " + more + " } } ";
}
std::string unseen(const std::string& id, const std::string& more = "") {
  return "nodes { step { id: '" + id + "' verb: 'mail' source: '" + id + "' " + more + " } } ";
}
std::string group(const std::string& kind, const std::string& nodes, const std::string& more = "") {
  return "nodes { group { kind: GROUP_KIND_" + kind + " " + more + " " + nodes + " } } ";
}

v1::Policy policy_with(const std::string& nodes, const std::string& more = "", const std::string& kind = "THEN") {
  v1::Policy policy = good_policy();
  v1::Policy path;
  const std::string text =
      "rules { id: 70 model: 'shop' element: 'abuse/P' kind: RULE_KIND_PATH } paths { rule: 70 id: 'P' "
      "enforced: true variables: 'h' " +
      more + " root { kind: GROUP_KIND_" + kind + " within_ns: 9000 " + nodes + " } }";
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &path)) << text;
  policy.MergeFrom(path);
  return policy;
}

PathRule path_of(const std::string& nodes, const std::string& more = "", const std::string& kind = "THEN") {
  const Built built = build(policy_with(nodes, more, kind));
  if (!built) {
    for (const Error& fault : built.error()) ADD_FAILURE() << fault.text();
    return {};
  }
  return (*built)->paths().paths.at(0);
}

std::vector<std::string> faults_of(const std::string& nodes, const std::string& more = "") {
  const Built built = build(policy_with(nodes, more));
  std::vector<std::string> out;
  if (!built) {
    for (const Error& fault : built.error()) out.push_back(fault.where + ": " + fault.what);
  }
  return out;
}

// "a b c" for each way, the steps' ids in order.
std::vector<std::string> ways(const PathRule& path) {
  std::vector<std::string> out;
  for (const PathAlternative& way : path.alternatives) {
    std::string text;
    for (const StepIndex s : way.steps) text += (text.empty() ? "" : " ") + path.steps[s.value].id;
    out.push_back(text);
  }
  return out;
}

// "1-2 depth 0 within 30 gap 4"
std::vector<std::string> spans(const PathAlternative& way) {
  std::vector<std::string> out;
  for (const PathSpan& s : way.spans) {
    out.push_back(std::to_string(s.first) + "-" + std::to_string(s.last) + " depth " + std::to_string(s.depth) +
                  " within " + std::to_string(s.within.value) + " gap " + std::to_string(s.gap.value));
  }
  return out;
}

TEST(PathBuilder, StepsInOrderAreOneWayUnderTheRootsWindow) {
  const PathRule path = path_of(seen("a") + seen("b", "gap_ns: 5 from_var_plus1: 1") + seen("c"));
  EXPECT_THAT(ways(path), ElementsAre("a b c"));
  EXPECT_THAT(spans(path.alternatives[0]), ElementsAre());
  EXPECT_EQ(path.within, Nanos(9000));
  EXPECT_EQ(path.top_nodes, 3);
  EXPECT_EQ(path.steps[1].gap, Nanos(5));
  EXPECT_EQ(path.steps[1].from_variable, 0);
  EXPECT_EQ(path.steps[1].top, 2);
  EXPECT_THAT(path.alert_at, ElementsAre(3)) << "the last is always among them";
}

TEST(PathBuilder, EachBranchOfAnAnyIsAWay) {
  const PathRule path = path_of(seen("a") + group("ANY", seen("b") + group("THEN", seen("c") + seen("d"))) + seen("e"));
  EXPECT_THAT(ways(path), ElementsAre("a b e", "a c d e"));
  EXPECT_EQ(path.steps[2].top, 2) << "c stands in the second node";
  EXPECT_EQ(path_of(seen("a") + seen("b"), "", "ANY").top_nodes, 1);
}

TEST(PathBuilder, AnInnerGroupsBoundsStandBesideItsSteps) {
  const PathRule path =
      path_of(seen("a") + group("THEN", seen("b") + seen("c"), "within_ns: 30 gap_ns: 4") + seen("d"));
  EXPECT_THAT(ways(path), ElementsAre("a b c d"));
  EXPECT_THAT(spans(path.alternatives[0]), ElementsAre("1-2 depth 0 within 30 gap 4"));
}

TEST(PathBuilder, BoundsOfNestedGroupsMoveWithWhatStandsBeforeThem) {
  const std::string inner = group("THEN", seen("d") + seen("e"), "within_ns: 3");
  const PathRule path =
      path_of(seen("a") + group("ANY", seen("b") + group("THEN", seen("c") + inner, "gap_ns: 7"), "within_ns: 30"));
  EXPECT_THAT(ways(path), ElementsAre("a b", "a c d e"));
  EXPECT_THAT(spans(path.alternatives[0]), ElementsAre("1-1 depth 0 within 30 gap 0"));
  EXPECT_THAT(spans(path.alternatives[1]),
              ElementsAre("2-3 depth 2 within 3 gap 0", "1-3 depth 1 within 0 gap 7", "1-3 depth 0 within 30 gap 0"));
}

TEST(PathBuilder, AnOptionalGroupMayBeLeftOutAsAWhole) {
  const PathRule path = path_of(seen("a") + group("THEN", seen("b") + seen("c"), "optional: true") + seen("d"));
  EXPECT_THAT(ways(path), ElementsAre("a b c d", "a d"));
  EXPECT_TRUE(path.steps[1].extra);
  EXPECT_FALSE(path.steps[1].optional) << "within its group it is required";
  EXPECT_FALSE(path.steps[0].extra);
}

TEST(PathBuilder, WhatCannotBeSeenIsPassedOverOnlyWhereItIsOptional) {
  EXPECT_THAT(ways(path_of(unseen("m", "optional: true") + seen("a"))), ElementsAre("a"));
  EXPECT_THAT(ways(path_of(group("ANY", unseen("m") + seen("a")) + seen("b"))), ElementsAre("a b"));
  EXPECT_THAT(ways(path_of(group("THEN", unseen("m"), "optional: true") + seen("a"))), ElementsAre("a"));
  EXPECT_THAT(faults_of(seen("a") + unseen("m")), ElementsAre("paths[0].root: no way through the path can be seen"));
}

TEST(PathBuilder, AnAnomalyStepAsksForThoseThatItNames) {
  const PathRule path = path_of(
      "nodes { step { id: 'a' verb: 'anomaly' enforced: true from { all: true } to { all: true } "
      "anomalies: 'tcp-gap' anomalies: 'fragment-ttl' } }");
  EXPECT_EQ(path.steps.at(0).verb, StepVerb::kAnomaly);
  AnomalySet both;
  both.add(Anomaly::kTcpGap);
  both.add(Anomaly::kFragmentTtl);
  EXPECT_EQ(path.steps.at(0).anomalies, both);
}

TEST(PathBuilder, EveryFaultNamesItsPlace) {
  const auto expect = [](const std::vector<std::string>& faults, const std::string& text) {
    EXPECT_THAT(faults, Contains(HasSubstr(text)));
  };
  expect(faults_of(group("ALL", seen("a"))), "paths[0].root.nodes[0].group.kind: group kind is not known");
  expect(faults_of(seen("a") + "nodes { }"), "paths[0].root.nodes[1]: neither a step nor a group");
  expect(faults_of(seen("a", "from_var_plus1: 2")), "paths[0].root.nodes[0].step.from_var_plus1: no such variable");
  expect(faults_of(seen("a", "flow_line_plus1: 9")), ".step.flow_line_plus1: no such flow line");
  expect(faults_of(seen("a", "patterns: 9")), ".step.patterns: no pattern 9");
  expect(faults_of(seen("a", "is: 'haunted'")), ".step.is: condition 'haunted' is not known");
  expect(faults_of(seen("a", "ports { first: 9 last: 8 }")), ".step.ports: port range out of order");
  expect(faults_of("nodes { step { verb: 'teleport' enforced: true from { all: true } to { all: true } } }"),
         ".step.verb: verb 'teleport' is not known");
  const std::string anomaly = "nodes { step { verb: 'anomaly' enforced: true from { all: true } to { all: true } ";
  expect(faults_of(anomaly + "anomalies: 'any' anomalies: 'odd' } }"), ".step.anomalies: anomaly 'odd' is not known");
  expect(faults_of(anomaly + "} }"), ".step.anomalies: an anomaly step that names none");
  expect(faults_of(seen("a"), "alert_at: 2"), "paths[0].alert_at: alert_at 2 is not a step");
}

TEST(PathBuilder, LimitsAreFaultsAndNotCrashes) {
  std::string steps, branches, deep = seen("a");
  for (int g = 0; g < 2; ++g) {
    std::string nine;
    for (int i = 0; i < 9; ++i) nine += seen("s" + std::to_string(9 * g + i));
    steps += group("THEN", nine);
  }
  for (int i = 0; i < 9; ++i) branches += seen("b" + std::to_string(i));
  for (int i = 0; i < 4; ++i) deep = group("THEN", deep);
  EXPECT_THAT(faults_of(steps), Contains(HasSubstr("more than 16 steps")));
  EXPECT_THAT(faults_of(deep), Contains(HasSubstr("deeper than 4 groups")));
  const std::string optional = group("ANY", seen("x") + seen("y"), "optional: true");
  std::string product;
  for (int i = 0; i < 4; ++i) product += optional;  // 3^4 ways
  EXPECT_THAT(faults_of(product), Contains(HasSubstr("more than 64 alternatives")));
  EXPECT_THAT(ways(path_of(group("ANY", branches))).size(), 9U);
}

TEST(PathBuilder, TheDefinitionIsTheShapeAndNotTheAddressesBehindItsNames) {
  const auto definition = [](const v1::Policy& policy) { return (*build(policy))->paths().paths.at(0).definition; };
  const std::string nodes = seen("a") + group("THEN", seen("b"), "within_ns: 5");
  v1::Policy moved = policy_with(nodes);
  moved.mutable_zones(1)->mutable_prefixes(0)->set_length(24);
  EXPECT_EQ(definition(policy_with(nodes)), definition(moved));
  EXPECT_NE(definition(policy_with(nodes)),
            definition(policy_with(seen("a") + group("THEN", seen("b"), "within_ns: 6"))));
  EXPECT_NE(definition(policy_with(nodes)),
            definition(policy_with(seen("a") + group("THEN", seen("b"), "within_ns: 5 optional: true"))));
}

}  // namespace
}  // namespace glacis
