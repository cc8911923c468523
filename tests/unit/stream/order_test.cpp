#include <random>

#include "tests/unit/stream/stream_fixture.h"

namespace glacis {
namespace {

TEST(TcpReassembler, BytesInOrderAreHandedOnWhereTheyLie) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.send(100, "abc");
  const std::string_view payload = "def";
  const StreamStep step = t.reassembler.accept(1, true, t.of(103, payload));
  ASSERT_EQ(step.runs.size(), 1u);
  EXPECT_EQ(static_cast<const void*>(step.runs[0].bytes.data()), payload.data());
  EXPECT_EQ(step.runs[0].bytes.size(), 3u);
  EXPECT_FALSE(step.runs[0].restart);
  EXPECT_TRUE(step.anomalies.empty());
}

TEST(TcpReassembler, SegmentsOutOfOrderAreHandedOnInOrder) {
  Talk t;
  t.send(99, "", kTcpSyn);
  t.send(106, "ghi");
  t.send(103, "def");
  EXPECT_EQ(t.main, "");
  t.send(100, "abc");
  EXPECT_EQ(t.main, "abcdefghi");
  EXPECT_EQ(t.other, "");
  EXPECT_TRUE(t.all.empty());
  EXPECT_EQ(t.counters().waited, 2u);
}

TEST(TcpReassembler, ASynTakesOneNumberAndItsDataIsReadAndTold) {
  Talk t;
  t.send(99, "abc", kTcpSyn);
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpDataOnSyn));
  t.send(103, "def");
  EXPECT_EQ(t.main, "abcdef");
}

TEST(TcpReassembler, TheSameBytesAgainAreTrimmedAndCounted) {
  Talk t;
  t.send(100, "abc");
  t.send(100, "abc");
  t.send(101, "bcde");
  EXPECT_EQ(t.main, "abcde");
  EXPECT_EQ(t.other, "");
  EXPECT_EQ(t.counters().repeated_bytes, 5u);
  EXPECT_TRUE(t.all.empty());
}

TEST(TcpReassembler, AHoleWaitsUntilTheOtherEndHasAcknowledgedWhatIsBehindIt) {
  Talk t;
  t.send(100, "abc");
  t.send(110, "xyz");
  t.ack(103);
  t.send(113, "1");
  EXPECT_EQ(t.main, "abc");
  t.ack(114);
  t.send(114, "2");
  EXPECT_EQ(t.main, "abc|xyz12");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpGap));
  EXPECT_EQ(t.counters().gaps, 1u);
}

TEST(TcpReassembler, WhatComesForAHoleThatWasGivenUpIsReadInTheOtherReading) {
  Talk t;
  t.send(100, "abc");
  t.ack(103);
  t.send(110, "xyz");
  t.ack(113);
  t.send(113, "!");
  t.send(103, "d");
  t.send(104, "efghij");
  EXPECT_EQ(t.main, "abc|xyz!");
  EXPECT_EQ(t.other, "|defghijxyz!") << "it joins what is behind the hole";
}

TEST(TcpReassembler, WithoutAcknowledgementsAHoleIsGivenUpWhenEnoughWaits) {
  Talk t({.one_sided_bytes = 10});
  t.send(100, "abc");
  t.send(110, "0123456789");
  EXPECT_EQ(t.main, "abc");
  t.send(120, "x");
  EXPECT_EQ(t.main, "abc|0123456789x");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpGap));
}

TEST(TcpReassembler, TheEndHandsOutWhatStillWaits) {
  Talk t;
  t.send(100, "abc");
  t.send(110, "def");
  t.send(120, "ghi");
  EXPECT_TRUE(t.reassembler.waits(1));
  t.finish();
  EXPECT_EQ(t.main, "abc|def|ghi");
  EXPECT_FALSE(t.reassembler.waits(1));
}

TEST(TcpReassembler, NumbersWrap) {
  Talk t;
  t.send(0xfffffffc, "", kTcpSyn);
  t.send(3, "ghi");
  t.send(0, "def");
  t.send(0xfffffffd, "abc");
  t.send(0xfffffffe, "bcdefghi!");
  EXPECT_EQ(t.main, "abcdefghi!");
  EXPECT_TRUE(t.all.empty());
}

TEST(TcpReassembler, DirectionsAndStreamsDoNotMix) {
  Talk t;
  t.reassembler.open(2);
  t.send(100, "ask");
  t.answer(900, 103, "answer");
  t.handle = 2;
  t.send(103, "another");
  t.handle = 1;
  t.send(103, "more");
  EXPECT_EQ(t.main, "askanothermore");
  EXPECT_TRUE(t.all.empty());
}

TEST(TcpReassembler, ALateTapStartsWithTheFirstSegmentItSees) {
  Talk t;
  t.send(5000, "mid");
  t.send(5003, "stream");
  EXPECT_EQ(t.main, "midstream");
  EXPECT_TRUE(t.all.empty());
}

TEST(TcpReassembler, ALateTapBeginsWhereTheOtherEndWaitsIfThatIsKnown) {
  Talk t;
  t.ack(5000);
  t.send(5003, "stream");
  t.send(5000, "mid");
  EXPECT_EQ(t.main, "midstream");
}

TEST(TcpReassembler, TheDepthEndsTheMainReadingAndIsToldOnce) {
  Talk t({.depth = 5});
  t.send(100, "abc");
  t.send(103, "def");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpLimit));
  t.send(106, "ghi");
  EXPECT_FALSE(t.anomalies.has(Anomaly::kTcpLimit));
  EXPECT_EQ(t.main, "abcde");
  EXPECT_EQ(t.counters().depth_reached, 1u);
}

TEST(TcpReassembler, AtItsDepthADirectionIsOverAndGivesBackWhatWaits) {
  Talk t({.depth = 5});
  t.send(100, "abc");
  t.send(106, "ghi");
  EXPECT_EQ(t.reassembler.chunks_in_use(), 1U);
  EXPECT_FALSE(t.reassembler.over(1, true));
  t.send(103, "def");
  EXPECT_TRUE(t.over);
  EXPECT_EQ(t.main, "abcde");
  EXPECT_FALSE(t.reassembler.waits(1));
  t.send(109, "jkl");
  EXPECT_FALSE(t.over) << "said once";
  t.send(115, "pqr");
  EXPECT_EQ(t.reassembler.chunks_in_use(), 0U);
  EXPECT_TRUE(t.reassembler.over(1, true));
  EXPECT_FALSE(t.reassembler.over(1, false));
  EXPECT_EQ(t.counters().depth_reached, 1U) << "by a segment and by what waited behind it";
}

TEST(TcpReassembler, AtItsDepthADirectionGivesBackWhatWaitsBehindAHoleToo) {
  Talk t({.depth = 5});
  t.send(100, "abc");
  t.send(120, "xyz");
  EXPECT_EQ(t.reassembler.chunks_in_use(), 1U);
  t.send(103, "def");
  EXPECT_EQ(t.reassembler.chunks_in_use(), 0U);
}

TEST(TcpReassembler, AsManyBytesAsTheDepthAreAllRead) {
  Talk t({.depth = 6});
  t.send(100, "abc");
  t.send(103, "def");
  EXPECT_FALSE(t.over);
  EXPECT_EQ(t.counters().depth_reached, 0U);
  t.finish();
  EXPECT_FALSE(t.over);
  EXPECT_EQ(t.main, "abcdef");
}

TEST(TcpReassembler, TheOtherReadingEndsWithTheDepth) {
  Talk t({.depth = 8});
  t.send(100, "abcd");
  t.send(102, "CD");
  EXPECT_EQ(t.other, "|abCD");
  t.send(104, "efghij");
  EXPECT_TRUE(t.other_over);
  EXPECT_EQ(t.main, "abcdefgh");
  t.send(110, "klm");
  t.send(104, "EF");
  EXPECT_EQ(t.other, "|abCDefghij");
}

// Its segments are left out by whoever calls, and with them what they acknowledge and grant.
TEST(TcpReassembler, TheOtherDirectionIsReadOnWithoutAcknowledgements) {
  Talk t({.one_sided_bytes = 100, .depth = 1000});
  t.to_responder = false;
  TcpSegment syn = t.of(99, "", kTcpSyn);
  syn.window_scale = 0;
  t.take(syn);
  t.answer(499, 100, "", kTcpSyn | kTcpAck, 10, 0);
  t.send(100, "0123456789");
  t.answer(500, 110, std::string(1001, 'x'), kTcpAck, 10, 0);
  ASSERT_TRUE(t.reassembler.over(1, true));
  const auto acknowledges = [&](uint32_t seq, std::string_view payload) {
    TcpSegment segment = t.of(seq, payload, kTcpAck);
    segment.ack = 1'000'000;
    t.take(segment);
  };
  acknowledges(150, "ahead");
  acknowledges(110, std::string(40, '.'));
  EXPECT_EQ(t.main, "0123456789" + std::string(40, '.') + "ahead");
  EXPECT_TRUE(t.all.without(AnomalySet{} | Anomaly::kTcpLimit).empty());
  acknowledges(200, std::string(101, 'y'));
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpGap)) << "as where no acknowledgement is seen";
  EXPECT_TRUE(t.main.ends_with("ahead|" + std::string(101, 'y')));
}

TEST(TcpReassembler, ADirectionThatIsOverStillEndsTheConnection) {
  Talk fins({.depth = 1});
  fins.send(100, "ab");
  fins.send(102, "", kTcpFin | kTcpAck);
  EXPECT_FALSE(fins.reassembler.ended(1));
  fins.answer(500, 103, "", kTcpFin | kTcpAck);
  EXPECT_TRUE(fins.reassembler.ended(1));
  Talk reset({.depth = 1});
  reset.send(100, "ab");
  TcpSegment spoilt = reset.of(7, "", kTcpRst);
  spoilt.bad_checksum = true;
  reset.take(spoilt);
  EXPECT_FALSE(reset.reassembler.ended(1));
  reset.send(7, "", kTcpRst);
  EXPECT_TRUE(reset.reassembler.ended(1)) << "where it stands is not known";
}

TEST(TcpReassembler, WhatFollowsTheResetOfADirectionThatIsOverIsToldOfTheOther) {
  Talk t({.depth = 10});
  t.send(100, "more than ten");
  for (const char* payload : {"x", "y", "z"}) t.answer(500 + static_cast<uint32_t>(payload[0] - 'x'), 100, payload);
  EXPECT_FALSE(t.saw(Anomaly::kTcpDataAfterEnd));
  t.send(7, "", kTcpRst);
  t.answer(503, 100, "!");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpDataAfterEnd));
}

TEST(TcpReassembler, ADirectionThatIsFullGivesItsHolesUp) {
  Talk t({.most_chunks = 4});
  const std::string much(1008, 'x');
  t.send(100, "a");
  for (uint32_t i = 0; i < 4; ++i) t.send(200 + i * 1008, much);
  EXPECT_EQ(t.main, "a");
  t.send(200 + 4 * 1008, "the last");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpLimit));
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpGap));
  EXPECT_EQ(t.main, "a|" + much + much + much + much + "the last");
  EXPECT_EQ(t.counters().full, 1u);
}

TEST(TcpReassembler, TooManyPiecesGiveTheFirstHoleUp) {
  Talk t({.most_pieces = 3});
  t.send(100, "a");
  for (uint32_t i = 0; i < 3; ++i) t.send(200 + i * 10, "x");
  EXPECT_EQ(t.main, "a");
  t.send(300, "y");
  EXPECT_EQ(t.main, "a|x");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpLimit));
}

TEST(TcpReassembler, AFloodInOneStreamCostsAnotherNothing) {
  Talk t({.streams = 2, .arena_chunks = 16, .most_chunks = 16});
  const std::string much(1008, 'x');
  t.reassembler.open(2);
  t.handle = 2;
  t.send(100, "a");
  for (uint32_t i = 0; i < 12; ++i) t.send(200 + i * 1008, much);
  t.handle = 1;
  t.main.clear();
  t.send(99, "", kTcpSyn);
  for (uint32_t i = 5; i > 0; --i) t.send(100 + i * 1008, std::string(1008, static_cast<char>('0' + i)));
  t.send(100, std::string(1008, '0'));
  std::string expected;
  for (char c = '0'; c <= '5'; ++c) expected += std::string(1008, c);
  EXPECT_EQ(t.main, expected);
  EXPECT_EQ(t.counters().evicted_bytes, 12u * 1008);
  t.handle = 2;
  t.send(101, "b");
  EXPECT_TRUE(t.anomalies.has(Anomaly::kTcpLimit)) << "who held most is told of it";
}

TEST(TcpReassembler, AStreamThatIsOpenedAgainRemembersNothing) {
  Talk t;
  t.send(100, "abc");
  t.send(110, "waits");
  t.reassembler.close(1);
  t.reassembler.open(1);
  t.main.clear();
  t.send(105, "defghij");
  EXPECT_EQ(t.main, "defghij");
}

TEST(TcpReassembler, AllRoomComesBack) {
  Talk t({.arena_chunks = 8, .most_chunks = 8});
  for (uint32_t i = 0; i < 1000; ++i) {
    t.send(100 + i * 20, "0123456789");
    t.send(100 + i * 20 + 15, "56789");
    t.send(100 + i * 20 + 5, "lies");
    t.send(100 + i * 20 + 10, "01234");
  }
  EXPECT_EQ(t.counters().full, 0u);
  EXPECT_EQ(t.counters().evicted_bytes, 0u);
}

}  // namespace
}  // namespace glacis
