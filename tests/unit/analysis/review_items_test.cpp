#include "control/analysis/review_items.h"

#include <algorithm>
#include <set>
#include <span>

#include "control/analysis/duties.h"
#include "control/analysis/threats.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/value.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

const std::string kModel =
    "assets: {db: {zone: data, addr: 10.4.0.5, owner: dora}}\n"
    "never: {n: {from: users, to: data, severity: high}, o: {from: data, to: internet, severity: low}}\n"
    "abuse: {c: {says: x, severity: critical, owner: cleo}}\n"
    "controls: {seg: {status: planned, strength: 4, covers: [c], owner: nia}, mfa: {status: active, covers: [c]}}\n"
    "requirements:\n"
    "  R1: {kind: segmentation, says: Build a wall, verify: {clean: n, for: 14d}}\n"
    "  R2: {kind: logging, says: Log it, owner: sam}\n"
    "  R3: {says: Nobody asks for it}\n"
    "findings:\n"
    "  F1: {says: One, at: n, abuse: [c], decide: [add-segmentation], requires: [R1], owner: finn, due: 2028-12-15, "
    "ticket: "
    "T-1}\n"
    "  F2: {says: Two, at: o, decide: [accept-risk], owner: fay, accept: {by: rob, asked_by: fay, why: soon, until: "
    "2027-01-31, meanwhile: [R1, R2]}}\n";

const ReviewItem& item(const std::vector<ReviewItem>& items, const std::string& id) {
  const auto found = std::ranges::find(items, id, &ReviewItem::id);
  EXPECT_NE(found, items.end()) << id;
  return found == items.end() ? items.front() : *found;
}

std::string text_of(const ReviewItem& one) {
  return std::string(one.kind) + " | " + one.owner + " | " + (one.due_s == 0 ? "-" : date_text(one.due_s)) + " | " +
         std::to_string(one.severity) + " | " + joined(one.labels, " ") + " | " + joined(one.links, " ") + " | " +
         one.ticket;
}

TEST(ReviewItems, EachSaysWhoseItIsWhenHowBadAndWhatItIsAbout) {
  const Model model = good(small_model(kModel));
  const std::vector<ReviewItem> all = review_items(Places(model));
  EXPECT_EQ(text_of(item(all, "shop/F1")),
            "finding | finn | 2028-12-15 | 5 | add-segmentation | shop/n shop/c shop/R1 | T-1");
  EXPECT_EQ(text_of(item(all, "shop/F2")), "finding | fay | 2027-01-31 | 2 | accept-risk | shop/o | ");
  EXPECT_EQ(text_of(item(all, "shop/F2:accept")),
            "acceptance | rob | 2027-01-31 | 2 | accept-risk | shop/F2 shop/R1 shop/R2 | ");
  EXPECT_EQ(text_of(item(all, "shop/R1")),
            "requirement | finn | 2027-01-31 | 5 | segmentation | shop/F1 shop/F2 shop/n | ");
  EXPECT_EQ(text_of(item(all, "shop/R2")), "requirement | sam | 2027-01-31 | 2 | logging | shop/F2 | ");
  EXPECT_EQ(text_of(item(all, "shop/R3")), "requirement | ada | - | 0 |  |  | ");
  EXPECT_EQ(text_of(item(all, "shop/seg")), "control | nia | - | 5 | planned | shop/c | ");
  EXPECT_EQ(std::ranges::count(all, "control", &ReviewItem::kind), 1) << "an active control is no work";
  EXPECT_EQ(item(all, "shop/F1").description,
            "One. Decided: add-segmentation. Is about: n. Makes possible: c. Requires: R1.");
  EXPECT_EQ(item(all, "shop/F2:accept").description,
            "Accepted: Two. Why: soon. By: rob. Asked by: fay. Meanwhile: R1, R2.");
  EXPECT_EQ(item(all, "shop/R1").description, "Build a wall. Stays clean: n.");
}

TEST(ReviewItems, ThreatsHaveTheirOwnIdAndTheOwnerOfTheirElement) {
  const Model model = good(small_model(kModel + "flows: {f: {from: users, to: db, port: 80}}\n"));
  const Places places(model);
  const std::vector<ReviewItem> all = review_items(places);
  const std::vector<Threat> open = threats(places);
  ASSERT_FALSE(open.empty());
  EXPECT_EQ(std::ranges::count(all, "threat", &ReviewItem::kind), static_cast<std::ptrdiff_t>(open.size()));
  for (const Threat& threat : open) {
    const ReviewItem& one = item(all, "shop/" + threat.id);
    EXPECT_EQ(one.owner, threat.element == "db" ? "dora" : "ada") << threat.id;
    EXPECT_EQ(one.severity, 0);
    EXPECT_EQ(one.links, std::vector{"shop/" + threat.element});
  }
}

TEST(ReviewItems, NoIdStandsTwice) {
  const Model model = good(small_model(kModel + "flows: {f: {from: [users, internet], to: [db, data], port: 80}}\n"));
  std::set<std::string> ids;
  for (const ReviewItem& one : review_items(Places(model))) EXPECT_TRUE(ids.insert(one.id).second) << one.id;
}

TEST(ReviewItems, LongTitleIsCutAndTheDescriptionIsWhole) {
  const std::string says = std::string(kMostTitleBytes, 'a');
  const Model model =
      good(small_model("requirements: {R: {says: " + says + "}, S: {says: " + says + "b}, T: {says: \"" +
                       std::string(kMostTitleBytes - 4, 'a') + "\xc3\xa4\xc3\xa4\xc3\xa4\"}}\n"));
  const std::vector<ReviewItem> all = review_items(Places(model));
  EXPECT_EQ(item(all, "shop/R").title, says);
  EXPECT_EQ(item(all, "shop/S").title, std::string(kMostTitleBytes - 3, 'a') + "...");
  EXPECT_EQ(item(all, "shop/S").description, says + "b.");
  EXPECT_EQ(item(all, "shop/T").title, std::string(kMostTitleBytes - 4, 'a') + "...") << "no character is cut in two";
}

TEST(ReviewItems, WhatSaysNothingIsCalledByItsName) {
  const Model model = good(small_model("controls: {seg: {status: planned}}\n"));
  EXPECT_EQ(item(review_items(Places(model)), "shop/seg").title, "control seg");
}

// --- duties

std::string text_of(const std::vector<Duty>& all) {
  std::string out;
  for (const Duty& duty : all) {
    out += duty.owner + " " + std::string(duty.kind) + " " + duty.id;
    out += (duty.due_s == 0 ? "" : " " + date_text(duty.due_s)) + "\n";
  }
  return out;
}

const std::string kDuties =
    "sources: {log/a: {owner: sam, state: fed}}\n"
    "assets: {db: {zone: data, addr: 10.4.0.5, owner: dora}, web: {zone: data, addr: 10.4.0.6}}\n"
    "identities: {key: {owner: ida}}\n"
    "never: {n: {from: users, to: data}}\n"
    "flows: {f: {from: users, to: db, until: 2027-03-01}, g: {from: users, to: web}}\n"
    "abuse: {c: {says: x}, d: {says: x, owner: cleo}}\n"
    "requirements: {R1: {says: x}, R2: {says: x, owner: sam}}\n"
    "hunts: {H: {ask: x, owner: sam}}\n"
    "assumptions: {A: {says: x, owner: nia}}\n"
    "controls: {seg: {status: planned, owner: nia}}\n"
    "answers: {no-limit/f: {why: x, owner: ida}}\n"
    "findings: {F: {says: x, at: [n, c], decide: [accept-risk], requires: [R1], owner: finn, due: 2027-05-01, accept: "
    "{by: rob, asked_by: finn, why: x, until: 2027-02-01}}}\n";

TEST(Duties, EverythingWithAnOwnerByOwnerThenAsWritten) {
  EXPECT_EQ(text_of(duties(good(small_model(kDuties)))),
            "ada model shop\nada line f 2027-03-01\n"
            "cleo case d\n"
            "dora asset db\n"
            "finn case c\nfinn requirement R1 2027-05-01\nfinn finding F 2027-05-01\n"
            "ida identity key\nida answer no-limit/f\n"
            "nia assumption A\nnia control seg\n"
            "rob acceptance F 2027-02-01\n"
            "sam source log/a\nsam requirement R2\nsam hunt H\n");
}

TEST(Duties, ReviewIsDueAfterItsTime) {
  Model model = good(
      "model: {id: m, owner: a, reviewed: 2026-11-02, review_every: 90d, teams: {soc: sam}}\nzones: {z: "
      "{trust: 1, addr: 10.0.0.0/8}}\n");
  EXPECT_EQ(text_of(duties(model)), "a model m 2027-01-31\nsam team soc\n");
  model.review_every_ns = 0;
  EXPECT_EQ(review_due_s(model), 0);
}

TEST(Duties, OverdueFromTheDayAfterTheLongestOverFirst) {
  const Model model = good(small_model(kDuties));
  const auto on = [&](const char* day) { return text_of(overdue(model, *end_of_date_s(day))); };
  EXPECT_EQ(on("2027-02-01"), "");
  EXPECT_EQ(on("2027-02-02"), "rob acceptance F 2027-02-01\n");
  EXPECT_EQ(on("2027-06-01"),
            "rob acceptance F 2027-02-01\nada line f 2027-03-01\nfinn requirement R1 2027-05-01\nfinn finding F "
            "2027-05-01\n");
}

// The oracle is the policy: what alerts say.
TEST(Duties, ARuleThatTwoFindingsNameHasTheOwnerOfItsAlerts) {
  const Model model =
      good(small_model("never: {n: {from: users, to: data, severity: high}}\n"
                       "findings:\n"
                       "  F1: {says: One, at: n, decide: [improve-logging], owner: finn, due: 2028-12-15}\n"
                       "  F2: {says: Two, at: n, decide: [add-detection], owner: fay, due: 2028-12-15}\n"));
  RuleIds ids;
  const auto policy = compile(std::span(&model, 1), "", ids);
  ASSERT_TRUE(policy.has_value());
  const auto rule = std::ranges::find(policy->rules(), "never/n", &v1::Rule::element);
  ASSERT_NE(rule, policy->rules().end());
  EXPECT_EQ(owner_of(model, "n", ""), rule->owner());
  EXPECT_EQ(rule->owner(), "fay");
}

}  // namespace
}  // namespace glacis::control
