#include "dataplane/stream/tcp_order.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace glacis {
namespace {

std::span<const uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// One direction; collects what is handed on, '|' where the scan restarts.
struct Stream {
  TcpOrder order;
  StreamCounters counters;
  std::string out;
  void segment(uint32_t seq, std::string_view payload, bool syn = false, bool to_responder = true) {
    Layers packet;
    packet.tcp_seq = seq;
    packet.tcp_flags = syn ? kTcpSyn : uint8_t{0};
    take(packet, payload, to_responder);
  }
  void acknowledgement(uint32_t ack, bool to_responder = false) {
    Layers packet;
    packet.tcp_ack = ack;
    packet.tcp_flags = kTcpAck;
    take(packet, "", to_responder);
  }
  void take(const Layers& packet, std::string_view payload, bool to_responder) {
    const InOrder in = order.accept(to_responder, packet, bytes(payload), counters);
    if (in.restart) out += '|';
    out.append(in.bytes.begin(), in.bytes.end());
  }
};

TEST(TcpOrder, BytesInOrderPassUnchanged) {
  Stream s;
  s.segment(99, "", true);
  s.segment(100, "abc");
  s.segment(103, "def");
  EXPECT_EQ(s.out, "abcdef");
  EXPECT_EQ(s.counters.gaps, 0u);
}

TEST(TcpOrder, ASynTakesOneNumberAlsoWhenItCarriesData) {
  Stream s;
  s.segment(99, "abc", true);
  s.segment(103, "def");
  EXPECT_EQ(s.out, "abcdef");
}

TEST(TcpOrder, RetransmittedBytesAreTrimmedAndCounted) {
  Stream s;
  s.segment(100, "abc");
  s.segment(100, "abc");
  s.segment(101, "bcde");
  EXPECT_EQ(s.out, "abcde");
  EXPECT_EQ(s.counters.repeated_bytes, 5u);
}

TEST(TcpOrder, AHoleIsCountedAndTheScanRestartsBehindIt) {
  Stream s;
  s.segment(100, "abc");
  s.segment(110, "xyz");
  s.segment(103, "late");
  s.segment(113, "!");
  EXPECT_EQ(s.out, "abc|xyz!");
  EXPECT_EQ(s.counters.gaps, 1u);
  EXPECT_EQ(s.counters.repeated_bytes, 4u);
}

TEST(TcpOrder, AHoleBeforeTheFirstByteRestartsNothing) {
  Stream s;
  s.segment(99, "", true);
  s.segment(105, "xyz");
  EXPECT_EQ(s.out, "xyz");
  EXPECT_EQ(s.counters.gaps, 1u);
}

TEST(TcpOrder, ATapThatCameLateStartsWithTheFirstSegmentItSees) {
  Stream s;
  s.segment(5000, "mid");
  s.segment(5003, "stream");
  EXPECT_EQ(s.out, "midstream");
  EXPECT_EQ(s.counters.gaps, 0u);
}

TEST(TcpOrder, NumbersWrap) {
  Stream s;
  s.segment(0xfffffffd, "abc");
  s.segment(0, "def");
  s.segment(0xfffffffe, "bcdefgh");
  EXPECT_EQ(s.out, "abcdefgh");
  EXPECT_EQ(s.counters.gaps, 0u);
}

TEST(TcpOrder, DirectionsDoNotMix) {
  Stream s;
  s.segment(100, "ask", false, true);
  s.segment(900, "answer", false, false);
  s.segment(103, "more", false, true);
  EXPECT_EQ(s.out, "askanswermore");
  EXPECT_EQ(s.counters.gaps, 0u);
}

TEST(TcpOrder, ASegmentBeyondAnyWindowHidesNothing) {
  Stream s;
  s.segment(100, "abc");
  s.acknowledgement(103);
  s.segment(103 + (1u << 30), "far");
  s.segment(103, "def");
  EXPECT_EQ(s.out, "abcdef");
  EXPECT_EQ(s.counters.out_of_window, 1u);
  EXPECT_EQ(s.counters.gaps, 0u);
}

TEST(TcpOrder, AfterALongLossTheOtherEndsAcknowledgementTellsWhereItIs) {
  Stream s;
  s.segment(100, "abc");
  s.acknowledgement(103);
  s.segment(103 + (200u << 20), "x");
  s.acknowledgement(103 + (20u << 20));
  s.acknowledgement(103 + (60u << 20));
  s.acknowledgement(103 + (120u << 20));
  s.acknowledgement(103 + (180u << 20));
  s.segment(103 + (200u << 20), "far");
  EXPECT_EQ(s.out, "abc|far");
}

TEST(TcpOrder, WithoutTheOtherDirectionAnyDistanceIsTaken) {
  Stream s;
  s.segment(100, "abc");
  s.segment(103 + (1u << 30), "far");
  EXPECT_EQ(s.out, "abc|far");
}

TEST(TcpOrder, ASynWithinAConversationCannotMoveIt) {
  Stream s;
  s.segment(100, "abc");
  s.segment(70'000, "evil", true);
  s.segment(103, "def");
  EXPECT_EQ(s.out, "abcdef");
}

TEST(TcpOrder, ASecondSynBeforeAnyDataIsFollowed) {
  Stream s;
  s.segment(99, "", true);
  s.segment(4999, "", true);
  s.segment(5000, "abc");
  EXPECT_EQ(s.out, "abc");
  EXPECT_EQ(s.counters.gaps, 0u);
}

// Segments cut anywhere, sent again in part, in order: every byte once, in order, for any first number.
TEST(TcpOrder, AnyCutAndAnyRetransmissionGiveTheBytesOnce) {
  const uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const std::string text = "The quick brown fox jumps over the lazy dog, again and again and again.";
  for (int round = 0; round < 5000; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Stream s;
    const auto first = static_cast<uint32_t>(random());
    size_t sent = 0;
    while (sent < text.size()) {
      const size_t from = sent - random() % (sent + 1) * (random() % 2);
      const size_t until = std::min(text.size(), from + 1 + random() % 12);
      s.segment(first + static_cast<uint32_t>(from), text.substr(from, until - from));
      sent = std::max(sent, until);
    }
    ASSERT_EQ(s.out, text);
    ASSERT_EQ(s.counters.gaps, 0u);
  }
}

}  // namespace
}  // namespace glacis
