#include "tests/unit/exchange/export_fixture.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string path(const std::string& body) { return "abuse: {c: {says: A case, path: {" + body + "}}}\n"; }

TEST(SigmaExport, NeverLineIsARuleWithItsExceptions) {
  const auto out = exported(
      "flows: {f: {from: users, to: data, port: [22, 8000-8010]}}\n"
      "never: {n: {from: users, to: data, except: [f], severity: info, attack: [T1021.001]}}\n",
      "sigma");
  EXPECT_THAT(out.text(), HasSubstr("condition: from1 and to1 and not (but1_from1 and but1_to1 and but1_port)\n"));
  EXPECT_THAT(out.text(), HasSubstr("but1_port:\n    - destination.port: [22]\n    - destination.port|gte: [8000]\n"
                                    "      destination.port|lte: [8010]\n"));
  EXPECT_THAT(out.text(), HasSubstr("level: informational\ntags: [\"attack.t1021.001\"]\n"));
}

// The UUID is python3's uuid5 of the name in uuid5(NAMESPACE_X500, "glacis").
TEST(SigmaExport, IdIsTheUuidOfModelAndElement) {
  EXPECT_THAT(exported("never: {n: {from: users, to: data}}\n", "sigma").text(),
              HasSubstr("id: 68291430-22ab-51da-8c08-f24bd20b2d28\nname: \"shop/never/n\"\n"));
}

TEST(SigmaExport, WhatNoLogShowsIsNoRuleAndIsSaid) {
  const auto out = exported(
      "data: {d: {seen_as: {pattern: 'x{9}'}}}\n"
      "identities: {i: {seen_as: {sql: i}}}\n"
      "assets: {far: {zone: internet, name: far.example}}\n"
      "never: {a: {carries: d}, b: {as: i, from: users}, c: {from: users, to: far}}\n",
      "sigma");
  EXPECT_EQ(out.text(), "");
  EXPECT_EQ(out.losses(),
            "data/d: payload is in no log: no rule\n"
            "identities/i: where it is used is not watched: no rule\n"
            "never/a: no rule: payload is in no log\n"
            "never/b: no rule: who uses a flow is in no connection log\n"
            "never/c: no address is known of far\n"
            "never/c: no rule: an end has no address\n");
}

TEST(SigmaExport, StepsThatShareAHostAreOneCorrelation) {
  const auto out = exported(path("within: 90m, then: [{id: a, flow: data, from: users $h, is: [unmodelled]}, "
                                 "{id: b, flow: internet, from: $h, is: [unmodelled]}]"),
                            "sigma");
  EXPECT_THAT(out.text(), HasSubstr("  type: temporal_ordered\n  rules: [\"shop/abuse/c#a\", \"shop/abuse/c#b\"]\n"
                                    "  group-by: [\"h\"]\n"));
  EXPECT_THAT(out.text(), HasSubstr("  timespan: 90m\n"));
  EXPECT_EQ(out.files().size(), 3u);
  EXPECT_EQ(out.losses(), "");
}

TEST(SigmaExport, PivotBecomesPairsAndThatIsSaid) {
  const auto out = exported(path("within: 1d, then: [{id: a, flow: data $s, from: users $h, is: [unmodelled]}, "
                                 "{id: b, flow: users $t, from: $s, is: [unmodelled]}, "
                                 "{id: c, flow: internet, from: $t, is: [unmodelled]}]"),
                            "sigma");
  EXPECT_THAT(out.text(), HasSubstr("name: \"shop/abuse/c#a+b\""));
  EXPECT_THAT(out.text(), HasSubstr("    \"s\":\n      \"shop/abuse/c#a\": destination.ip\n"
                                    "      \"shop/abuse/c#b\": source.ip\n"));
  EXPECT_THAT(out.text(), HasSubstr("name: \"shop/abuse/c#b+c\""));
  EXPECT_THAT(out.losses(), HasSubstr("a pivot does not fit one correlation: a and b alert as a pair\n"));
  EXPECT_THAT(out.losses(), HasSubstr("a pivot does not fit one correlation: b and c alert as a pair\n"));
}

TEST(SigmaExport, AggregatesAreCounted) {
  const auto out = exported(path("any: [{id: n, count: flows, of: {flow: data, from: users $h}, over: 50, within: 1h}, "
                                 "{id: b, sum: bytes.to_client, of: {flow: data, from: $h}, over: 2MB, within: 1d}, "
                                 "{id: d, distinct: port, of: {flow: data, from: $h}, over: 9, within: 45s}]"),
                            "sigma");
  EXPECT_THAT(out.text(), HasSubstr("type: event_count\n  rules: [\"shop/abuse/c#n\"]\n  group-by: [\"source.ip\"]\n"
                                    "  timespan: 1h\n  condition:\n    gt: 50\nlevel: medium\n"));
  EXPECT_THAT(out.text(), HasSubstr("timespan: 1d\n  condition:\n    gt: 2000000\n    field: destination.bytes\n"));
  EXPECT_THAT(out.text(), HasSubstr("timespan: 45s\n  condition:\n    gt: 9\n    field: destination.port\n"));
}

TEST(SigmaExport, CaseWithAStepThatNoLogShowsIsLeftOutWhole) {
  const auto out = exported(path("within: 1h, then: [{id: a, flow: data, from: users $h, is: [unmodelled]}, "
                                 "{id: b, content: 'abc', of: {flow: data, from: $h}}]"),
                            "sigma");
  EXPECT_EQ(out.text(), "");
  EXPECT_EQ(out.losses(), "abuse/c.b: no rule: 'content' is in no connection log\n");
}

TEST(SigmaExport, EachWayOfAPathIsItsOwnAndOptionalStepsAreSaid) {
  const auto out = exported(path("within: 1h, then: [{any: [{id: a, flow: data, from: users $h, is: [unmodelled]}, "
                                 "{id: b, flow: internet, from: users $h, is: [unmodelled]}]}, "
                                 "{id: o, flow: internet, from: $h, is: [unmodelled], optional: true}, "
                                 "{id: c, flow: data, from: $h, port: 22, is: [unmodelled], gap: 5m}]"),
                            "sigma");
  EXPECT_THAT(out.text(), HasSubstr("name: \"shop/abuse/c#a+c\""));
  EXPECT_THAT(out.text(), HasSubstr("name: \"shop/abuse/c#b+c\""));
  EXPECT_THAT(out.text(), Not(HasSubstr("#o")));
  EXPECT_EQ(out.losses(),
            "abuse/c: the optional o is left out\n"
            "abuse/c: gap of c: only the window of the whole path holds\n");
}

TEST(SigmaExport, AnotherModelsLinesAreModelledToo) {
  const std::string other = small_model("flows: {g: {from: users, to: data, port: 5432}}\n", "other");
  const std::string own = small_model(path("any: [{id: a, flow: data, from: users, is: [unmodelled]}]"));
  EXPECT_THAT(ExportedModels({own, other}, "sigma").text(), HasSubstr("but1_port:\n    - destination.port: [5432]\n"));
}

}  // namespace
}  // namespace glacis::control
