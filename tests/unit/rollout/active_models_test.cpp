#include "control/rollout/active_models.h"

#include <gtest/gtest.h>

#include "control/threat_model/source_files.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

constexpr const char* kModels = GLACIS_SOURCE_DIR "/configs/models/";

std::vector<SourceFile> files_of(const std::string& name) {
  std::vector<Diagnostic> diagnostics;
  auto files = load_sources(kModels + name, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  return files;
}

PushInput input(std::vector<SourceFile> files, uint64_t base = 0) { return {std::move(files), base, "ada", "", 1}; }

uint64_t first_version(const std::string&) { return 1; }
uint64_t later_version(const std::string&) { return 8; }

v1::Policy policy_of(const PreparedPush& push, const std::string& tap) {
  v1::Policy out;
  for (const StoredPolicy& policy : push.record.policies) {
    if (policy.tap != tap) continue;
    EXPECT_TRUE(out.ParseFromString(policy.bytes));
  }
  return out;
}

TEST(ActiveModels, CompilesOnePolicyForEachTapAndOneForSensorsWithoutTap) {
  const ActiveModels models;
  const PreparedPush push = models.prepare(input(files_of("web-shop.yaml")), first_version);
  ASSERT_EQ(push.verdict, PushVerdict::kGood);
  ASSERT_EQ(push.record.policies.size(), 3u);
  EXPECT_EQ(policy_of(push, "t-core").tap(), "t-core");
  EXPECT_EQ(policy_of(push, "").models(0).version(), 1u);
}

TEST(ActiveModels, SameModelAgainChangesNothing) {
  ActiveModels models;
  models.adopt(models.prepare(input(files_of("web-shop.yaml")), first_version).record);
  const PreparedPush again = models.prepare(input(files_of("web-shop.yaml")), later_version);
  EXPECT_EQ(again.verdict, PushVerdict::kUnchanged);
  EXPECT_TRUE(again.record.policies.empty());
  EXPECT_EQ(again.record.model.version, 1u);
}

TEST(ActiveModels, RuleIdsStayAcrossPushesAndRestarts) {
  ActiveModels models;
  const PreparedPush first = models.prepare(input(files_of("web-shop.yaml")), first_version);
  StoredState state;
  state.models = {first.record.model};
  state.policies = first.record.policies;
  state.rule_ids = first.record.new_rule_ids;
  for (StoredRuleId& rule : state.rule_ids) rule.id += 1'000'000;
  ActiveModels restarted;
  EXPECT_TRUE(restarted.restore(state).empty());
  const PreparedPush next = restarted.prepare(input(files_of("web-shop-next.yaml")), later_version);
  ASSERT_EQ(next.verdict, PushVerdict::kGood);
  EXPECT_EQ(next.record.model.version, 2u);
  ASSERT_EQ(next.record.new_rule_ids.size(), 1u);
  EXPECT_EQ(next.record.new_rule_ids[0].element, "never/n-lab-ssh");
  const v1::Policy policy = policy_of(next, "t-core");
  for (const v1::Rule& rule : policy.rules()) {
    for (const StoredRuleId& known : state.rule_ids) {
      if (known.element != rule.element()) continue;
      EXPECT_EQ(known.id, rule.id()) << rule.element();
    }
  }
}

TEST(ActiveModels, WrongBaseVersionIsRefused) {
  ActiveModels models;
  models.adopt(models.prepare(input(files_of("web-shop.yaml")), first_version).record);
  EXPECT_EQ(models.prepare(input(files_of("web-shop-next.yaml"), 7), later_version).verdict, PushVerdict::kWrongBase);
  EXPECT_EQ(models.prepare(input(files_of("web-shop-next.yaml"), 1), later_version).verdict, PushVerdict::kGood);
}

TEST(ActiveModels, BrokenModelIsRefusedWithEveryFault) {
  const ActiveModels models;
  std::vector<SourceFile> files = files_of("web-shop.yaml");
  files[0].text += "\nzonez: {}\nfloes: {}\n";
  const PreparedPush push = models.prepare(input(std::move(files)), first_version);
  EXPECT_EQ(push.verdict, PushVerdict::kInvalid);
  EXPECT_GE(push.diagnostics.size(), 2u);
}

TEST(ActiveModels, TwoModelsThatDisagreeOnAPrefixAreAConflict) {
  ActiveModels models;
  models.adopt(models.prepare(input(files_of("web-shop.yaml")), first_version).record);
  std::vector<SourceFile> files = files_of("web-shop.yaml");
  const auto replace = [&](const std::string& what, const std::string& with) {
    for (size_t at = 0; (at = files[0].text.find(what, at)) != std::string::npos; at += with.size()) {
      files[0].text.replace(at, what.size(), with);
    }
  };
  replace("id: web-shop", "id: other-shop");
  replace("mgmt", "ops");
  const PreparedPush push = models.prepare(input(std::move(files)), later_version);
  EXPECT_EQ(push.verdict, PushVerdict::kConflict);
  ASSERT_FALSE(push.diagnostics.empty());
  EXPECT_NE(push.diagnostics.back().message.find("mgmt"), std::string::npos);
}

}  // namespace
}  // namespace glacis::control
