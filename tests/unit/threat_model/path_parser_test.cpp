#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr const char* kFlows =
    "assets: {db: {zone: data, addr: 10.4.0.5}}\nflows: {f-db: {from: users, to: db, port: 5432}}\n";

std::string with_path(const std::string& path) {
  return std::string(kFlows) + "abuse:\n  c: {says: x, path: " + path + "}\n";
}

const PathElement& path_of(const Model& model) { return *model.abuse.at(0).path; }

TEST(PathParser, FlowStepHasItsEndsPortsAndVariables) {
  const Model model =
      good(small_model(with_path("{within: 2h, then: [{id: go, flow: db $d, from: users $u, port: [22, 80-90], is: "
                                 "[unmodelled, denied], gap: 5m, attack: T1021}]}")));
  const PathElement& path = path_of(model);
  EXPECT_EQ(path.within_ns, int64_t{7200} * 1'000'000'000);
  const StepElement& step = path.nodes.at(0).step;
  EXPECT_EQ(step.from, std::vector<std::string>{"users"});
  EXPECT_EQ(step.to, std::vector<std::string>{"db"});
  EXPECT_EQ(step.from_variable, "u");
  EXPECT_EQ(step.to_variable, "d");
  EXPECT_EQ(step.ports.at(1).last, 90u);
  EXPECT_EQ(step.is, (std::vector<std::string>{"unmodelled", "denied"}));
  EXPECT_EQ(step.gap_ns, int64_t{300} * 1'000'000'000);
  EXPECT_EQ(step.attack, std::vector<std::string>{"T1021"});
  EXPECT_TRUE(step.enforced);
  EXPECT_EQ(step.at.line, kSmallModelLines + 4);
}

TEST(PathParser, BareVariableIsAnyEnd) {
  const Model model =
      good(small_model(with_path("{then: [{id: a, flow: $t, from: users $h, is: [denied]}, {id: b, flow: any, from: "
                                 "$t, is: [unmodelled]}, {id: c, flow: any, to: $h, is: [denied]}]}")));
  EXPECT_EQ(path_of(model).nodes.at(0).step.to, std::vector<std::string>{"any"});
  EXPECT_EQ(path_of(model).nodes.at(0).step.to_variable, "t");
  EXPECT_EQ(path_of(model).nodes.at(1).step.from_variable, "t");
  EXPECT_EQ(path_of(model).nodes.at(2).step.to_variable, "h");
}

TEST(PathParser, TargetIsALineOrAPlaceAndALineMayBeNarrowed) {
  const Model model =
      good(small_model(with_path("{then: [{id: a, flow: f-db, to: db, is: [denied]}, {id: b, flow: [db, users], from: "
                                 "[users, internet], is: [denied]}]}")));
  EXPECT_EQ(path_of(model).nodes.at(0).step.flow_line, "f-db");
  EXPECT_EQ(path_of(model).nodes.at(0).step.to, std::vector<std::string>{"db"});
  EXPECT_EQ(path_of(model).nodes.at(1).step.flow_line, "");
  EXPECT_EQ(path_of(model).nodes.at(1).step.to.size(), 2u);
  EXPECT_EQ(path_of(model).nodes.at(1).step.from.size(), 2u);
  EXPECT_EQ(faults_of(with_path(
                "{then: [{id: a, flow: [f-db, db], is: [denied]}, {id: b, flow: db, to: users, is: [denied]}]}")),
            "two-targets@4:30 the line 'f-db' stands in a list / a step for each line, under any:\n"
            "two-targets@4:71 'flow' names a place and 'to' another / flow: any with 'to', or one of them\n");
}

TEST(PathParser, ContentStepLooksWhereItsFlowIs) {
  const Model model =
      good(small_model(with_path("{then: [{id: a, content: 'x+y', in: [payload], of: {flow: f-db, from: users $h, "
                                 "port: 5432, is: [established]}}, {id: b, content: z, from: $h}]}")));
  const StepElement& a = path_of(model).nodes.at(0).step;
  EXPECT_EQ(a.pattern, "x+y");
  EXPECT_EQ(a.flow_line, "f-db");
  EXPECT_EQ(a.from_variable, "h");
  EXPECT_EQ(a.ports.size(), 1u);
  EXPECT_EQ(a.is, std::vector<std::string>{"established"});
  EXPECT_TRUE(a.enforced);
  EXPECT_EQ(path_of(model).nodes.at(1).step.from_variable, "h");
}

TEST(PathParser, AnomalyStepNamesWhatTheFlowShows) {
  const Model model =
      good(small_model(with_path("{then: [{id: a, anomaly: tcp-conflict, from: users $h, to: db}, {id: b, anomaly: "
                                 "[fragment-ttl, any], from: $h}]}")));
  const StepElement& a = path_of(model).nodes.at(0).step;
  EXPECT_EQ(a.anomalies, std::vector<std::string>{"tcp-conflict"});
  EXPECT_EQ(a.from_variable, "h");
  EXPECT_EQ(a.to, std::vector<std::string>{"db"});
  EXPECT_TRUE(a.enforced);
  EXPECT_EQ(path_of(model).nodes.at(1).step.anomalies, (std::vector<std::string>{"fragment-ttl", "any"}));
}

TEST(PathParser, UnknownAnomalyIsAFaultWithASuggestion) {
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, anomaly: tcp-conflikt, to: db}]}")),
            "bad-value@4:47 'tcp-conflikt' is not known for 'anomaly' / did you mean 'tcp-conflict'?\n");
}

TEST(PathParser, WhatASensorCannotSeeIsNotEnforced) {
  const auto needs = [](const std::string& step) {
    std::string out;
    for (const NotEnforcedElement& e : good(small_model(with_path("{then: [{id: s, " + step + "}]}"))).not_enforced)
      out += e.element + " needs " + e.needs + "\n";
    return out;
  };
  EXPECT_EQ(needs("flow: db, is: [periodic]"), "abuse/c.s.is needs signals\n");
  EXPECT_EQ(needs("flow: db, is: [denied], as: $u"), "abuse/c.s.as needs identities\n");
  EXPECT_EQ(needs("flow: db, is: [denied], unless: {flow: db}"), "abuse/c.s.unless needs path-unless\n");
  EXPECT_EQ(needs("content: x, in: [sql.query]"), "abuse/c.s.in needs apps\n");
  EXPECT_EQ(needs("content: x, of: {sql: db}"), "abuse/c.s.of needs steps: sql\n");
  EXPECT_EQ(needs("count: flows, of: {flow: db}, over: 5, within: 1h"), "abuse/c.s needs steps: count\n");
  EXPECT_EQ(needs("anomaly: fragment-missing"), "") << "told with the ends of what never was a datagram";
  EXPECT_EQ(needs("login: db"), "abuse/c.s needs steps: login\n");
}

TEST(PathParser, StepThatOnlyOtherLogsSeeIsNotEnforced) {
  const std::string sources = "sources: {siem/a: {}}\n";
  const Model model =
      good(small_model(sources + with_path("{then: [{id: a, flow: db, is: [denied], see: [tap, siem/a]}, {id: b, flow: "
                                           "db, is: [denied], see: siem/a}]}")));
  EXPECT_TRUE(path_of(model).nodes.at(0).step.enforced);
  EXPECT_FALSE(path_of(model).nodes.at(1).step.enforced);
}

TEST(PathParser, UnknownConditionIsAFaultNotAGap) {
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, flow: db, is: [unmodeled]}]}")).substr(0, 77),
            "bad-value@4:53 'unmodeled' is not known for 'is' / did you mean 'unmodelled'?");
}

TEST(PathParser, KeysThatSayNothingBesideTheirVerbAreFaults) {
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, flow: db, over: 5, is: [denied]}, {id: b, sum: bytes, from: users, "
                                "of: {flow: db}, over: 5, within: 1h}]}")),
            "key-without-verb@4:48 'over' says nothing beside 'flow'\n"
            "key-without-verb@4:92 'from' says nothing beside 'sum' / write it inside of:\n");
}

std::string steps(int n) {
  std::string out;
  for (int i = 0; i < n; ++i)
    out += (i == 0 ? "" : ", ") + std::string("{id: s") + std::to_string(i) + ", flow: db, is: [denied]}";
  return out;
}

std::string codes(const std::string& told_text) {
  std::string out;
  std::istringstream in(told_text);
  for (std::string line; std::getline(in, line);)
    out += line.substr(0, line.find('@')) + line.substr(line.find(' ')) + "\n";
  return out;
}

TEST(PathParser, LimitsOfThePathAreFaults) {
  EXPECT_EQ(faults_of(with_path("{then: [" + steps(16) + "]}")), "");
  EXPECT_EQ(codes(faults_of(with_path("{then: [" + steps(17) + "]}"))),
            "too-many the path has more than 16 steps / a case of its own for a part of it\n");
  EXPECT_EQ(faults_of(with_path("{all: [" + steps(5) + "]}")), "");
  EXPECT_EQ(codes(faults_of(with_path("{all: [" + steps(6) + "]}"))), "too-many 'all' has more than 5 steps\n");
  const std::string four =
      "{any: [{id: A, flow: db, is: [denied]}, {id: B, flow: db, is: [denied]}, {id: C, flow: db, is: [denied]}, {id: "
      "D, flow: db, is: [denied]}]}";
  const auto named = [&](char c) {
    std::string out = four;
    for (const char id : {'A', 'B', 'C', 'D'})
      out.replace(out.find(std::string("id: ") + id), 5, std::string("id: ") + c + id);
    return out;
  };
  EXPECT_EQ(faults_of(with_path("{then: [" + named('x') + ", " + named('y') + ", " + named('z') + "]}")), "");
  EXPECT_EQ(codes(faults_of(with_path("{then: [" + named('x') + ", " + named('y') + ", " + named('z') + ", {any: [" +
                                      "{id: v, flow: db, is: [denied]}, {id: w, flow: db, is: [denied]}]}]}"))),
            "too-many the path has more than 64 alternatives / fewer any: inside then:, or a case for each\n");
  EXPECT_EQ(faults_of(with_path("{then: [{then: [{then: [{then: [" + steps(1) + "]}]}]}]}")), "");
  EXPECT_EQ(codes(faults_of(with_path("{then: [{then: [{then: [{then: [{then: [" + steps(1) + "]}]}]}]}]}"))),
            "too-deep groups are nested deeper than 4 / a case of its own for a part of it\n");
}

TEST(PathParser, MoreVariablesThanASensorHasAreAFault) {
  const auto path = [](int n) {
    std::string out = "{then: [";
    for (int i = 0; i < n; ++i) {
      for (const char* id : {"a", "b"})
        out += std::string(out.back() == '[' ? "" : ", ") + "{id: " + id + std::to_string(i) +
               ", flow: db, from: users $v" + std::to_string(i) + ", is: [denied]}";
    }
    return out + "]}";
  };
  EXPECT_EQ(faults_of(with_path(path(8))), "");
  EXPECT_NE(faults_of(with_path(path(9))).find("the path has more than 8 variables"), std::string::npos);
}

TEST(PathParser, AlertPointsAreStepsOfTheOutermostGroupByIdOrPosition) {
  const std::string two = "then: [{id: one, flow: db, is: [denied]}, {id: two, flow: db, is: [denied]}]}";
  const Model model = good(small_model(with_path("{alert_at: [two, 1, all], " + two)));
  ASSERT_EQ(model.abuse.at(0).alert_at.size(), 2u);
  EXPECT_EQ(model.abuse.at(0).alert_at.at(0).node, 2u);
  EXPECT_EQ(model.abuse.at(0).alert_at.at(1).node, 1u);
  EXPECT_EQ(faults_of(with_path("{alert_at: [tow, 3, 0], " + two)),
            "bad-alert-point@4:34 'tow' is no step of this path / did you mean 'two'?\n"
            "bad-alert-point@4:39 '3' is no step of this path / the id of a step of the outermost group, or all\n"
            "bad-alert-point@4:42 '0' is no step of this path / the id of a step of the outermost group, or all\n");
}

TEST(PathParser, AlertPointThatAllowedTrafficReachesIsAFault) {
  const std::string fault =
      "normal-work traffic that flows allow reaches this alert point / add is: [unmodelled], an aggregate or content, "
      "or alert later\n";
  EXPECT_EQ(codes(faults_of(with_path("{then: [{id: a, flow: db, from: users}]}"))), fault);
  EXPECT_EQ(codes(faults_of(with_path("{then: [{id: a, flow: f-db}]}"))), fault);
  EXPECT_EQ(codes(faults_of(with_path("{any: [{id: a, flow: f-db}, {id: b, flow: db, is: [denied]}]}"))), fault);
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, flow: users, from: data}]}")), "") << "no line allows that direction";
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, flow: db, from: users, port: 22}]}")), "")
      << "no line allows that port";
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, flow: f-db}, {id: b, flow: db, is: [unmodelled]}]}")), "");
  EXPECT_EQ(
      codes(faults_of(with_path("{alert_at: [a], then: [{id: a, flow: f-db}, {id: b, flow: db, is: [unmodelled]}]}"))),
      fault);
  EXPECT_EQ(
      codes(faults_of(with_path("{then: [{id: a, flow: f-db}, {id: b, flow: db, is: [unmodelled], optional: true}]}"))),
      fault);
  EXPECT_EQ(faults_of(with_path("{then: [{id: a, flow: f-db}, {id: b, content: x}]}")), "");
}

TEST(PathParser, VariablesThatCompareNothingAreNotedAndUnboundOnesAreFaults) {
  const auto one = [](const std::string& respond) {
    return "abuse:\n  c: {says: x, respond: [" + respond + "], path: {then: [{id: a, flow: users, from: data $h}]}}\n";
  };
  EXPECT_EQ(faults_of(one("look")), "used-once@2:74 '$h' is used once, so it compares nothing\n");
  EXPECT_EQ(faults_of(one("isolate $h")), "");
  EXPECT_EQ(codes(faults_of(one("isolate $x and $h"))), "unbound no step binds '$x'\n");
}

}  // namespace
}  // namespace glacis::control
