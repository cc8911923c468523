// What reassembly is for: patterns that a plain look at each packet would miss.
#include <gmock/gmock.h>

#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
constexpr const char* kFound = "judged 4 established port 5432";

class ContentTest : public EngineTest {
 protected:
  static Talk begun() {
    Talk out(IpAddress::v4(10, 1, 0, 7), 40'000, IpAddress::v4(10, 4, 0, 5), 5432, seconds(1'700'000'000));
    out.handshake();
    return out;
  }
  // The same with one worker or more, on both ways.
  void expect_found(const Talk& talk) {
    for (const uint16_t workers : {1, 2, 4}) {
      Heard heard;
      replay(talk.frames(), heard, workers);
      EXPECT_THAT(heard.lines, ElementsAre(kFound)) << workers << " workers";
    }
    Heard plain;
    replay(talk.frames(), plain, 1, 32, 1, PacketWay::kPlain);
    EXPECT_THAT(plain.lines, ElementsAre(kFound));
  }
};

TEST_F(ContentTest, APatternOverSegmentsOutOfOrderIsFound) {
  expect_found(begun()
                   .from_client(kPushAck, "x card=")
                   .from_client_at(8, "55554444 y")
                   .from_client_at(4, "5555")
                   .from_client(kPushAck, "5555"));
}

TEST_F(ContentTest, APatternInTheReadingOfARetransmissionIsFound) {
  expect_found(begun()
                   .from_client(kPushAck, "x card=5555")
                   .from_client(kPushAck, "________")
                   .from_client_at(-8, "55555555")
                   .from_client(kPushAck, "4444 y"));
}

TEST_F(ContentTest, APatternInTheReadingThatLosesBehindAHoleIsFound) {
  expect_found(begun()
                   .from_client(kPushAck, "x card=")
                   .from_client_at(4, "____44444444")
                   .from_client_at(4, "5555")
                   .from_client(kPushAck, "5555"));
}

TEST_F(ContentTest, APatternBehindAHoleThatNobodyFillsIsFoundWhenTheFlowEnds) {
  expect_found(begun().from_client(kPushAck, "x").from_client_at(10, "card=5555555555554444"));
}

// Longer than a flow that is over is kept.
TEST_F(ContentTest, AResetThatNoReceiverTakesAndAPauseCutNothing) {
  expect_found(begun()
                   .from_client(kPushAck, "x card=5555")
                   .from_client_at(100, "", kTcpRst)
                   .pause(seconds(20))
                   .from_client(kPushAck, "555555554444"));
}

TEST_F(ContentTest, ANewConnectionBehindAResetThatCountsIsNotJoined) {
  Heard heard;
  replay(begun()
             .from_client(kPushAck, "x card=5555")
             .from_client(kTcpRst)
             .pause(seconds(20))
             .from_client(kPushAck, "555555554444")
             .frames(),
         heard);
  EXPECT_THAT(heard.lines, IsEmpty());
}

TEST_F(ContentTest, BothReadingsTogetherTellAPatternOnce) {
  expect_found(begun()
                   .from_client(kPushAck, "x card=5555555555554444 ")
                   .from_client(kPushAck, "good")
                   .from_client_at(-4, "EVIL")
                   .from_client_at(-28, "X card=5555555555554444 "));
}

TEST_F(ContentTest, APatternOverAHoleThatNobodyFillsIsNone) {
  Heard heard;
  replay(begun().from_client(kPushAck, "x card=5555").from_client_at(4, "555555554444").frames(), heard);
  EXPECT_THAT(heard.lines, IsEmpty());
}

}  // namespace
}  // namespace glacis
