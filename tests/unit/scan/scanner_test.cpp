#include "dataplane/scan/scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace glacis {
namespace {

std::span<const uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::string text_of(const EvidenceSlice& e) { return {e.data.begin(), e.data.begin() + e.bytes}; }

const PatternSpec kCard{"(?:[0-9][ -]?){15}[0-9]", PatternCheck::kLuhn, EvidenceRule::kMasked};
const PatternSpec kWord{"secret", PatternCheck::kNone, EvidenceRule::kFull};

std::shared_ptr<const PatternSet> set_of(std::vector<PatternSpec> patterns) {
  auto set = PatternSet::compile(std::move(patterns));
  if (!set) {
    ADD_FAILURE() << set.error().front().text();
    return nullptr;
  }
  return *set;
}

std::unique_ptr<Scanner> scanner_of(std::vector<PatternSpec> patterns, size_t flows = 2) {
  auto scanner = Scanner::make(set_of(std::move(patterns)), flows);
  if (!scanner) {
    ADD_FAILURE() << scanner.error().text();
    return nullptr;
  }
  return std::move(*scanner);
}

std::vector<ContentMatch> feed(Scanner& scanner, uint32_t handle, std::string_view text, bool to_responder = true,
                               Nanos now = seconds(1)) {
  const auto found = scanner.scan(handle, to_responder, bytes(text), now);
  return {found.begin(), found.end()};
}

TEST(Scanner, APatternIsToldAgainAfterASecondAndNotBefore) {
  const auto scanner = scanner_of({{"secret", PatternCheck::kNone, EvidenceRule::kMasked, PatternTelling::kAgain}});
  const uint32_t handle = scanner->open();
  EXPECT_EQ(feed(*scanner, handle, "secret", true, seconds(10)).size(), 1u);
  EXPECT_EQ(feed(*scanner, handle, " secret", true, seconds(11)).size(), 0u);
  EXPECT_EQ(feed(*scanner, handle, " secret", true, seconds(11) + Nanos(1)).size(), 1u);
}

TEST(PatternSet, NamesEveryPatternThatDoesNotCompile) {
  const auto set = PatternSet::compile({{"good"}, {"(open"}, {"also good"}, {"a*"}});
  ASSERT_FALSE(set.has_value());
  ASSERT_EQ(set.error().size(), 2u);
  EXPECT_EQ(set.error()[0].where, "patterns[1]");
  EXPECT_EQ(set.error()[1].where, "patterns[3]");
}

TEST(PatternSet, InlineFlagsAreKept) {
  const auto scanner = scanner_of({{"(?i)secret", PatternCheck::kNone, EvidenceRule::kFull}, kWord});
  const auto found = feed(*scanner, scanner->open(), "SECRET");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pattern, 0u);
}

TEST(PatternSet, AnEmptySetScansNothingAndRefusesNothing) {
  const auto scanner = scanner_of({});
  EXPECT_EQ(scanner->open(), 0u);
  EXPECT_EQ(scanner->counters().refused, 0u);
  EXPECT_TRUE(feed(*scanner, 0, "secret").empty());
}

TEST(Scanner, AMatchOverTwoSegmentsIsFoundAndShownWhole) {
  const auto scanner = scanner_of({kWord});
  const uint32_t handle = scanner->open();
  EXPECT_TRUE(feed(*scanner, handle, "the sec").empty());
  const auto found = feed(*scanner, handle, "ret is out");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(text_of(found[0].evidence), "the secret");
  EXPECT_EQ(found[0].evidence.stream_offset, 10u);
  EXPECT_TRUE(found[0].evidence.to_responder);
  EXPECT_FALSE(found[0].evidence.masked);
}

TEST(Scanner, AThousandFailingNumbersDoNotHideTheGoodOneSplitOverSegments) {
  const auto scanner = scanner_of({kCard});
  const uint32_t handle = scanner->open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(feed(*scanner, handle, "n=4111111111111112;").empty());
  EXPECT_TRUE(feed(*scanner, handle, "pan: 4111 11").empty());
  const auto found = feed(*scanner, handle, "11 1111 1111.");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(text_of(found[0].evidence), "**** **** **** 1111");
  EXPECT_TRUE(found[0].evidence.masked);
  EXPECT_EQ(scanner->counters().candidates_capped, 0u);
}

TEST(Scanner, ANumberInSegmentsOfOneByteIsFound) {
  const auto scanner = scanner_of({kCard});
  const uint32_t handle = scanner->open();
  size_t found = 0;
  for (const char c : std::string_view("pan=5555555555554444;"))
    found += feed(*scanner, handle, std::string_view(&c, 1)).size();
  EXPECT_EQ(found, 1u);
}

TEST(Scanner, ALongerNumberThatBeginsWithAGoodOneIsNone) {
  const auto scanner = scanner_of({kCard});
  EXPECT_TRUE(feed(*scanner, scanner->open(), "id=41111111111111112;").empty());
}

TEST(Scanner, CandidatesBeyondTheCapAreCounted) {
  const auto scanner = scanner_of({kCard});
  const uint32_t handle = scanner->open();
  for (uint32_t i = 0; i < Scanner::kMaxCandidates + 10; ++i)
    static_cast<void>(feed(*scanner, handle, "4111111111111112;"));
  EXPECT_EQ(scanner->counters().candidates_capped, 10u);
}

TEST(Scanner, EachPatternIsToldOncePerFlowAndDirection) {
  const auto scanner = scanner_of({kWord});
  const uint32_t handle = scanner->open();
  EXPECT_EQ(feed(*scanner, handle, "secret").size(), 1u);
  EXPECT_EQ(feed(*scanner, handle, "secret").size(), 0u);
  EXPECT_EQ(feed(*scanner, handle, "secret", false).size(), 1u);
}

TEST(Scanner, FlowsAndDirectionsDoNotMix) {
  const auto scanner = scanner_of({kWord});
  const uint32_t one = scanner->open(), two = scanner->open();
  ASSERT_NE(one, two);
  EXPECT_TRUE(feed(*scanner, one, "sec", true).empty());
  EXPECT_TRUE(feed(*scanner, one, "ret", false).empty());
  EXPECT_TRUE(feed(*scanner, two, "ret", true).empty());
}

TEST(Scanner, ARestartForgetsWhatCameBefore) {
  const auto scanner = scanner_of({kWord});
  const uint32_t handle = scanner->open();
  static_cast<void>(feed(*scanner, handle, "sec"));
  scanner->restart(handle, true);
  EXPECT_TRUE(feed(*scanner, handle, "ret").empty());
  EXPECT_EQ(feed(*scanner, handle, "secret").at(0).evidence.stream_offset, 12u) << "counted from the first byte";
}

TEST(Scanner, TwoScansBesideEachOtherDoNotMixButTellAPatternOnce) {
  const auto scanner = scanner_of({kWord, {"other", PatternCheck::kNone, EvidenceRule::kFull}});
  const uint32_t first = scanner->open();
  static_cast<void>(feed(*scanner, first, "sec"));
  const uint32_t beside = scanner->open_beside(first);
  EXPECT_EQ(feed(*scanner, beside, "ret other").size(), 1u);
  EXPECT_EQ(feed(*scanner, first, "ret").size(), 1u);
  EXPECT_EQ(feed(*scanner, beside, " secret").size(), 0u);
  EXPECT_EQ(feed(*scanner, first, " other").size(), 0u);
  scanner->close(beside);
  const uint32_t fresh = scanner->open();
  ASSERT_EQ(fresh, beside);
  EXPECT_EQ(feed(*scanner, fresh, "secret").size(), 1u) << "a flow of its own again";
}

TEST(Scanner, AnEmptyPoolRefusesAndCountsUntilOneIsClosed) {
  const auto scanner = scanner_of({kWord}, 1);
  const uint32_t handle = scanner->open();
  EXPECT_NE(handle, 0u);
  EXPECT_EQ(scanner->open(), 0u);
  EXPECT_EQ(scanner->counters().refused, 1u);
  static_cast<void>(feed(*scanner, handle, "sec"));
  scanner->close(handle);
  const uint32_t again = scanner->open();
  ASSERT_NE(again, 0u);
  EXPECT_TRUE(feed(*scanner, again, "ret").empty()) << "a recycled stream remembers its last flow";
  EXPECT_EQ(feed(*scanner, again, "secret").size(), 1u);
}

TEST(Scanner, EvidenceIsBoundedAndObeysThePolicy) {
  const auto scanner = scanner_of(
      {{"end1", PatternCheck::kNone, EvidenceRule::kNone}, {"end2", PatternCheck::kNone, EvidenceRule::kFull}});
  const uint32_t handle = scanner->open();
  const std::string much(5000, 'x');
  EXPECT_EQ(feed(*scanner, handle, much + "end1").at(0).evidence.bytes, 0u);
  const auto full = feed(*scanner, handle, much + "end2");
  ASSERT_EQ(full.size(), 1u);
  EXPECT_LE(full[0].evidence.bytes, kMaxEvidence);
  EXPECT_TRUE(text_of(full[0].evidence).ends_with("end2"));
}

TEST(Scanner, MatchesBeyondWhatOneCallTellsAreCounted) {
  std::vector<PatternSpec> patterns;
  for (char c = 'a'; c <= 'l'; ++c)
    patterns.push_back({std::string("k") + c, PatternCheck::kNone, EvidenceRule::kFull});
  const auto scanner = scanner_of(patterns);
  const auto found = feed(*scanner, scanner->open(), "ka kb kc kd ke kf kg kh ki kj kk kl");
  EXPECT_EQ(found.size(), Scanner::kMaxMatches);
  EXPECT_EQ(scanner->counters().matches, 12u);
}

}  // namespace
}  // namespace glacis
