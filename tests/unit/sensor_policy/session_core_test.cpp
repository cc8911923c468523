#include "sensor/policy/session_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/sensor_policy/fake_target.h"
#include "tests/unit/sensor_policy/offers.h"
#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Calls = std::vector<std::string>;

constexpr int64_t kNow = 1'795'000'000'000'000'000;

class SessionCoreTest : public testing::Test {
 protected:
  SessionCoreTest() { restart({}); }
  // As a sensor that starts with `running` in use.
  void restart(StoredPolicy running) {
    core_.reset();
    auto store = PolicyStore::open(folder_.path() + "/state", files_);
    if (!store) std::abort();
    store_ = std::move(*store);
    core_ = std::make_unique<SessionCore>(target_, *store_, std::move(running));
    core_->begin_stream();
  }
  void take(const std::vector<v1::SessionResponse>& messages) {
    for (const auto& message : messages) core_->take(message);
  }
  void work(int64_t now_ns = kNow) {
    while (core_->work(now_ns)) {
    }
  }
  // "WARMED 1 v5 in use 4" for each waiting status: state, nonce, version, version in use.
  Calls told() {
    Calls out;
    while (const auto status = core_->next_status()) {
      out.push_back(v1::PolicyState_Name(status->state()).substr(13) + " " + std::to_string(status->nonce()) + " v" +
                    std::to_string(status->version()) + " in use " + std::to_string(status->version_in_use()));
      last_ = *status;
    }
    return out;
  }
  // Brings `bytes` in use.
  void run(uint64_t nonce, uint64_t version, const std::string& bytes) {
    take(offer_of(nonce, version, bytes, When::kWarm));
    work();
    EXPECT_THAT(told(), ElementsAre(HasSubstr("WARMED"), HasSubstr("ACTIVE")));
  }

  TemporaryFolder folder_;
  FaultyFiles files_;
  FakeTarget target_;
  std::unique_ptr<PolicyStore> store_;
  std::unique_ptr<SessionCore> core_;
  v1::PolicyStatus last_;
};

TEST_F(SessionCoreTest, WarmsThenWaitsForActivateThenStoresAndSaysActive) {
  take(offer_of(1, 5, "policy five"));
  EXPECT_EQ(core_->due_ns(), 0);
  EXPECT_TRUE(core_->work(kNow));
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v5 in use 0"));
  EXPECT_EQ(last_.warm_ns(), 1'011);
  EXPECT_EQ(last_.digest(), sha256("policy five"));
  EXPECT_FALSE(core_->work(kNow));
  EXPECT_EQ(core_->due_ns(), std::nullopt);
  core_->take(activation_of(1, 5));
  EXPECT_TRUE(core_->work(kNow));
  EXPECT_THAT(told(), ElementsAre("ACTIVE 1 v5 in use 5"));
  EXPECT_THAT(target_.calls(), ElementsAre("warm policy five 5", "activate policy five"));
  const auto stored = store_->load();
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->bytes, "policy five");
  EXPECT_EQ(store_->highest_version(), 5U);
}

TEST_F(SessionCoreTest, ActiveCarriesWhatTheSwapCost) {
  run(1, 5, "policy five");
  const v1::SwapReport& swap = last_.swap();
  EXPECT_EQ(swap.previous_digest(), "before");
  EXPECT_EQ(swap.generation(), 2U);
  EXPECT_EQ(swap.received_before(), 10U);
  EXPECT_EQ(swap.processed_before(), 9U);
  EXPECT_EQ(swap.lost_before(), 1U);
  EXPECT_EQ(swap.received_after(), 20U);
  EXPECT_EQ(swap.processed_after(), 18U);
  EXPECT_EQ(swap.lost_after(), 2U);
  EXPECT_EQ(swap.longest_pause_ns(), 345);
  EXPECT_EQ(swap.swap_ns(), 678);
}

TEST_F(SessionCoreTest, AStrategyThatIsDirectActivatesWithoutBeingTold) {
  take(offer_of(1, 5, "policy", When::kWarm, 2));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v5 in use 0", "ACTIVE 1 v5 in use 5"));
}

TEST_F(SessionCoreTest, ActivateThatOvertakesTheWarmingIsKept) {
  take(offer_of(1, 5, "policy"));
  core_->take(activation_of(1, 5));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v5 in use 0", "ACTIVE 1 v5 in use 5"));
}

TEST_F(SessionCoreTest, ActivatesAtItsTimeAndNotBefore) {
  take(offer_of(1, 5, "policy"));
  core_->take(activation_of(1, 5, kNow + 1'000));
  work(kNow + 999);
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v5 in use 0"));
  EXPECT_EQ(core_->due_ns(), kNow + 1'000);
  work(kNow + 1'000);
  EXPECT_THAT(told(), ElementsAre("ACTIVE 1 v5 in use 5"));
  EXPECT_EQ(core_->due_ns(), std::nullopt);
}

TEST_F(SessionCoreTest, ATimeBeforeAllTimesIsNow) {
  take(offer_of(1, 5, "policy"));
  work();
  core_->take(activation_of(1, 5, INT64_MIN));
  EXPECT_EQ(core_->due_ns(), 0);
  work();
  EXPECT_THAT(told(), ElementsAre(HasSubstr("WARMED"), HasSubstr("ACTIVE")));
}

TEST_F(SessionCoreTest, ARefusedPolicyIsToldWithEveryReasonAndChangesNothing) {
  run(1, 5, "policy five");
  target_.faults = {{"no rule 7", "flows[0].rule", "one entry for each id"}, {"more than 64 data classes", "data", ""}};
  take(offer_of(2, 6, "bad policy", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("REJECTED 2 v6 in use 5"));
  ASSERT_EQ(last_.errors_size(), 2);
  EXPECT_EQ(last_.errors(0).field(), "flows[0].rule");
  EXPECT_EQ(last_.errors(0).reason(), "no rule 7 (one entry for each id)");
  EXPECT_EQ(last_.errors(1).field(), "data");
  EXPECT_EQ(last_.digest_in_use(), sha256("policy five"));
  EXPECT_EQ(store_->highest_version(), 5U) << "what was refused is not trusted";
  EXPECT_FALSE(core_->work(kNow));
  EXPECT_EQ(core_->view().rejected, 1U);
}

TEST_F(SessionCoreTest, AnOfferThatDoesNotArriveWholeIsRefusedWithoutBeingBuilt) {
  auto pieces = offer_of(1, 5, "policy", When::kWarm, 3);
  pieces[1].mutable_offer()->set_piece("icz");
  take(pieces);
  work();
  EXPECT_THAT(told(), ElementsAre("REJECTED 1 v5 in use 0"));
  EXPECT_EQ(last_.errors(0).field(), "digest");
  EXPECT_THAT(target_.calls(), IsEmpty());
}

TEST_F(SessionCoreTest, ManyFaultsAreCutShortAndTheRestIsCounted) {
  target_.faults.assign(502, {std::string(5'000, 'x'), std::string(5'000, 'y'), std::string(5'000, 'z')});
  take(offer_of(1, 5, "bad"));
  work();
  (void)told();
  ASSERT_EQ(last_.errors_size(), 501);
  EXPECT_EQ(last_.errors(500).reason(), "2 further faults");
  EXPECT_LT(last_.ByteSizeLong(), 4U << 20) << "longer than what gRPC takes";
}

// Control's protobuf refuses a message with half a character in it: it would never learn why.
TEST_F(SessionCoreTest, ReasonsAreWholeCharactersWhateverThePolicyQuotes) {
  std::string long_name;
  while (long_name.size() < 2'000) long_name += "\xe2\x82\xac";
  target_.faults = {{"unknown feature '\xe2\x82'", "features[0]", ""},
                    {"a" + long_name, long_name, ""},
                    {"\xff\xfe\xc0\x80", "\xed\xa0\x80", ""}};
  take(offer_of(1, 5, "bad"));
  work();
  const auto status = core_->next_status();
  ASSERT_NE(status, nullptr);
  v1::PolicyStatus as_control_reads_it;
  ASSERT_TRUE(as_control_reads_it.ParseFromString(status->SerializeAsString()));
  EXPECT_EQ(as_control_reads_it.errors(0).reason(),
            "unknown feature '?"
            "?'");
  EXPECT_THAT(as_control_reads_it.errors(1).reason(), testing::StartsWith("a\xe2\x82\xac\xe2\x82\xac"));
  EXPECT_EQ(as_control_reads_it.errors(2).reason(), std::string(4, '?'));
}

TEST_F(SessionCoreTest, AnOlderVersionThanTheHighestTrustedIsRefused) {
  run(1, 5, "policy five");
  take(offer_of(2, 4, "policy four", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("REJECTED 2 v4 in use 5"));
  EXPECT_EQ(last_.errors(0).field(), "version");
  EXPECT_THAT(last_.errors(0).reason(), HasSubstr("version 4 is older than 5"));
}

TEST_F(SessionCoreTest, TheHighestVersionOutlivesTheProcess) {
  run(1, 5, "policy five");
  restart({5, sha256("policy five"), ""});
  (void)told();
  take(offer_of(1, 4, "policy four"));
  EXPECT_THAT(told(), ElementsAre("REJECTED 1 v4 in use 5"));
}

TEST_F(SessionCoreTest, OneVersionIsOnePolicy) {
  run(1, 5, "policy five");
  take(offer_of(2, 5, "another five"));
  EXPECT_THAT(told(), ElementsAre("REJECTED 2 v5 in use 5"));
  EXPECT_THAT(last_.errors(0).reason(), HasSubstr("in use with another digest"));
}

TEST_F(SessionCoreTest, WhatRunsIsNotBuiltAgainAndItsVersionGrows) {
  run(1, 5, "policy five");
  take(offer_of(2, 8, "policy five", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 2 v8 in use 5", "ACTIVE 2 v8 in use 8"));
  EXPECT_EQ(last_.swap().previous_digest(), sha256("policy five"));
  EXPECT_EQ(target_.calls().size(), 2U) << "built and swapped once";
  EXPECT_EQ((*store_->load())->version, 8U);
}

TEST_F(SessionCoreTest, ANewerOfferReplacesTheOneInHand) {
  take(offer_of(1, 5, "policy five"));
  take(offer_of(2, 6, "policy six"));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 2 v6 in use 0"));
  EXPECT_THAT(target_.calls(), ElementsAre("warm policy six 6"));
  core_->take(activation_of(1, 5));
  work();
  EXPECT_THAT(told(), IsEmpty()) << "activation of a stale nonce";
  core_->take(activation_of(2, 6));
  work();
  EXPECT_THAT(told(), ElementsAre("ACTIVE 2 v6 in use 6"));
}

TEST_F(SessionCoreTest, HalfANewerOfferAlreadyStopsTheOlderOne) {
  take(offer_of(1, 5, "policy five"));
  work();
  (void)told();
  core_->take(offer_of(2, 6, "policy six", When::kTold, 4)[0]);
  core_->take(activation_of(1, 5));
  work();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(SessionCoreTest, ANewerOfferReplacesTheOneThatIsWarming) {
  target_.while_warming = [this] { take(offer_of(2, 6, "policy six", When::kWarm)); };
  take(offer_of(1, 5, "policy five", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 2 v6 in use 0", "ACTIVE 2 v6 in use 6"));
  EXPECT_THAT(target_.calls(), ElementsAre("warm policy five 5", "warm policy six 6", "activate policy six"));
}

TEST_F(SessionCoreTest, ThatAnOlderOfferCameIntoUseIsToldEvenWhenANewerOneReplacedIt) {
  target_.while_activating = [this] { take(offer_of(2, 6, "policy six")); };
  take(offer_of(1, 5, "policy five", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v5 in use 0", "ACTIVE 0 v5 in use 5", "WARMED 2 v6 in use 5"));
}

TEST_F(SessionCoreTest, TheVersionNeverFallsAlsoWhenTheOlderOfferCameWhileTheNewerWasActivated) {
  target_.while_activating = [this] { take(offer_of(2, 4, "policy four", When::kWarm)); };
  take(offer_of(1, 5, "policy five", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v5 in use 0", "ACTIVE 0 v5 in use 5", "REJECTED 2 v4 in use 5"));
  EXPECT_EQ(core_->view().version, 5U);
  EXPECT_EQ((*store_->load())->bytes, "policy five");
}

TEST_F(SessionCoreTest, ActivationOfAnotherVersionIsRefused) {
  take(offer_of(1, 5, "policy five"));
  work();
  (void)told();
  core_->take(activation_of(1, 6));
  work();
  EXPECT_THAT(told(), ElementsAre("REJECTED 1 v5 in use 0"));
  EXPECT_THAT(last_.errors(0).reason(), HasSubstr("version 6 was to be activated, 5 was offered"));
  core_->take(activation_of(1, 5));
  EXPECT_FALSE(core_->work(kNow));
}

TEST_F(SessionCoreTest, ActivationWithoutAnOfferIsStale) {
  core_->take(activation_of(0, 0));
  core_->take(activation_of(1, 5));
  core_->take(v1::SessionResponse());
  EXPECT_FALSE(core_->work(kNow));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(SessionCoreTest, ANewStreamForgetsTheOldOneAndTellsWhatRuns) {
  run(1, 5, "policy five");
  take(offer_of(2, 6, "policy six", When::kWarm));
  core_->begin_stream();
  EXPECT_FALSE(core_->work(kNow));
  EXPECT_THAT(told(), ElementsAre("ACTIVE 0 v5 in use 5"));
  take(offer_of(1, 6, "policy six", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre("WARMED 1 v6 in use 5", "ACTIVE 1 v6 in use 6")) << "nonces begin again";
}

TEST_F(SessionCoreTest, ANewStreamInTheMiddleOfAWarmingDropsIt) {
  target_.while_warming = [this] { core_->begin_stream(); };
  take(offer_of(1, 5, "policy five", When::kWarm));
  work();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(core_->view().version, 0U);
}

TEST_F(SessionCoreTest, NothingInUseIsNotTold) {
  core_->begin_stream();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(SessionCoreTest, APolicyThatCannotBeStoredIsInUseAllTheSameAndTheFaultIsSeen) {
  files_.replace_fails = true;
  take(offer_of(1, 5, "policy five", When::kWarm));
  work();
  EXPECT_THAT(told(), ElementsAre(HasSubstr("WARMED"), "ACTIVE 1 v5 in use 5"));
  EXPECT_THAT(core_->view().store_error, HasSubstr("No space left on device"));
  EXPECT_EQ(core_->view().highest, 5U) << "an older one is refused, stored or not";
  files_.replace_fails = false;
  run(2, 6, "policy six");
  EXPECT_EQ(core_->view().store_error, "");
}

TEST_F(SessionCoreTest, ControlThatOffersWithoutReadingTakesBoundedMemory) {
  for (uint64_t nonce = 1; nonce <= 1'000; ++nonce) take(offer_of(nonce, 0, "bad"));
  for (uint64_t nonce = 1'001; nonce <= 2'000; ++nonce) {
    auto pieces = offer_of(nonce, 1, "policy");
    pieces[0].mutable_offer()->set_digest("x");
    take(pieces);
  }
  const auto statuses = told();
  ASSERT_EQ(statuses.size(), 256U);
  EXPECT_EQ(statuses.back(), "REJECTED 2000 v1 in use 0") << "the newest is what control waits for";
}

TEST_F(SessionCoreTest, TheViewCounts) {
  run(1, 5, "policy five");
  take(offer_of(2, 6, "bad"));
  work();
  const auto view = core_->view();
  EXPECT_EQ(view.warmed, 1U);
  EXPECT_EQ(view.activated, 1U);
  EXPECT_EQ(view.rejected, 1U);
  EXPECT_EQ(view.version, 5U);
  EXPECT_EQ(view.digest, sha256("policy five"));
}

}  // namespace
}  // namespace glacis::sensor
