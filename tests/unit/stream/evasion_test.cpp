#include "tests/unit/stream/stream_fixture.h"

namespace glacis {
namespace {

// Two segments that wait, the second over the first: [104,108) "old!" then `begin` on, then the hole is filled.
std::string kept(OverlapPolicy policy, uint32_t begin, std::string_view bytes, std::string* other = nullptr) {
  Talk t({}, {.responder = policy});
  t.send(99, "", kTcpSyn);
  t.send(104, "old!");
  t.send(begin, bytes);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpConflict));
  t.send(100, "....");
  if (other != nullptr) *other = t.other;
  return t.main.substr(4, 4);
}

TEST(TcpOverlap, EachFamilyKeepsWhatItKeeps) {
  struct Row {
    uint32_t begin;
    std::string_view bytes, first, last, bsd, linux_, old_linux, solaris;
  };
  const Row rows[] = {
      {104, "NEW!", "old!", "NEW!", "old!", "old!", "NEW!", "NEW!"},    // the same place
      {104, "NEW!+", "old!", "NEW!", "old!", "NEW!", "NEW!", "NEW!"},   // and more
      {104, "NE", "old!", "NEd!", "old!", "old!", "old!", "old!"},      // its beginning
      {102, "--NE", "old!", "NEd!", "NEd!", "NEd!", "NEd!", "old!"},    // begins before, ends within
      {102, "--NEW!", "old!", "NEW!", "NEW!", "NEW!", "NEW!", "NEW!"},  // begins before, ends with it
      {106, "W?", "old!", "olW?", "old!", "old!", "old!", "old!"},      // its end
      {106, "W?+", "old!", "olW?", "old!", "old!", "old!", "olW?"},     // and more
      {105, "E", "old!", "oEd!", "old!", "old!", "old!", "old!"},       // within
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::to_string(row.begin) + " " + std::string(row.bytes));
    EXPECT_EQ(kept(OverlapPolicy::kFirst, row.begin, row.bytes), row.first);
    EXPECT_EQ(kept(OverlapPolicy::kLast, row.begin, row.bytes), row.last);
    EXPECT_EQ(kept(OverlapPolicy::kBsd, row.begin, row.bytes), row.bsd);
    EXPECT_EQ(kept(OverlapPolicy::kWindows, row.begin, row.bytes), row.bsd);
    EXPECT_EQ(kept(OverlapPolicy::kLinux, row.begin, row.bytes), row.linux_);
    EXPECT_EQ(kept(OverlapPolicy::kOldLinux, row.begin, row.bytes), row.old_linux);
    EXPECT_EQ(kept(OverlapPolicy::kSolaris, row.begin, row.bytes), row.solaris);
  }
}

// The same segments both ways.
TEST(TcpOverlap, EachDirectionIsReadAsItsReceiverDoes) {
  for (const bool to_responder : {false, true}) {
    Talk t({}, {.initiator = OverlapPolicy::kLast, .responder = OverlapPolicy::kFirst});
    t.to_responder = to_responder;
    t.send(99, "", kTcpSyn);
    t.send(104, "old!");
    t.send(104, "NEW!");
    t.send(100, "....");
    EXPECT_EQ(t.main, to_responder ? "....old!" : "....NEW!");
    EXPECT_EQ(t.other, to_responder ? "|....NEW!" : "|....old!");
  }
}

TEST(TcpOverlap, ANewConnectionBetweenTheSameEndsHasTheSameReceivers) {
  Talk t({}, {.responder = OverlapPolicy::kLast});
  t.send(99, "", kTcpSyn);
  t.send(100, "x", kTcpRst);
  t.send(9999, "", kTcpSyn);
  t.send(10004, "old!");
  t.send(10004, "NEW!");
  t.send(10000, "....");
  EXPECT_EQ(t.main, "....NEW!");
}

TEST(TcpOverlap, WhatLosesIsReadInTheOtherReadingWithWhatIsBeforeAndBehind) {
  for (int policy = 0; policy < kOverlapPolicies; ++policy) {
    Talk t({}, {.responder = static_cast<OverlapPolicy>(policy)});
    t.send(99, "", kTcpSyn);
    t.send(102, "good");
    t.send(102, "EVIL");
    t.send(100, "<-");
    t.send(106, "->");
    const bool fresh = t.main == "<-EVIL->";
    EXPECT_EQ(t.main, fresh ? "<-EVIL->" : "<-good->");
    EXPECT_EQ(t.other, fresh ? "|<-good->" : "|<-EVIL->");
  }
}

TEST(TcpOverlap, BytesThatWereHandedOnAreHeldAgainstTheHistory) {
  Talk t;
  t.send(100, "begin ");
  t.send(106, "good");
  t.send(106, "EVIL");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpConflict));
  t.send(110, " end");
  EXPECT_EQ(t.main, "begin good end");
  EXPECT_EQ(t.other, "|begin EVIL end");
  EXPECT_EQ(t.counters().conflicts, 1u);
}

TEST(TcpOverlap, APatternOverSeveralSegmentsThatWereSentAgainIsOneInTheOtherReading) {
  Talk t;
  t.send(100, "aaaa");
  t.send(104, "bbbb");
  t.send(104, "ETxx");
  t.send(100, "SECR");
  EXPECT_TRUE(t.other.ends_with("|SECRETxx")) << t.other;
}

TEST(TcpOverlap, ASegmentThatCorrectsOneAndGoesOnIsReadWhole) {
  Talk t;
  t.send(100, "good");
  t.send(102, "ODmore");
  EXPECT_EQ(t.main, "goodmore");
  EXPECT_EQ(t.other, "|goODmore");
}

TEST(TcpOverlap, WhatTheHistoryNoLongerHasIsReadAgainUnlessItWasAcknowledged) {
  Talk t;
  const std::string early(100, 'e'), late(StreamHistory::kBytes, 'l');
  t.send(100, early);
  t.send(200, late);
  t.send(100, std::string(100, 'E'));
  EXPECT_EQ(t.other, "|" + std::string(100, 'E') + late);
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpConflict)) << "nobody can say";
  EXPECT_EQ(t.counters().read_again, 1u);
  t.ack(200);
  t.other.clear();
  t.send(100, std::string(100, 'F'));
  EXPECT_EQ(t.other, "");
}

TEST(TcpOverlap, TheOtherReadingEndsAfterItsBound) {
  Talk t;
  t.send(100, "good");
  t.send(100, "EVIL");
  const std::string much(1000, 'x');
  for (uint32_t i = 0; i < 2; ++i) {
    t.send(104 + i * 1000, much);
    EXPECT_FALSE(t.other_over);
  }
  t.send(2104, much);
  EXPECT_TRUE(t.other_over);
  EXPECT_EQ(t.other.size(), 5 + TcpReassembler::kFollowed);
  t.send(3104, "y");
  EXPECT_FALSE(t.other_over);
  EXPECT_EQ(t.other.size(), 5 + TcpReassembler::kFollowed);
}

TEST(TcpOverlap, AnotherOldSegmentDoesNotEndTheOtherReading) {
  Talk t;
  t.send(100, std::string(600, 'a'));
  t.send(700, "good");
  t.send(700, "EV");
  t.send(100, "junk");
  t.send(704, "IL");
  EXPECT_TRUE(t.other.ends_with("EVodIL")) << t.other;
}

TEST(TcpOverlap, AKeepAliveIsNoConflict) {
  Talk t;
  t.send(100, "abc");
  t.ack(103);
  t.send(102, std::string_view("\0", 1));
  EXPECT_TRUE(t.all.empty());
  EXPECT_EQ(t.other, "");
}

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
