#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include "dataplane/policy/features.h"
#include "dataplane/policy/generation.h"
#include "dataplane/policy/rule_id.h"
#include "tests/unit/policy/policy_texts.h"

namespace glacis {
namespace {

using testing::ElementsAre;

constexpr int64_t kMonday = 1'780'272'000;  // 2026-06-01 00:00 UTC; Berlin is two hours ahead

class BuildGeneration : public testing::Test {
 protected:
  std::shared_ptr<const Generation> built(const Generation* previous = nullptr) {
    auto out = build(policy_, previous);
    if (!out) {
      for (const Error& fault : out.error()) ADD_FAILURE() << fault.text();
      std::abort();
    }
    return *out;
  }
  // Rule ids broken by a TCP flow.
  static std::vector<uint32_t> broken(const Generation& g, IpAddress from, IpAddress to, uint16_t port,
                                      int64_t at_s = kMonday + 8 * 3600) {
    const Question q{g.zones().place(from), g.zones().place(to), port, 6, seconds(at_s)};
    const Verdict verdict = g.judge().judge(q, g.zones());
    std::vector<uint32_t> out;
    for (int i = 0; i < verdict.rule_count; ++i) out.push_back(rule_id(g, verdict.rules[static_cast<size_t>(i)]).value);
    return out;
  }
  v1::Policy policy_ = good_policy();
  const IpAddress user_ = v4(10, 1, 0, 7), db_ = v4(10, 4, 0, 5), store_ = v4(10, 4, 0, 9), bank_ = v4(8, 8, 8, 8);
};

TEST_F(BuildGeneration, KeepsIdVersionAndTheDigestOfTheBytesAsSent) {
  // The same policy in another encoding: a field that this program does not know stands behind it.
  const std::string bytes = policy_.SerializeAsString() + std::string("\xf8\x07\x01", 3);
  const auto g = build_generation(bytes, GenerationId(7), 3, nullptr);
  ASSERT_TRUE(g);
  EXPECT_EQ((*g)->id(), GenerationId(7));
  EXPECT_EQ((*g)->version(), 3U);
  std::string digest(32, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  EXPECT_EQ((*g)->digest(), digest);
  EXPECT_NE((*g)->digest(), built()->digest());
}

TEST_F(BuildGeneration, EveryFeatureOfTheListIsTaken) {
  policy_.clear_features();
  for (const std::string_view feature : kPolicyFeatures) policy_.add_features(std::string(feature));
  (void)built();
  EXPECT_TRUE(std::is_sorted(kPolicyFeatures.begin(), kPolicyFeatures.end()));
}

TEST_F(BuildGeneration, AnEmptyPolicyAllowsEverything) {
  policy_.Clear();
  policy_.set_language(1);
  const auto g = built();
  EXPECT_THAT(broken(*g, user_, db_, 22), ElementsAre());
  EXPECT_TRUE(g->patterns().empty());
}

TEST_F(BuildGeneration, RulesLandWhereThePolicySays) {
  const auto g = built();
  EXPECT_THAT(broken(*g, user_, db_, 5432), ElementsAre());
  EXPECT_THAT(broken(*g, user_, store_, 22), ElementsAre(2, 3));
  EXPECT_THAT(broken(*g, user_, db_, 5433), ElementsAre(3));
  EXPECT_THAT(broken(*g, user_, user_, 80), ElementsAre(5));
  EXPECT_THAT(broken(*g, store_, db_, 80), ElementsAre()) << "data is flat";
}

TEST_F(BuildGeneration, AnAddressHasItsAssetsStackElseItsZones) {
  policy_.mutable_zones(1)->set_stack(v1::STACK_SOLARIS);
  policy_.mutable_assets(0)->set_stack(v1::STACK_CISCO);
  policy_.mutable_zones(2)->set_stack(v1::STACK_BSD);
  const auto g = built();
  const auto segments = [&](const IpAddress& address) { return g->stack(g->zones().place(address)).segments; };
  EXPECT_EQ(segments(db_), OverlapPolicy::kLast);
  EXPECT_EQ(segments(store_), OverlapPolicy::kSolaris);
  EXPECT_EQ(segments(bank_), OverlapPolicy::kBsd);
  EXPECT_EQ(segments(user_), OverlapPolicy::kLinux) << "nothing is said";
  EXPECT_EQ(segments(v4(192, 168, 0, 1)), OverlapPolicy::kLinux) << "in no zone";
}

TEST_F(BuildGeneration, HoursAreThoseOfTheTimeZone) {
  const auto g = built();  // Monday to Friday, 08:00 to 18:00 in Berlin
  EXPECT_THAT(broken(*g, user_, db_, 5432, kMonday + 6 * 3600 - 1), ElementsAre(3, 1));
  EXPECT_THAT(broken(*g, user_, db_, 5432, kMonday + 6 * 3600), ElementsAre());
  EXPECT_THAT(broken(*g, user_, db_, 5432, kMonday + 16 * 3600), ElementsAre(3, 1));
  EXPECT_THAT(broken(*g, user_, db_, 5432, kMonday + 5 * 86'400 + 8 * 3600), ElementsAre(3, 1)) << "Saturday";
}

TEST_F(BuildGeneration, ALineEndsOnItsDate) {
  policy_.mutable_flows(0)->clear_hours();
  const auto g = built();
  EXPECT_THAT(broken(*g, user_, db_, 5432, 2'000'000'000), ElementsAre());
  EXPECT_THAT(broken(*g, user_, db_, 5432, 2'000'000'001), ElementsAre(3, 1));
}

TEST_F(BuildGeneration, ANeverThatIsOnlyCarriedJudgesNothing) {
  policy_.mutable_nevers(0)->set_enforced(false);
  EXPECT_THAT(broken(*built(), user_, store_, 22), ElementsAre(3));
}

TEST_F(BuildGeneration, ABoundaryWithoutADefaultLeavesTheCrossingToDrift) {
  // data to users: boundary c says nothing, model `shop` declares users and alerts.
  EXPECT_THAT(broken(*built(), store_, user_, 80), ElementsAre(4));
}

TEST_F(BuildGeneration, DriftJudgesAnAssetThatStandsInAnotherModelsZone) {
  policy_.clear_boundaries();
  policy_.mutable_zones(0)->clear_models();
  policy_.mutable_zones(1)->clear_models();
  const auto g = built();
  EXPECT_THAT(broken(*g, bank_, db_, 80), ElementsAre(4))
      << "the model's own asset, in a zone that it does not declare";
  EXPECT_THAT(broken(*g, bank_, store_, 80), ElementsAre(4)) << "what no asset claims is shop/rest";
  EXPECT_THAT(broken(*g, bank_, user_, 80), ElementsAre()) << "no end is the model's";
  policy_.mutable_assets()->DeleteSubrange(1, 2);
  EXPECT_THAT(broken(*built(), bank_, store_, 80), ElementsAre());
}

TEST_F(BuildGeneration, DriftDoesNotTakeTheInternetForAnAsset) {
  policy_.clear_boundaries();
  policy_.mutable_zones(0)->clear_models();
  policy_.mutable_zones(1)->clear_models();
  policy_.mutable_assets(2)->clear_names();  // an asset without address and name, in the zone with `any`
  EXPECT_THAT(broken(*built(), user_, bank_, 443), ElementsAre());
}

TEST_F(BuildGeneration, DriftIgnoresOnlyWhatItNames) {
  const auto g = built();
  Question ping{g->zones().place(user_), g->zones().place(bank_), 0, 1, seconds(kMonday)};
  EXPECT_EQ(g->judge().judge(ping, g->zones()).rule_count, 0);
  ping.protocol = 17;
  EXPECT_NE(g->judge().judge(ping, g->zones()).rule_count, 0);
}

TEST_F(BuildGeneration, PairsOfAnotherTapAreSeenAndNotJudged) {
  const auto g = built();
  const auto here = [&](IpAddress from, IpAddress to) {
    return g->judge()
        .judge({g->zones().place(from), g->zones().place(to), 80, 6, seconds(kMonday)}, g->zones())
        .judged_here;
  };
  EXPECT_FALSE(here(user_, bank_));
  EXPECT_FALSE(here(bank_, user_));
  EXPECT_TRUE(here(user_, db_));
}

TEST_F(BuildGeneration, PatternsPointToTheirDataClasses) {
  const auto g = built();
  EXPECT_EQ(g->data_of_pattern(0), 0b01U);
  EXPECT_EQ(g->data_of_pattern(1), 0b11U);
  EXPECT_EQ(g->data_of_pattern(2), 0U);
  EXPECT_TRUE(g->judge().tables().scan_everything);
  ASSERT_EQ(g->patterns().patterns().size(), 2U);
  EXPECT_EQ(g->patterns().patterns()[0].check, PatternCheck::kLuhn);
  EXPECT_EQ(g->patterns().patterns()[0].evidence, EvidenceRule::kMasked);
  EXPECT_EQ(g->patterns().patterns()[1].evidence, EvidenceRule::kFull);
}

TEST_F(BuildGeneration, EvidenceThatIsNotSaidIsMasked) {
  policy_.mutable_patterns(1)->clear_evidence();
  policy_.mutable_patterns(0)->set_evidence(v1::EVIDENCE_POLICY_NONE);
  const auto g = built();
  EXPECT_EQ(g->patterns().patterns()[0].evidence, EvidenceRule::kNone);
  EXPECT_EQ(g->patterns().patterns()[1].evidence, EvidenceRule::kMasked);
}

TEST_F(BuildGeneration, UnchangedPatternsAreSharedWithThePreviousGeneration) {
  const auto first = built();
  policy_.mutable_nevers(0)->clear_ports();
  const auto second = built(first.get());
  EXPECT_EQ(second->shared_patterns(), first->shared_patterns());
  EXPECT_NE(built()->shared_patterns(), first->shared_patterns()) << "without a previous one there is nothing to share";
}

TEST_F(BuildGeneration, AnyChangeOfThePatternsCompilesThemAgain) {
  const auto first = built();
  const std::function<void(v1::Policy&)> changes[] = {
      [](v1::Policy& p) { p.mutable_patterns(1)->set_expression("secret:"); },
      [](v1::Policy& p) { p.mutable_patterns(1)->set_check(v1::CHECK_LUHN); },
      [](v1::Policy& p) { p.mutable_patterns(1)->set_evidence(v1::EVIDENCE_POLICY_NONE); },
      [](v1::Policy& p) { p.mutable_patterns()->SwapElements(0, 1); },
      [](v1::Policy& p) { p.mutable_patterns()->Add()->CopyFrom(p.patterns(0)); },
  };
  for (const auto& change : changes) {
    policy_ = good_policy();
    change(policy_);
    const auto second = built(first.get());
    EXPECT_NE(second->shared_patterns(), first->shared_patterns());
    EXPECT_EQ(second->patterns().patterns().size(), static_cast<size_t>(policy_.patterns_size()));
  }
}

TEST_F(BuildGeneration, SharedPatternsOutliveTheGenerationThatCompiledThem) {
  auto first = built();
  const auto second = built(first.get());
  first.reset();
  EXPECT_NE(second->patterns().database(), nullptr);
  EXPECT_EQ(second->patterns().patterns()[1].expression, "secret=");
}

TEST_F(BuildGeneration, ARefusedPolicyLeavesThePreviousGenerationAlone) {
  const auto first = built();
  policy_.mutable_flows(0)->set_rule(99);
  EXPECT_FALSE(build(policy_, first.get()));
  EXPECT_THAT(broken(*first, user_, store_, 22), ElementsAre(2, 3));
}

TEST_F(BuildGeneration, RuleIdsAreThePolicysAndNoneBeyondIt) {
  const auto g = built();
  EXPECT_EQ(rule_id(*g, RuleIndex(0)), RuleId(9)) << "positions are those of the policy, sorted or not";
  EXPECT_EQ(rule_id(*g, RuleIndex(6)), RuleId(6));
  EXPECT_EQ(rule_id(*g, RuleIndex(7)), RuleId(0));
  EXPECT_EQ(rule_id(*g, kNoRule), RuleId(0));
}

}  // namespace
}  // namespace glacis
