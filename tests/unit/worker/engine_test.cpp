#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
const Nanos kStart = seconds(1'700'000'000);
const IpAddress kUser = IpAddress::v4(10, 1, 0, 7);
const IpAddress kData = IpAddress::v4(10, 4, 0, 5);

Talk sql(Nanos start, uint16_t port = 40'000) { return {kUser, port, kData, 5432, start}; }
Talk ssh(Nanos start, uint16_t port = 41'000) { return {kUser, port, kData, 22, start}; }

TEST_F(EngineTest, AllowedFlowIsSilent) {
  Heard heard;
  replay(sql(kStart).handshake().from_client(kPushAck, "select 1").from_server(kPushAck, "1").frames(), heard);
  EXPECT_THAT(heard.lines, IsEmpty());
  EXPECT_EQ(heard.all.size(), 1U) << "one flow record";
}

TEST_F(EngineTest, ForbiddenFlowAlertsAtItsFirstPacketAndTellsItsOutcomeOnce) {
  Heard heard;
  replay(ssh(kStart).handshake().from_server(kPushAck, "SSH-2.0").from_client(kPushAck, "SSH-2.0").frames(), heard);
  EXPECT_THAT(heard.lines, ElementsAre("judged 2 3 attempted port 22", "outcome established port 22"));
}

TEST_F(EngineTest, ResetToASynIsARefusal) {
  Heard heard;
  replay(ssh(kStart).from_client(kTcpSyn).from_server(kTcpRst | kTcpAck).frames(), heard);
  EXPECT_THAT(heard.lines, ElementsAre("judged 2 3 attempted port 22", "outcome refused port 22"));
}

TEST_F(EngineTest, SilenceOfTenSecondsIsUnansweredAtThatMoment) {
  Heard heard;
  replay(ssh(kStart).from_client(kTcpSyn).frames(), heard);
  ASSERT_THAT(heard.lines, ElementsAre("judged 2 3 attempted port 22", "outcome unanswered port 22"));
  EXPECT_EQ(heard.all[1].substr(0, 19), std::to_string((kStart + seconds(10)).value));
}

TEST_F(EngineTest, StartInTheMiddleOfAllowedTrafficDoesNotAlertWhoeverSpeaksFirst) {
  Heard client_first, server_first;
  replay(sql(kStart).from_client(kPushAck, "select 1").from_server(kPushAck, "1").frames(), client_first);
  replay(sql(kStart).from_server(kPushAck, "1").from_client(kPushAck, "select 2").frames(), server_first);
  EXPECT_THAT(client_first.lines, IsEmpty());
  EXPECT_THAT(server_first.lines, IsEmpty());
}

TEST_F(EngineTest, AssumedDirectionAlertsWhenBothReadingsViolate) {
  Heard heard;
  replay(ssh(kStart).from_client(kPushAck, "x").from_server(kPushAck, "y").frames(), heard);
  ASSERT_EQ(heard.lines.size(), 2U);
  EXPECT_EQ(heard.lines[0], "judged 2 3 attempted port 22 assumed");
}

TEST_F(EngineTest, SynAckFirstMakesItsReceiverTheInitiator) {
  Heard heard;
  replay(ssh(kStart).from_server(kTcpSyn | kTcpAck).from_client(kTcpAck).frames(), heard);
  ASSERT_FALSE(heard.lines.empty());
  EXPECT_EQ(heard.lines[0], "judged 2 3 attempted port 22");
}

TEST_F(EngineTest, DataInClearAlertsOnAFlowThatDoesNotCarryItAcrossSegments) {
  Heard heard;
  replay(sql(kStart).handshake().from_client(kPushAck, "x card=55555555").from_client(kPushAck, "55554444 y").frames(),
         heard);
  ASSERT_THAT(heard.lines, ElementsAre("judged 4 established port 5432"));
  ASSERT_EQ(heard.evidence.size(), 1U);
  EXPECT_EQ(heard.evidence[0].find("5555"), std::string::npos) << "masked before it left the worker";
}

TEST_F(EngineTest, BadFramesAreCountedUnderOneReasonEach) {
  std::vector<MemoryFrame> frames = sql(kStart).handshake().frames();
  frames.push_back({kStart + seconds(1), {1, 2, 3}, LinkType::kEthernet});
  frames.push_back({kStart + seconds(1), frames::Bytes(64, 0), LinkType::kEthernet});
  Heard heard;
  const EngineCounters c = replay(std::move(frames), heard);
  EXPECT_EQ(c.received, 5U);
  EXPECT_EQ(c.processed, 3U);
  EXPECT_EQ(c.dropped(), 2U);
}

// Many flows of all kinds, interleaved.
std::vector<MemoryFrame> mixed_traffic() {
  std::vector<MemoryFrame> frames;
  for (uint16_t i = 0; i < 300; ++i) {
    const Nanos at = kStart + milliseconds(i * 37 % 5000);
    const auto port = static_cast<uint16_t>(30'000 + i);
    switch (i % 5) {
      case 0:
        sql(at, port).handshake().from_client(kPushAck, "select").from_server(kPushAck, "1").append_to(frames);
        break;
      case 1:
        ssh(at, port).from_client(kTcpSyn).append_to(frames);
        break;
      case 2:
        ssh(at, port).from_client(kTcpSyn).from_server(kTcpRst | kTcpAck).append_to(frames);
        break;
      case 3:
        sql(at, port).handshake().from_client(kPushAck, "card=4111111111111111").append_to(frames);
        break;
      // Starts in its middle and closes: its deadline moves forward.
      default:
        ssh(at, port)
            .from_server(kPushAck, "x")
            .from_client(kPushAck | kTcpFin, "y")
            .from_server(kTcpFin | kTcpAck)
            .append_to(frames);
    }
  }
  std::stable_sort(frames.begin(), frames.end(),
                   [](const MemoryFrame& a, const MemoryFrame& b) { return a.time < b.time; });
  return frames;
}

// "" if they are the same; else where they part.
std::string difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() && in_b == b.end()) return "";
  return "event " + std::to_string(in_a - a.begin()) + " of " + std::to_string(a.size()) + " and " +
         std::to_string(b.size()) + ": " + (in_a == a.end() ? "none" : *in_a) + " | " +
         (in_b == b.end() ? "none" : *in_b);
}

TEST_F(EngineTest, SameEventsForAnyNumberOfWorkersBurstAndSeed) {
  Heard one;
  replay(mixed_traffic(), one, 1, 32, 1);
  ASSERT_GT(one.lines.size(), 300U);
  struct Shape {
    uint16_t workers, burst;
    uint64_t seed;
  };
  for (const Shape s : {Shape{1, 1, 2}, Shape{2, 64, 3}, Shape{4, 1, 4}, Shape{4, 64, 5}}) {
    Heard other;
    replay(mixed_traffic(), other, s.workers, s.burst, s.seed);
    EXPECT_EQ(difference(one.all, other.all), "") << s.workers << " workers, burst " << s.burst;
  }
}

TEST_F(EngineTest, OlderPacketsAreCountedAndChangeNothingButTheirTime) {
  std::vector<MemoryFrame> frames = mixed_traffic();
  for (size_t i = 10; i + 20 < frames.size(); i += 20) std::swap(frames[i].time, frames[i + 15].time);
  Heard one, four;
  const EngineCounters c = replay(frames, one, 1, 64, 1);
  replay(frames, four, 4, 1, 9);
  EXPECT_GT(c.older_packets, 0U);
  EXPECT_EQ(difference(one.all, four.all), "");
}

TEST_F(EngineTest, SwapWhileLiveReachesAnIdleWorkerAndLosesNothing) {
  MemoryPort port("memory", mixed_traffic(), *pool_, *stamp_, PortId(0), MemoryPort::AfterLast::kStayUp);
  Heard heard;
  EngineOptions options;
  options.mode = RunMode::kLive;
  options.workers = 2;
  options.flow_slots = 8192;
  options.scanned_flows = 64;
  auto engine = Engine::make(options, {&port}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  auto current = generation_of(kPolicyText, 1);
  ASSERT_TRUE((*engine)->start(current));
  for (uint32_t id = 2; id < 12; ++id) {
    std::string text = kPolicyText;
    // Every other policy brings other patterns, and with them other streams.
    if (id % 2 == 0) text.replace(text.find("card="), 5, "pan=");
    const auto next = generation_of(text, id, current.get());
    ASSERT_TRUE((*engine)->warm(*next));
    const Swap swap = (*engine)->swap(next);
    EXPECT_EQ(swap.previous_digest, current->digest());
    EXPECT_EQ(swap.after.lost(), 0U);
    current = next;
  }
  while ((*engine)->counters().processed < mixed_traffic().size()) std::this_thread::yield();
  (*engine)->stop();
  const EngineCounters c = (*engine)->counters();
  EXPECT_EQ(c.processed, mixed_traffic().size());
  EXPECT_EQ(c.lost(), 0U);
  EXPECT_TRUE(c.balanced());
}

}  // namespace
}  // namespace glacis
