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

}  // namespace
}  // namespace glacis
