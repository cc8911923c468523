#include "tests/unit/stream/stream_fixture.h"

namespace glacis {
namespace {

TEST(TcpEvasion, ABadChecksumIsReadInTheOtherReadingAlone) {
  Talk t;
  t.send(100, "abc");
  TcpSegment bad = t.of(103, "BAD");
  bad.bad_checksum = true;
  t.take(bad);
  t.send(103, "def");
  t.send(106, "ghi");
  EXPECT_EQ(t.main, "abcdefghi");
  EXPECT_EQ(t.other, "|abcBADghi");
  EXPECT_FALSE(t.saw(Anomaly::kTcpConflict)) << "its receiver never had two versions";
}

TEST(TcpEvasion, AStreamOfBadChecksumsIsOneReading) {
  Talk t;
  for (uint32_t i = 0; i < 3; ++i) {
    TcpSegment bad = t.of(100 + i * 3, "abc");
    bad.bad_checksum = true;
    t.take(bad);
  }
  EXPECT_EQ(t.main, "");
  EXPECT_EQ(t.other, "|abcabcabc") << "as in captures before a card filled the sums in";
}

TEST(TcpEvasion, ABadChecksumEndsAndOpensNothing) {
  Talk t;
  t.send(100, "abc");
  for (const uint8_t flags : {kTcpRst, kTcpFin, kTcpSyn}) {
    TcpSegment bad = t.of(103, "", flags);
    bad.bad_checksum = true;
    t.take(bad);
  }
  t.send(103, "def");
  EXPECT_EQ(t.main, "abcdef");
  EXPECT_TRUE(t.all.empty());
}

TcpSegment stamped(const Talk& t, uint32_t seq, std::string_view payload, uint32_t ts) {
  TcpSegment out = t.of(seq, payload);
  out.has_ts = true;
  out.ts_value = ts;
  return out;
}

TEST(TcpEvasion, AnOldTimestampIsReadInTheOtherReadingAlone) {
  Talk t;
  t.take(stamped(t, 100, "abc", 0xfffffff0));
  t.take(stamped(t, 103, "OLD", 0xffffff00));
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpOldTimestamp));
  t.take(stamped(t, 103, "def", 5));
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpOldTimestamp)) << "stamps wrap";
  EXPECT_EQ(t.main, "abcdef");
  EXPECT_EQ(t.other, "|abcOLD");
}

TEST(TcpEvasion, AForgedTimestampDoesNotMakeTheRealOnesOldForLong) {
  Talk t;
  t.take(stamped(t, 100, "abc", 10));
  t.take(stamped(t, 100, "abc", 1U << 30));
  t.take(stamped(t, 103, "def", 11));
  t.take(stamped(t, 106, "ghi", 12));
  EXPECT_EQ(t.main, "abc");
  EXPECT_EQ(t.other, "|abcdefghi") << "nothing is hidden meanwhile";
  t.ack(109);
  t.take(stamped(t, 109, "jkl", 13));
  t.take(stamped(t, 112, "mno", 14));
  EXPECT_EQ(t.main, "abc|jklmno");
  EXPECT_EQ(t.other, "|abcdefghijklmno");
}

TEST(TcpEvasion, ABadAcknowledgementIsNoneAndItsDataIsReadInTheOtherReading) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.answer(899, 100, "", kTcpSyn | kTcpAck);
  TcpSegment bad = t.of(100, "BAD", kTcpAck);
  bad.ack = 800;  // before the connection
  t.take(bad);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpBadAck));
  bad.ack = 900 + (1U << 30);
  t.take(bad);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpBadAck));
  TcpSegment good = t.of(100, "good", kTcpAck);
  good.ack = 900;
  t.take(good);
  EXPECT_EQ(t.main, "good");
  EXPECT_NE(t.other.find("|BAD"), std::string::npos);
}

TEST(TcpEvasion, ALowHopLimitIsToldAndItsConflictCounted) {
  Talk t;
  const auto hops = [&](uint32_t seq, std::string_view payload, uint8_t hop_limit) {
    TcpSegment out = t.of(seq, payload);
    out.hop_limit = hop_limit;
    t.take(out);
  };
  hops(100, "abc", 60);
  hops(103, "xxx", 3);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpLowTtl));
  hops(103, "def", 60);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpConflict));
  hops(106, "ghi", 59);
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpLowTtl));
  EXPECT_EQ(t.main, "abcxxxghi");
  EXPECT_EQ(t.other, "|abcdefghi");
}

TEST(TcpEvasion, BothReadingsOfAnUrgentByte) {
  Talk t;
  t.send(100, "ab");
  TcpSegment urgent = t.of(102, "cXd", kTcpUrg);
  urgent.urgent = 2;
  t.take(urgent);
  t.send(105, "ef");
  EXPECT_EQ(t.main, "abcXdef");
  EXPECT_EQ(t.other, "|abcdef");
}

TEST(TcpEvasion, AnUrgentByteThatComesLaterIsLeftOutToo) {
  Talk t;
  TcpSegment urgent = t.of(100, "ab", kTcpUrg);
  urgent.urgent = 4;
  t.take(urgent);
  t.send(104, "ef");
  t.send(102, "cX");
  EXPECT_EQ(t.main, "abcXef");
  EXPECT_EQ(t.other, "|abcef");
}

// A reset in its place, one ahead of it, one far away, one behind.
TEST(TcpEvasion, OnlyAResetAtTheVeryNextNumberCounts) {
  Talk t;
  t.send(100, "abc");
  t.send(105, "", kTcpRst);
  t.send(101, "", kTcpRst);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpOutOfWindow));
  t.send(103 + (1U << 30), "", kTcpRst);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpOutOfWindow));
  t.send(103, "def");
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpDataAfterEnd));
  EXPECT_EQ(t.counters().resets_ignored, 3u);
  t.send(106, "", kTcpRst);
  t.send(106, "ghi");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpDataAfterEnd));
  EXPECT_EQ(t.main, "abcdefghi") << "a forged reset blinds nobody";
}

TEST(TcpEvasion, AResetBehindAFinCounts) {
  Talk t;
  t.send(100, "abc", kTcpFin);
  t.send(104, "", kTcpRst);
  EXPECT_EQ(t.counters().resets_ignored, 0u);
}

TEST(TcpEvasion, DataBehindAFinIsToldAndRead) {
  Talk t;
  t.send(100, "abc", kTcpFin);
  t.send(103, "def");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpDataAfterEnd));
  EXPECT_EQ(t.main, "abcdef");
}

TEST(TcpEvasion, AFinBehindAHoleEndsNothingBeforeIt) {
  Talk t;
  t.send(100, "abc");
  t.send(106, "ghi", kTcpFin);
  t.send(103, "def");
  EXPECT_EQ(t.main, "abcdefghi");
  EXPECT_TRUE(t.all.empty());
}

TEST(TcpEvasion, TheSamePortsAgainAreANewConnection) {
  Talk t;
  t.send(100, "abc");
  t.send(110, "waits");
  t.send(103, "", kTcpRst);
  t.send(70'000, "", kTcpSyn);
  t.send(70'001, "new");
  EXPECT_EQ(t.main, "abc|new");
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpDataAfterEnd));
  EXPECT_FALSE(t.reassembler.waits(1));
}

TEST(TcpEvasion, ASynWithinAConversationCannotMoveIt) {
  Talk t;
  t.send(100, "abc");
  t.send(70'000, "evil", kTcpSyn);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpSynAgain));
  t.send(103, "def");
  EXPECT_EQ(t.main, "abcdef");
  EXPECT_EQ(t.other, "|evil");
}

TEST(TcpEvasion, OfTwoSynsTheOneThatIsAnsweredCounts) {
  for (const uint32_t answered : {100U, 5000U}) {
    Talk t;
    t.send(99, "", kTcpSyn);
    t.send(4999, "", kTcpSyn);
    EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpSynAgain));
    t.answer(899, answered, "", kTcpSyn | kTcpAck);
    t.send(answered + 3, "def");
    t.send(answered, "abc");
    EXPECT_EQ(t.main, "abcdef");
  }
}

TEST(TcpEvasion, TheAnswerToASecondSynMovesAlsoAConversationThatBeganOnTheFirst) {
  Talk t;
  t.send(99, "decoy", kTcpSyn);
  t.send(4999, "", kTcpSyn);
  t.answer(899, 5000, "", kTcpSyn | kTcpAck);
  t.send(5000, "real");
  EXPECT_EQ(t.main, "decoy|real");
}

// The stream begins with the client's request: the handshake was not given to it. A second SYN-ACK comes then, with
// another number, which the client leaves unanswered.
TEST(TcpEvasion, ASynWhoseNumberIsNotTheOneThatWasAcknowledgedCannotMoveTheOtherEnd) {
  Talk t;
  const auto request = [&](uint32_t seq, std::string_view text) {
    TcpSegment segment = t.of(seq, text, kTcpAck);
    segment.ack = 900;
    t.take(segment);
  };
  request(100, "abc");
  t.answer(70'000, 100, "", kTcpSyn | kTcpAck);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpSynAgain));
  request(103, "def");
  EXPECT_FALSE(t.saw(Anomaly::kTcpBadAck));
  EXPECT_EQ(t.main, "abcdef");
  t.to_responder = false;
  t.send(900, "ghi");
  EXPECT_EQ(t.main, "abcdefghi");
}

TEST(TcpEvasion, SynsThatCrossAreASimultaneousOpen) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.answer(899, 0, "", kTcpSyn);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpSimultaneousOpen));
  TcpSegment both = t.of(99, "", kTcpSyn | kTcpAck);
  both.ack = 900;
  t.take(both);
  t.answer(899, 100, "", kTcpSyn | kTcpAck);
  t.send(100, "abc");
  EXPECT_EQ(t.main, "abc");
  EXPECT_FALSE(t.saw(Anomaly::kTcpSplitHandshake));
  EXPECT_FALSE(t.saw(Anomaly::kTcpSynAgain));
}

TEST(TcpEvasion, ASplitHandshakeOfFourSegmentsIsTold) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.answer(899, 0, "", kTcpSyn);
  TcpSegment both = t.of(99, "", kTcpSyn | kTcpAck);
  both.ack = 900;
  t.take(both);
  t.answer(900, 100);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpSplitHandshake));
  t.send(100, "abc");
  EXPECT_EQ(t.main, "abc");
}

TEST(TcpEvasion, ASplitHandshakeOfFiveSegmentsIsTold) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.answer(77, 100);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpSplitHandshake));
  t.answer(899, 0, "", kTcpSyn);
  EXPECT_FALSE(t.saw(Anomaly::kTcpSimultaneousOpen));
  TcpSegment both = t.of(99, "", kTcpSyn | kTcpAck);
  both.ack = 900;
  t.take(both);
  t.answer(900, 100, "banner");
  t.send(100, "abc");
  EXPECT_EQ(t.main, "abc");
}

TEST(TcpEvasion, AnOrdinaryHandshakeIsNone) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.send(99, "", kTcpSyn);
  t.answer(899, 100, "", kTcpSyn | kTcpAck);
  TcpSegment ack = t.of(100, "", kTcpAck);
  ack.ack = 900;
  t.take(ack);
  ack.payload = {reinterpret_cast<const uint8_t*>("abc"), 3};
  t.take(ack);
  t.answer(900, 103);
  EXPECT_TRUE(t.all.empty());
  EXPECT_EQ(t.main, "abc");
}

// Handshake with windows of 1000 << 2 granted to the collected direction.
void grant(Talk& t) {
  TcpSegment syn = t.of(99, "", kTcpSyn);
  syn.window_scale = 0;
  t.take(syn);
  t.answer(899, 100, "", kTcpSyn | kTcpAck, 1000, 2);
  t.answer(900, 100, "", kTcpAck, 1000);
}

TEST(TcpWindow, WhatIsBeyondTheGrantedWindowIsTold) {
  Talk t;
  grant(t);
  t.send(100 + 4000, "last");
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpOutOfWindow)) << "scaled";
  t.send(100 + 4001, "more");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpOutOfWindow));
}

TEST(TcpWindow, WhatIsFarBeyondItIsReadInTheOtherReadingAlone) {
  Talk t;
  grant(t);
  t.send(100 + 8001, "far");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpOutOfWindow));
  EXPECT_EQ(t.other, "|far");
  EXPECT_FALSE(t.reassembler.waits(1));
  t.answer(900, 100, "", kTcpAck, 3000);
  t.send(100 + 8001, "far");
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpOutOfWindow));
  EXPECT_TRUE(t.reassembler.waits(1));
}

TEST(TcpWindow, InOrderDataIsReadWhateverTheWindow) {
  Talk t;
  grant(t);
  for (uint32_t i = 0; i < 10; ++i) t.send(100 + i * 1000, std::string(1000, 'x'));
  EXPECT_EQ(t.main, std::string(10'000, 'x'));
}

TEST(TcpWindow, WithoutTheHandshakeASegmentBeyondAnyWindowHidesNothing) {
  Talk t;
  t.send(100, "abc");
  t.ack(103);
  t.send(103 + (1U << 30), "far");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpOutOfWindow));
  t.send(103, "def");
  EXPECT_EQ(t.main, "abcdef");
  EXPECT_EQ(t.counters().out_of_window, 1u);
  EXPECT_EQ(t.counters().gaps, 0u);
}

TEST(TcpWindow, AfterALongLossTheOtherEndsAcknowledgementTellsWhereItIs) {
  Talk t;
  t.send(100, "abc");
  t.ack(103);
  t.send(103 + (200U << 20), "x");
  for (const uint32_t mib : {20U, 60U, 120U, 180U}) t.ack(103 + (mib << 20));
  t.send(103 + (200U << 20), "far");
  t.ack(103 + (200U << 20));
  t.send(106 + (200U << 20), "!");
  EXPECT_EQ(t.main, "abc|far!");
}

}  // namespace
}  // namespace glacis
