#include "sensor/policy/offer_assembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/sensor_policy/offers.h"

namespace glacis::sensor {
namespace {

using Outcome = OfferAssembly::Outcome;

std::vector<v1::PolicyOffer> pieces_of(uint64_t nonce, uint64_t version, const std::string& bytes, size_t piece_bytes) {
  std::vector<v1::PolicyOffer> out;
  for (const v1::SessionResponse& response : offer_of(nonce, version, bytes, When::kWarm, piece_bytes))
    out.push_back(response.offer());
  return out;
}

class OfferAssemblyTest : public testing::Test {
 protected:
  // Outcome of the last piece; the ones before it must have asked for more.
  Outcome add_all(const std::vector<v1::PolicyOffer>& pieces) {
    for (size_t i = 0; i + 1 < pieces.size(); ++i) EXPECT_EQ(assembly_.add(pieces[i]), Outcome::kMore) << i;
    return assembly_.add(pieces.back());
  }
  void refused(const v1::PolicyOffer& piece, const std::string& field, const std::string& why) {
    ASSERT_EQ(assembly_.add(piece), Outcome::kRefused);
    EXPECT_EQ(assembly_.error().where, field);
    EXPECT_THAT(assembly_.error().what, testing::HasSubstr(why));
    EXPECT_TRUE(assembly_.offer().bytes.empty()) << "what came of a refused offer is kept";
    EXPECT_EQ(assembly_.add(piece), Outcome::kStale);
  }
  OfferAssembly assembly_;
};

TEST_F(OfferAssemblyTest, PutsPiecesTogether) {
  const std::string bytes = "a policy in several pieces";
  for (size_t size = 1; size <= bytes.size() + 1; ++size) {
    ASSERT_EQ(add_all(pieces_of(size, 7, bytes, size)), Outcome::kComplete) << size;
    const auto offer = assembly_.take();
    EXPECT_EQ(offer->bytes, bytes);
    EXPECT_EQ(offer->nonce, size);
    EXPECT_EQ(offer->version, 7U);
    EXPECT_EQ(offer->digest, sha256(bytes));
    EXPECT_TRUE(offer->activate_when_warm);
  }
}

TEST_F(OfferAssemblyTest, AnEmptyPolicyIsRefused) { EXPECT_EQ(add_all(pieces_of(1, 1, "", 1)), Outcome::kRefused); }

TEST_F(OfferAssemblyTest, NonceZeroIsNoOffer) {
  EXPECT_EQ(assembly_.add(pieces_of(0, 1, "abc", 9)[0]), Outcome::kStale);
}

TEST_F(OfferAssemblyTest, ANewerNonceBeginsAnewAndOlderPiecesAreStale) {
  const auto old = pieces_of(1, 1, "an older policy", 4);
  const auto fresh = pieces_of(2, 2, "a newer policy", 4);
  EXPECT_EQ(assembly_.add(old[0]), Outcome::kMore);
  EXPECT_EQ(assembly_.add(fresh[0]), Outcome::kMore);
  EXPECT_EQ(assembly_.add(old[1]), Outcome::kStale);
  EXPECT_EQ(assembly_.offer().nonce, 2U);
  EXPECT_EQ(add_all({fresh.begin() + 1, fresh.end()}), Outcome::kComplete);
  EXPECT_EQ(assembly_.offer().bytes, "a newer policy");
}

TEST_F(OfferAssemblyTest, PiecesBehindTheLastAreStale) {
  const auto pieces = pieces_of(1, 1, "abcdef", 3);
  EXPECT_EQ(add_all(pieces), Outcome::kComplete);
  EXPECT_EQ(assembly_.add(pieces[1]), Outcome::kStale);
  EXPECT_EQ(assembly_.offer().bytes, "abcdef");
}

TEST_F(OfferAssemblyTest, ALyingTotalIsRefusedBeforeAnyMemoryIsTaken) {
  auto piece = pieces_of(1, 1, "abc", 9)[0];
  piece.set_total_bytes(kMostPolicyBytes + 1);
  refused(piece, "total_bytes", "67108865 bytes; a sensor takes 67108864");
  piece.set_nonce(2);
  piece.set_total_bytes(UINT64_MAX);
  refused(piece, "total_bytes", "18446744073709551615");
}

TEST_F(OfferAssemblyTest, AnnouncingMuchTakesOnlyWhatCame) {
  auto piece = pieces_of(1, 1, "abc", 9)[0];
  piece.set_total_bytes(kMostPolicyBytes);
  piece.set_last(false);
  EXPECT_EQ(assembly_.add(piece), Outcome::kMore);
  EXPECT_LT(assembly_.offer().bytes.capacity(), 1'000U);
}

TEST_F(OfferAssemblyTest, ADigestOfAnotherLengthIsRefused) {
  auto piece = pieces_of(1, 1, "abc", 9)[0];
  piece.set_digest(piece.digest().substr(1));
  refused(piece, "digest", "32 bytes were expected");
}

TEST_F(OfferAssemblyTest, ADigestOfOtherBytesIsRefused) {
  auto piece = pieces_of(1, 1, "abc", 9)[0];
  piece.set_piece("abd");
  refused(piece, "digest", "not that of the bytes");
}

TEST_F(OfferAssemblyTest, AGapARepeatAndAnOverlapAreRefused) {
  uint64_t nonce = 0;
  for (const uint64_t offset : {uint64_t{0}, uint64_t{2}, uint64_t{4}, UINT64_MAX}) {
    auto pieces = pieces_of(++nonce, 1, "abcdef", 3);
    ASSERT_EQ(assembly_.add(pieces[0]), Outcome::kMore);
    pieces[1].set_offset(offset);
    refused(pieces[1], "offset", "begins at " + std::to_string(offset) + ", 3 was expected");
  }
  auto late = pieces_of(++nonce, 1, "abcdef", 3)[1];
  refused(late, "offset", "begins at 3, 0 was expected");
}

TEST_F(OfferAssemblyTest, MoreOrFewerBytesThanAnnouncedAreRefused) {
  auto pieces = pieces_of(1, 1, "abcdef", 3);
  ASSERT_EQ(assembly_.add(pieces[0]), Outcome::kMore);
  pieces[1].set_piece("defg");
  refused(pieces[1], "piece", "more bytes than the 6 announced");
  pieces = pieces_of(2, 1, "abcdef", 3);
  pieces[0].set_last(true);
  refused(pieces[0], "total_bytes", "3 bytes came, 6 were announced");
}

TEST_F(OfferAssemblyTest, APieceThatNamesAnotherOfferIsRefused) {
  uint64_t nonce = 0;
  const std::function<void(v1::PolicyOffer&)> changes[] = {
      [](v1::PolicyOffer& p) { p.set_version(2); },
      [](v1::PolicyOffer& p) { p.set_total_bytes(7); },
      [](v1::PolicyOffer& p) { p.set_digest(sha256("else")); },
  };
  for (const auto& change : changes) {
    auto pieces = pieces_of(++nonce, 1, "abcdef", 3);
    ASSERT_EQ(assembly_.add(pieces[0]), Outcome::kMore);
    change(pieces[1]);
    refused(pieces[1], "offset", "belongs to another offer");
  }
}

TEST_F(OfferAssemblyTest, EmptyPiecesMoveNothing) {
  const auto pieces = pieces_of(1, 1, "abc", 9);
  auto empty = pieces[0];
  empty.clear_piece();
  empty.set_last(false);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(assembly_.add(empty), Outcome::kMore);
  EXPECT_EQ(assembly_.add(pieces[0]), Outcome::kComplete);
}

// Random pieces of a few offers, some of them spoilt: what is called complete has the digest it claims.
TEST_F(OfferAssemblyTest, WhatIsCompleteIsWhatWasOffered) {
  std::mt19937 random(1);
  size_t complete = 0, refusals = 0;
  for (uint64_t round = 1; round <= 3'000; ++round) {
    const std::string bytes(random() % 40, static_cast<char>('a' + random() % 26));
    auto pieces = pieces_of(round, round, bytes, 1 + random() % 20);
    auto& spoilt = pieces[random() % pieces.size()];
    switch (random() % 8) {
      case 0:
        spoilt.set_offset(random() % 50);
        break;
      case 1:
        spoilt.set_total_bytes(random() % 50);
        break;
      case 2:
        spoilt.set_piece(spoilt.piece() + "x");
        break;
      case 3:
        spoilt.set_last(!spoilt.last());
        break;
      case 4:
        spoilt.set_nonce(spoilt.nonce() - random() % 2);
        break;
      case 5:
        std::shuffle(pieces.begin(), pieces.end(), random);
        break;
      default:
        break;
    }
    for (const v1::PolicyOffer& piece : pieces) {
      const Outcome outcome = assembly_.add(piece);
      refusals += outcome == Outcome::kRefused;
      if (outcome != Outcome::kComplete) continue;
      ++complete;
      const auto offer = assembly_.take();
      ASSERT_EQ(sha256(offer->bytes), offer->digest) << round;
      ASSERT_EQ(offer->bytes, bytes) << round;
    }
  }
  EXPECT_GT(complete, 500U);
  EXPECT_GT(refusals, 500U);
}

}  // namespace
}  // namespace glacis::sensor
