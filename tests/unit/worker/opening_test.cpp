// How a connection is opened, by follow_opening() alone: what of its SYNs and first ACKs is odd.
#include <gtest/gtest.h>

#include "dataplane/worker/content.h"
#include "dataplane/worker/conversation.h"

namespace glacis {
namespace {

constexpr uint8_t kSynAck = kTcpSyn | kTcpAck;
constexpr Anomaly kNone = Anomaly::kCount;
enum Side : bool { kHigh = false, kLow = true };

// One flow; low's numbers begin behind 1000, high's behind 9000.
class OpeningTest : public testing::Test {
 protected:
  OpeningTest() { hot_.key.vlans_protocol = kIpProtoTcp; }

  Layers segment(Side from, uint8_t flags, int32_t ahead = 0) const {
    Layers out;
    out.key.protocol = kIpProtoTcp;
    out.from_low = from;
    out.tcp_flags = flags;
    out.tcp_seq = (from ? 1000 : 9000) + static_cast<uint32_t>(ahead) + ((flags & kTcpSyn) != 0 ? 0 : 1);
    out.tcp_ack = (flags & kTcpAck) == 0 ? 0 : from ? 9001 : 1001;
    return out;
  }
  AnomalySet take(const Layers& packet) {
    const Flow flow{hot_, cold_};
    const AnomalySet out = follow_opening(flow, packet);
    (void)follow_packet(flow, packet);
    return out;
  }
  AnomalySet take(Side from, uint8_t flags, int32_t ahead = 0) { return take(segment(from, flags, ahead)); }
  static AnomalySet just(Anomaly a) { return a == kNone ? AnomalySet{} : AnomalySet{} | a; }

  HotFlow hot_;
  ColdFlow cold_;
};

TEST_F(OpeningTest, AnOrdinaryHandshakeIsNotOdd) {
  for (const bool low : {true, false}) {
    hot_.tcp = TcpState::kNone;
    cold_ = {};
    EXPECT_TRUE(take(Side(low), kTcpSyn).empty());
    EXPECT_TRUE(take(Side(low), kTcpSyn).empty()) << "the same again";
    EXPECT_TRUE(take(Side(!low), kSynAck).empty());
    EXPECT_TRUE(take(Side(!low), kSynAck).empty()) << "the same again";
    EXPECT_TRUE(take(Side(low), kTcpAck).empty());
    EXPECT_TRUE(take(Side(!low), kTcpAck).empty());
  }
}

TEST_F(OpeningTest, ASynWithAnotherNumberIsTold) {
  (void)take(kHigh, kTcpSyn);
  EXPECT_EQ(take(kHigh, kTcpSyn, 5000), just(Anomaly::kTcpSynAgain));
  EXPECT_TRUE(take(kHigh, kTcpSyn, 5000).empty()) << "once for each";
  EXPECT_EQ(take(kHigh, kTcpSyn), just(Anomaly::kTcpSynAgain));
}

TEST_F(OpeningTest, AnAnswerWithAnotherNumberIsToldWhereItIsAllThatIsSeen) {
  (void)take(kLow, kSynAck);
  EXPECT_EQ(take(kLow, kSynAck, 1), just(Anomaly::kTcpSynAgain));
}

TEST_F(OpeningTest, CrossedSynsAreASimultaneousOpen) {
  (void)take(kLow, kTcpSyn);
  EXPECT_EQ(take(kHigh, kTcpSyn), just(Anomaly::kTcpSimultaneousOpen));
  EXPECT_TRUE(take(kLow, kSynAck).empty());
  EXPECT_TRUE(take(kHigh, kSynAck).empty());
  EXPECT_TRUE(take(kLow, kTcpAck).empty());
}

TEST_F(OpeningTest, ACrossedSynWhoseEndAnswersWithAnAckAloneIsAHandshakeOfFour) {
  (void)take(kLow, kTcpSyn);
  (void)take(kHigh, kTcpSyn);
  EXPECT_TRUE(take(kLow, kSynAck).empty());
  EXPECT_EQ(take(kHigh, kTcpAck), just(Anomaly::kTcpSplitHandshake));
  EXPECT_TRUE(take(kHigh, kTcpAck).empty()) << "once";
}

TEST_F(OpeningTest, AnAckBeforeASynOfItsOwnIsAHandshakeOfFive) {
  (void)take(kHigh, kTcpSyn);
  EXPECT_EQ(take(kLow, kTcpAck), just(Anomaly::kTcpSplitHandshake));
  EXPECT_TRUE(take(kLow, kTcpSyn).empty());
  EXPECT_TRUE(take(kHigh, kSynAck).empty());
  EXPECT_TRUE(take(kLow, kTcpAck).empty());
}

TEST_F(OpeningTest, AnAckOfAnotherNumberAnswersNoSyn) {
  (void)take(kHigh, kTcpSyn);
  Layers challenge = segment(kLow, kTcpAck);
  challenge.tcp_ack = 4711;
  EXPECT_TRUE(take(challenge).empty());
}

TEST_F(OpeningTest, ABadChecksumOpensNothing) {
  Layers forged = segment(kLow, kTcpSyn, 7);
  forged.bad_checksum = true;
  (void)take(forged);
  EXPECT_TRUE(take(kLow, kTcpSyn).empty());
  EXPECT_TRUE(take(forged).empty());
}

TEST_F(OpeningTest, BehindPayloadNothingIsSaidOfIt) {
  (void)take(kLow, kTcpSyn);
  Layers data = segment(kLow, kTcpAck);
  data.payload_bytes = 5;
  (void)take(data);
  EXPECT_TRUE(take(kLow, kTcpSyn, 5000).empty()) << "the stream's part";
}

// The first payload of the end that sent the first SYN, so many bytes behind where it should begin.
TEST_F(OpeningTest, TheSynIsGivenToAStreamThatBeginsWithAHole) {
  constexpr int32_t kFar = TcpReassembler::kMostPickUp;
  for (const int32_t ahead : {-1, 0, 1, 1400, kFar, kFar + 1}) {
    for (const bool low : {true, false}) {
      cold_ = {};
      (void)take(Side(low), kTcpSyn);
      (void)take(Side(!low), kSynAck);
      const auto syn = syn_before({hot_, cold_}, segment(Side(low), kTcpAck, ahead));
      ASSERT_EQ(syn.has_value(), ahead > 0 && ahead <= kFar) << ahead;
      EXPECT_EQ(syn.value_or(TcpSegment{}).seq, !syn ? 0U : low ? 1000U : 9000U);
      EXPECT_FALSE(syn_before({hot_, cold_}, segment(Side(!low), kTcpAck, ahead)))
          << "the other end's number is not kept";
    }
  }
  cold_ = {};
  EXPECT_FALSE(syn_before({hot_, cold_}, segment(kLow, kTcpAck, 1400))) << "no SYN was seen";
}

}  // namespace
}  // namespace glacis