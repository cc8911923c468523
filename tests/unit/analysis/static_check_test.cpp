#include "control/analysis/static_check.h"

#include "control/threat_model/value.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr std::string_view kDay = "2026-11-26";

// What a model of the small model's three zones and these sections is warned of; lines are counted within them.
std::string warned(const std::string& more, std::string_view day = kDay) {
  const Model model = good(small_model(more));
  std::vector<Diagnostic> out = static_check(Places(model), *end_of_date_s(day));
  for (Diagnostic& d : out) d.at.line -= std::min(d.at.line, kSmallModelLines);
  return told(out);
}

// A crossing upwards that is answered, so that only what a test is about is told.
const std::string kControlled =
    "boundaries: {b: {from: users, to: data, needs: [fw]}}\ncontrols: {fw: {status: active}}\n";

TEST(StaticCheck, ExpiredLineIsToldFromTheDayBehindItsLast) {
  const std::string model = kControlled + "flows: {f: {from: users, to: data, until: 2026-11-25}}\n";
  EXPECT_EQ(warned(model, "2026-11-25"), "");
  EXPECT_EQ(warned(model),
            "expired@3:9 the last day of 'f' is over: its traffic is a violation / remove the line, or write another "
            "until\n");
}

TEST(StaticCheck, LineInsideAnotherIsShadowedWhereverItsNamesLie) {
  const std::string assets = "assets: {pc: {zone: users, addr: 10.1.0.1}, db: {zone: data, addr: 10.4.0.1}}\n";
  EXPECT_EQ(warned(kControlled + assets +
                   "flows:\n  f: {from: users, to: data, port: 1-100}\n  g: {from: pc, to: db, port: 7}\n"),
            "shadowed@6:3 'g' allows nothing that 'f' does not allow / remove it, or narrow 'f'\n");
  // Each adds something: a port, data, an end, or that it holds outside the hours of the wide one.
  EXPECT_EQ(warned(kControlled +
                   "data: {d: {}}\nflows:\n  f: {from: users, to: data, port: 1-100}\n"
                   "  g: {from: users, to: data, port: 101}\n  h: {from: users, to: data, port: 7, carries: d}\n"),
            "");
  EXPECT_EQ(warned(kControlled + "flows:\n  f: {from: users, to: data, hours: \"01:00-02:00\"}\n"
                                 "  g: {from: users, to: data, port: 5}\n"),
            "");
}

TEST(StaticCheck, OfTwoTwinsTheLaterIsToldOnce) {
  EXPECT_EQ(warned(kControlled + "flows:\n  f: {from: users, to: data}\n  g: {from: users, to: data}\n"),
            "shadowed@5:3 'g' allows nothing that 'f' does not allow / remove it, or narrow 'f'\n");
}

TEST(StaticCheck, NeverLineInsideAnotherIsShadowedUnlessItIsWorse) {
  EXPECT_EQ(warned("never:\n  n: {from: users, severity: high}\n  m: {from: users, to: data}\n"),
            "shadowed@3:3 'm' forbids nothing that 'n' does not forbid / remove it, or say what it adds\n");
  EXPECT_EQ(warned("never:\n  n: {from: users}\n  m: {from: users, to: data, severity: critical}\n"), "");
}

TEST(StaticCheck, AllowedAndAlwaysForbiddenIsTold) {
  const std::string flows = kControlled + "flows: {f: {from: users, to: data, port: 22}}\n";
  EXPECT_EQ(warned(flows + "never: {n: {from: users, to: data}}\n"),
            "forbidden-flow@3:9 'f' is allowed, and never line 'n' forbids all of it / write except: [f] there, or "
            "remove one of them\n");
  EXPECT_EQ(warned(flows + "never: {n: {from: users, to: data, except: [f]}}\n"), "");
  EXPECT_EQ(warned(flows + "never: {n: {from: users, to: data, port: 23}}\n"), "");
}

TEST(StaticCheck, ExceptionThatMeetsNothingIsIdle) {
  EXPECT_EQ(
      warned(kControlled + "flows: {f: {from: users, to: data}}\nnever: {n: {from: data, to: users, except: [f]}}\n"),
      "idle-exception@4:9 'n' excepts 'f', which it never forbids / remove it from except\n");
  EXPECT_EQ(warned(kControlled + "data: {d: {}, e: {}}\nflows: {f: {from: users, to: data, carries: d}}\n"
                                 "never: {n: {carries: e, except: [f]}, m: {carries: d, except: [f]}}\n"),
            "idle-exception@5:9 'n' excepts 'f', which it never forbids / remove it from except\n");
}

std::string case_of(const std::string& path) {
  return kControlled + "flows: {f: {from: users, to: data, port: 22}}\nabuse: {c: {says: x, path: " + path + "}}\n";
}

TEST(StaticCheck, StepThatItsLineCannotProduceIsTold) {
  EXPECT_EQ(warned(case_of("{any: [{id: s, flow: f, from: internet, is: [denied]}]}")),
            "impossible-step@4:35 no flow of 'f' can be what this step wants / the line is from users to data\n");
  EXPECT_EQ(warned(case_of("{any: [{id: s, flow: f, port: 23, is: [denied]}]}")),
            "impossible-step@4:35 no flow of 'f' can be what this step wants / the line is from users to data\n");
  EXPECT_EQ(warned(case_of("{any: [{id: s, flow: f, from: users, is: [denied]}]}")), "");
}

TEST(StaticCheck, StepThatNoTapSeesIsTold) {
  EXPECT_EQ(
      warned(case_of("{any: [{id: s, flow: data, from: data, is: [unmodelled]}]}")),
      "untapped-step@4:35 no tap sees what goes from data to data / put one of the zones on a tap, or say who sees "
      "it: see:\n");
}

TEST(StaticCheck, VariableStandsForThePlaceThatItWasBoundAt) {
  EXPECT_EQ(
      warned(case_of(
          "{within: 1h, then: [{id: s, flow: any, from: data $h, is: [unmodelled]}, {id: t, flow: data, from: $h, is: "
          "[unmodelled]}]}")),
      "untapped-step@4:101 no tap sees what goes from data to data / put one of the zones on a tap, or say who sees "
      "it: see:\n");
}

TEST(StaticCheck, WindowShorterThanOneInsideItIsTold) {
  EXPECT_EQ(
      warned(case_of("{within: 1h, any: [{id: s, count: flows, of: {flow: f, from: users $h}, over: 5, within: 2h}]}")),
      "short-window@4:47 the window around it is shorter than its own / a longer within around it, or a shorter one "
      "here\n");
}

TEST(StaticCheck, PathOfSeveralStepsNeedsAWindow) {
  const std::string two =
      "then: [{id: s, flow: f, from: users $h, is: [denied]}, {id: t, flow: f, from: $h, is: [denied]}]}";
  EXPECT_EQ(
      warned(case_of("{" + two)),
      "no-window@4:28 'c' has no within: what it has seen is kept until room runs out / within: the time in which "
      "the case makes sense\n");
  EXPECT_EQ(warned(case_of("{within: 1d, " + two)), "");
  EXPECT_EQ(
      warned(case_of("{within: 30d, " + two)),
      "state-cost@4:28 65536 hosts for 720 hours are more than a sensor remembers / a shorter within, or a narrower "
      "from\n");
}

TEST(StaticCheck, CaseWithoutPathAndFindingIsUnanswered) {
  EXPECT_EQ(
      warned("abuse: {c: {says: x}}\n"),
      "unanswered-case@1:9 no finding and no path answers 'c' / a path says what would be seen, a finding what was "
      "decided\n");
  EXPECT_EQ(
      warned("abuse: {c: {says: x}}\nnever: {n: {from: users}}\nfindings: {f: {at: n, abuse: c, owner: a, decide: "
             "add-detection, due: 2030-01-01}}\n"),
      "");
}

TEST(StaticCheck, CrossingUpwardsNeedsAControlThatWorks) {
  const std::string flows = "flows: {f: {from: users, to: [data, internet]}}\n";
  EXPECT_EQ(
      warned(flows),
      "uncontrolled-crossing@1:9 'f' crosses from users up to data, and no boundary names a control / boundaries: "
      "{NAME: {from: users, to: data, needs: [CONTROL]}}\n");
  EXPECT_EQ(
      warned(flows + "boundaries: {b: {from: users, to: data, needs: [fw]}}\ncontrols: {fw: {status: planned}}\n"),
      "planned-control@2:14 'b' needs 'fw', which does not work yet / a control that is active, or a finding about "
      "the boundary\n");
}

TEST(StaticCheck, WayToSensitiveDataThatNoCaseWalksIsTold) {
  const std::string way =
      "data: {cards: {sensitivity: 4}}\nassets: {web: {zone: users, addr: 10.1.0.1}, db: {zone: data, addr: 10.4.0.1, "
      "holds: "
      "cards}}\nboundaries: {a: {from: internet, to: users, needs: c}, b: {from: users, to: data, needs: "
      "c}}\ncontrols: {c: "
      "{status: active}}\nflows: {f: {from: internet, to: web}, g: {from: web, to: db}}\n";
  EXPECT_EQ(
      warned(way),
      "unwalked-way@2:46 no case walks the way internet > web > db / an abuse case about its first and last hop, or "
      "narrower lines\n");
  EXPECT_EQ(warned(way + "abuse: {c1: {says: x, path: {within: 1h, then: [{id: s, flow: f, from: internet, is: "
                         "[denied]}, {id: t, flow: "
                         "data, is: [denied]}]}}}\n"),
            "");
}

TEST(StaticCheck, IdentityThatNothingShowsIsTold) {
  EXPECT_EQ(
      warned("identities: {i: {}, j: {seen_as: {sql: j}}}\n"),
      "unseen-identity@1:14 no protocol shows 'i': where it is used cannot be judged / seen_as: {kerberos: NAME}, or "
      "the log that knows it\n");
}

TEST(StaticCheck, AssumptionsAndRequirementsNeedWhatShowsThem) {
  EXPECT_EQ(warned("assumptions: {a: {says: x}, b: {says: x, prove: {to: data, only_from: users}}}\n"),
            "unproved@1:15 nothing can refute 'a' / prove: {to: db, only_from: [jump], for: 30d}\n");
  EXPECT_EQ(
      warned("sources: {s: {}}\nrequirements: {r: {says: x}, q: {says: x, source: s}}\n"),
      "unverified@2:16 nothing shows that 'r' is done / verify: {clean: a never line, for: 14d}, or the source that "
      "shows it\n");
}

TEST(StaticCheck, AcceptanceEndsFourteenDaysBeforeItsLastDay) {
  const std::string model =
      "never: {n: {from: users}}\nfindings: {f: {at: n, owner: a, decide: accept-risk, accept: {by: a, asked_by: b, "
      "why: c, "
      "until: 2026-12-31}}}\n";
  EXPECT_EQ(warned(model, "2026-12-17"), "");
  EXPECT_EQ(warned(model, "2026-12-18"),
            "acceptance-ends@2:62 the acceptance of 'f' ends on 2026-12-31 / mend it, or have it accepted anew\n");
  EXPECT_EQ(warned(model, "2027-01-01"),
            "acceptance-ends@2:62 the acceptance of 'f' ended on 2026-12-31 / mend it, or have it accepted anew\n");
}

TEST(StaticCheck, OverdueFindingIsTold) {
  const std::string model =
      "never: {n: {from: users}}\nfindings: {f: {at: n, owner: a, decide: add-detection, due: 2026-11-25}}\n";
  EXPECT_EQ(warned(model, "2026-11-25"), "");
  EXPECT_EQ(warned(model), "overdue@2:12 'f' was due on 2026-11-25 / do it, or decide anew\n");
}

TEST(StaticCheck, ReviewIsDueWhenItsTimeIsOver) {
  const std::string text =
      "model: {id: m, owner: ada, reviewed: 2026-11-01, review_every: 10d}\nzones: {z: {trust: 1, addr: 10.0.0.0/8}}\n";
  const Model model = good(text);
  EXPECT_EQ(told(static_check(Places(model), *end_of_date_s("2026-11-11"))), "");
  EXPECT_EQ(told(static_check(Places(model), *end_of_date_s("2026-11-12"))),
            "review-due@1:8 the review was due on 2026-11-11 / review it and write the day into reviewed\n");
}

}  // namespace
}  // namespace glacis::control
