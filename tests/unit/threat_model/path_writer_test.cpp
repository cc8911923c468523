#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

v1::AbusePath path_of(const std::string& path, std::string* not_enforced = nullptr) {
  const v1::Policy policy = policy_of(
      "assets: {db: {zone: data, addr: 10.4.0.5}}\nflows: {f-db: {from: users, to: db}}\nabuse:\n  c: {says: x, "
      "path: " +
      path + "}\n");
  if (not_enforced != nullptr) *not_enforced = not_enforced_of(policy);
  return policy.paths_size() == 1 ? policy.paths(0) : v1::AbusePath();
}

TEST(PathWriter, StepIsWrittenWithItsEndsAndVariablesInOrderOfFirstUse) {
  const v1::AbusePath path = path_of(
      "{within: 2h, then: [{id: a, flow: data $d, from: users $u, is: [denied]}, {id: b, flow: f-db, from: $d, gap: "
      "1m, is: [unmodelled]}, {id: c, flow: any, from: $u, port: 22, is: [established]}]}");
  EXPECT_TRUE(path.enforced());
  EXPECT_EQ(path.root().kind(), v1::GROUP_KIND_THEN);
  EXPECT_EQ(path.root().within_ns(), int64_t{7200} * 1'000'000'000);
  ASSERT_EQ(path.variables_size(), 2);
  EXPECT_EQ(path.variables(0), "u");
  EXPECT_EQ(path.variables(1), "d");
  const v1::Step &a = path.root().nodes(0).step(), &b = path.root().nodes(1).step(), &c = path.root().nodes(2).step();
  EXPECT_EQ(a.from_var_plus1(), 1u);
  EXPECT_EQ(a.to_var_plus1(), 2u);
  EXPECT_EQ(a.from().zones_size(), 1);
  EXPECT_EQ(a.flow_line_plus1(), 0u);
  EXPECT_EQ(b.flow_line_plus1(), 1u);
  EXPECT_TRUE(b.to().all());
  EXPECT_EQ(b.from_var_plus1(), 2u);
  EXPECT_EQ(b.gap_ns(), int64_t{60} * 1'000'000'000);
  EXPECT_TRUE(c.from().all());
  EXPECT_EQ(c.ports(0).first(), 22u);
  EXPECT_EQ(c.source(), "{id: c, flow: any, from: $u, port: 22, is: [established]}");
  EXPECT_EQ(c.line().line(), kSmallModelLines + 4);
}

TEST(PathWriter, LastNodeAlwaysAlertsAndPointsAreSortedWithoutRepeats) {
  const auto points = [](const std::string& at) {
    const v1::AbusePath path = path_of(
        "{" + at +
        "then: [{id: a, flow: db, is: [denied]}, {id: b, flow: db, is: [denied]}, {id: c, flow: db, is: [denied]}]}");
    return std::vector<uint32_t>(path.alert_at().begin(), path.alert_at().end());
  };
  EXPECT_EQ(points(""), std::vector<uint32_t>{3});
  EXPECT_EQ(points("alert_at: [c, b, 2, all], "), (std::vector<uint32_t>{2, 3}));
  const v1::AbusePath any =
      path_of("{alert_at: [b, all], any: [{id: a, flow: db, is: [denied]}, {id: b, flow: db, is: [denied]}]}");
  EXPECT_EQ(std::vector<uint32_t>(any.alert_at().begin(), any.alert_at().end()), std::vector<uint32_t>{1})
      << "each branch completes it";
}

TEST(PathWriter, PathIsEnforcedWhileEveryRequiredStepCanBeSeen) {
  std::string gaps;
  EXPECT_TRUE(path_of("{then: [{id: a, login: db, optional: true}, {id: b, flow: db, is: [denied]}]}").enforced());
  EXPECT_FALSE(path_of("{then: [{id: a, login: db}, {id: b, flow: db, is: [denied]}]}", &gaps).enforced());
  EXPECT_EQ(gaps, "abuse/c needs a required step that cannot be seen yet\nabuse/c.a needs steps: login\n");
  EXPECT_TRUE(path_of("{any: [{id: a, login: db}, {id: b, flow: db, is: [denied]}]}").enforced());
  EXPECT_FALSE(path_of("{any: [{id: a, login: db}, {id: b, auth: any}]}").enforced());
  EXPECT_FALSE(path_of("{then: [{id: a, login: db, optional: true}]}").enforced());
}

TEST(PathWriter, GroupThatNoSensorKnowsIsCarriedAsAStepThatNoneSees) {
  std::string gaps;
  const v1::AbusePath path = path_of(
      "{then: [{id: both, optional: true, all: [{id: a, flow: db, is: [denied]}, {id: b, flow: db, is: [denied]}]}, "
      "{id: c, flow: db, is: [denied]}]}",
      &gaps);
  EXPECT_TRUE(path.enforced());
  const v1::Step& carried = path.root().nodes(0).step();
  EXPECT_FALSE(carried.enforced());
  EXPECT_TRUE(carried.optional());
  EXPECT_EQ(carried.verb(), "all");
  EXPECT_EQ(carried.source().substr(0, 32), "{id: both, optional: true, all: ");
  EXPECT_EQ(gaps, "abuse/c.both.all needs path-all\n");
  EXPECT_FALSE(path_of("{all: [{id: a, flow: db, is: [denied]}]}").enforced());
}

TEST(PathWriter, ExceptionOfAGroupIsNotPassedOver) {
  EXPECT_FALSE(path_of("{unless: {flow: db}, then: [{id: a, flow: db, is: [denied]}]}").enforced());
  EXPECT_FALSE(path_of("{then: [{unless: {flow: db}, then: [{id: a, flow: db, is: [denied]}]}]}").enforced());
}

TEST(PathWriter, GroupKeepsItsBoundsAndTactics) {
  const v1::AbusePath path = path_of(
      "{then: [{id: a, flow: db, is: [denied]}, {id: g, within: 10m, gap: 2m, optional: true, attack: [T1041], any: "
      "[{id: b, flow: db, is: [denied]}, {id: c, content: x}]}]}");
  const v1::Group& group = path.root().nodes(1).group();
  EXPECT_EQ(group.id(), "g");
  EXPECT_EQ(group.kind(), v1::GROUP_KIND_ANY);
  EXPECT_EQ(group.within_ns(), int64_t{600} * 1'000'000'000);
  EXPECT_EQ(group.gap_ns(), int64_t{120} * 1'000'000'000);
  EXPECT_TRUE(group.optional());
  EXPECT_EQ(group.attack(0), "T1041");
  EXPECT_EQ(group.nodes(1).step().patterns_size(), 1);
}

TEST(PathWriter, AnomaliesGoByNameAndNeedTheFeature) {
  const v1::Policy policy = policy_of(
      "assets: {db: {zone: data, addr: 10.4.0.5}}\nabuse:\n  c: {says: x, path: {then: [{id: a, anomaly: "
      "[tcp-conflict, tcp-gap], from: users, to: db}]}}\n");
  const v1::Step& step = policy.paths(0).root().nodes(0).step();
  EXPECT_TRUE(step.enforced());
  EXPECT_EQ(step.verb(), "anomaly");
  EXPECT_EQ(step.anomalies_size(), 2);
  EXPECT_EQ(step.anomalies(0), "tcp-conflict");
  EXPECT_NE(std::ranges::find(policy.features(), "anomaly"), policy.features().end());
}

TEST(PathWriter, StepToWhatIsKnownByNameAloneIsNotEnforced) {
  const v1::Policy policy = policy_of(
      "assets: {far: {zone: internet, name: far.example}}\nabuse:\n  c: {says: x, path: {then: [{id: a, flow: far, "
      "from: users}]}}\n");
  EXPECT_FALSE(policy.paths(0).enforced());
  EXPECT_EQ(
      not_enforced_of(policy),
      "assets/far.name needs names\nabuse/c needs a required step that cannot be seen yet\nabuse/c.a needs names\n");
}

}  // namespace
}  // namespace glacis::control
