#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <thread>
#include <tuple>

#include "tests/unit/worker/engine_fixture.h"
#include "tests/unit/worker/nonsense.h"

namespace glacis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
const Nanos kStart = kNonsenseStart;
const IpAddress kUser = kNonsenseUser, kData = kNonsenseData;

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

// An ICMP message about the first frame of `talk`, from the other end.
MemoryFrame icmp_about(const MemoryFrame& quoted, uint8_t type, uint8_t code, Nanos at) {
  const frames::Bytes body(quoted.bytes.begin() + 14, quoted.bytes.begin() + 14 + 28);
  const frames::Ends back{kData, kUser};
  return {at, frames::ethernet(frames::kIp4, frames::ip4({.ends = back}, frames::icmp(kIpProtoIcmp, type, code, body))),
          LinkType::kEthernet};
}

TEST_F(EngineTest, OnlyAnUnreachableDestinationRefuses) {
  const auto talk = ssh(kStart).from_client(kTcpSyn).frames();
  const auto lines_after = [&](uint8_t type, uint8_t code) {
    Heard heard;
    replay({talk[0], icmp_about(talk[0], type, code, kStart + milliseconds(1))}, heard);
    return heard.lines;
  };
  EXPECT_EQ(lines_after(3, 13).back(), "outcome refused port 22");
  EXPECT_EQ(lines_after(3, 4).back(), "outcome unanswered port 22") << "fragmentation needed";
  EXPECT_EQ(lines_after(5, 0).back(), "outcome unanswered port 22") << "redirect";
  EXPECT_EQ(lines_after(11, 0).back(), "outcome unanswered port 22") << "time exceeded";
}

TEST_F(EngineTest, AnIcmpErrorAboutAFlowThatWasNeverSeenRefusesNothing) {
  const auto talk = ssh(kStart + milliseconds(5)).handshake().frames();
  std::vector<MemoryFrame> frames = talk;
  frames.insert(frames.begin(), icmp_about(talk[0], 3, 3, kStart));
  Heard heard;
  replay(frames, heard);
  EXPECT_THAT(heard.lines, ElementsAre("judged 2 3 attempted port 22", "outcome established port 22"));
}

TEST_F(EngineTest, AnAnswerOverturnsARefusalThatSomeoneForged) {
  const auto talk = ssh(kStart).handshake().frames();
  std::vector<MemoryFrame> frames = {talk[0], icmp_about(talk[0], 3, 1, kStart), talk[1], talk[2]};
  Heard heard;
  replay(frames, heard);
  EXPECT_THAT(heard.lines,
              ElementsAre("judged 2 3 attempted port 22", "outcome refused port 22", "outcome established port 22"));
}

// More rules than an event holds, one by one: what comes last is told like the first.
TEST_F(EngineTest, AFlowAlertsForAnyNumberOfRules) {
  for (int i = 0; i < 8; ++i) {
    const std::string id = std::to_string(100 + i);
    policy_ += "nevers { rule: " + id + " from { zones: 0 } to { zones: 1 } enforced: true }\n";
    policy_ += "rules { id: " + id + " model: 'm' element: 'never/" + id +
               "' kind: RULE_KIND_NEVER severity: SEVERITY_LOW }\n";
  }
  Heard heard;
  const EngineCounters c =
      replay(sql(kStart).handshake().from_client(kPushAck, "card=4111111111111111").frames(), heard);
  ASSERT_THAT(heard.lines, ElementsAre("judged 100 101 102 103 104 105 106 107 attempted port 5432",
                                       "outcome established port 5432", "judged 4 established port 5432"));
  EXPECT_EQ(c.rules_left_out, 0U);
  policy_ +=
      "nevers { rule: 200 from { zones: 0 } to { zones: 1 } enforced: true }\n"
      "rules { id: 200 model: 'm' element: 'never/200' kind: RULE_KIND_NEVER severity: SEVERITY_HIGH }\n";
  Heard nine;
  EXPECT_EQ(replay(sql(kStart).handshake().frames(), nine).rules_left_out, 1U);
  EXPECT_EQ(nine.lines[0], "judged 200 100 101 102 103 104 105 106 attempted port 5432");
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

TEST_F(EngineTest, TcpFlowsOfWhichOneDirectionWasSeenAreCountedWhenTheyEnd) {
  std::vector<MemoryFrame> lost_leg, all_there;
  // Either leg alone, from its start and from the middle; quiet packets for a while.
  sql(kStart, 1).from_client(kTcpSyn).from_client(kTcpAck).from_client(kPushAck, "select").append_to(lost_leg);
  sql(kStart, 2)
      .from_server(kTcpSyn | kTcpAck)
      .from_server(kPushAck, "1")
      .from_server(kPushAck, "2")
      .append_to(lost_leg);
  sql(kStart, 3).from_client(kTcpAck).from_client(kTcpFin | kTcpAck).append_to(lost_leg);
  for (int i = 0; i < 8; ++i) sql(kStart + seconds(4 * i), 4).from_server(kPushAck, "x").append_to(lost_leg);
  // Attempts, scans, one stray packet, and whole flows are not.
  sql(kStart, 11).from_client(kTcpSyn).from_client(kTcpSyn).from_client(kTcpSyn).append_to(all_there);
  sql(kStart, 12).from_client(kTcpSyn).from_client(kTcpRst).append_to(all_there);
  sql(kStart, 13).from_client(kTcpSyn).from_client(kTcpAck).from_client(kTcpRst).append_to(all_there);
  sql(kStart, 14).from_server(kPushAck, "late").append_to(all_there);
  sql(kStart, 15).from_client(kTcpSyn).from_server(kTcpRst | kTcpAck).append_to(all_there);
  sql(kStart, 16).handshake().from_client(kPushAck, "a").from_client(kPushAck, "b").append_to(all_there);
  for (const PacketWay way : {PacketWay::kFast, PacketWay::kPlain}) {
    Heard heard;
    EXPECT_EQ(replay(lost_leg, heard, 1, 32, 1, way).flows_one_way, 4U);
    EXPECT_EQ(replay(all_there, heard, 1, 32, 1, way).flows_one_way, 0U);
  }
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

// Nothing is looked into, and a path watches every flow: its steps are told again and again.
std::string policy_without_patterns() {
  std::string text = kPolicyText;
  for (const std::string line : {"data {", "patterns {"}) {
    const size_t at = text.find("  " + line);
    text.erase(at, text.find('\n', at) + 1 - at);
  }
  return text + R"(
  paths { rule: 5 id: "P" enforced: true root { kind: GROUP_KIND_THEN within_ns: 9000
    nodes { step { id: "a" verb: "flow" enforced: true from { zones: 0 } to { zones: 1 } } }
    nodes { step { id: "b" verb: "flow" enforced: true from { zones: 0 } to { zones: 1 } is: "denied" } } } }
  rules { id: 5 model: "m" element: "abuse/P" kind: RULE_KIND_PATH severity: SEVERITY_HIGH })";
}

auto sums_of(const EngineCounters& c) {
  return std::tuple(c.received, c.processed, c.bytes, c.bad_checksum, c.decode, c.flows, c.flows_evicted, c.step_hits);
}

TEST_F(EngineTest, TheFastWayTellsWhatThePlainOneTells) {
  uint64_t bad_checksums = 0, dropped = 0;
  for (const std::string& policy : {std::string(kPolicyText), policy_without_patterns()}) {
    policy_ = policy;
    for (uint32_t seed = 1; seed <= 60; ++seed) {
      Heard fast, plain;
      const EngineCounters c = replay(nonsense(seed), fast, 1, 64, seed, PacketWay::kFast);
      const EngineCounters p = replay(nonsense(seed), plain, 1, 1, seed, PacketWay::kPlain);
      ASSERT_EQ(difference(fast.all, plain.all), "") << "seed " << seed;
      ASSERT_EQ(fast.evidence, plain.evidence) << "seed " << seed;
      ASSERT_EQ(sums_of(c), sums_of(p)) << "seed " << seed;
      bad_checksums += c.bad_checksum;
      dropped += c.dropped();
    }
  }
  EXPECT_GT(bad_checksums, 1000U);
  EXPECT_GT(dropped, 1000U);
}

// Bursts are the same here: which flow has to go depends on what a sweep has taken away before.
TEST_F(EngineTest, TheFastWayTellsWhatThePlainOneTellsWhenTheTableIsFull) {
  uint64_t evicted = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    Heard fast, plain;
    const EngineCounters c = replay(nonsense(seed), fast, 1, 64, seed, PacketWay::kFast, 12);
    const EngineCounters p = replay(nonsense(seed), plain, 1, 64, seed, PacketWay::kPlain, 12);
    ASSERT_EQ(difference(fast.all, plain.all), "") << "seed " << seed;
    ASSERT_EQ(sums_of(c), sums_of(p)) << "seed " << seed;
    evicted += c.flows_evicted;
  }
  EXPECT_GT(evicted, 1000U);
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
  expect_accounted(c, mixed_traffic().size());
}

// The distributor reads the policy too.
TEST_F(EngineTest, ASwapIsPassedByThreadsThatNeverSleep) {
  MemoryPort port("memory", mixed_traffic(), *pool_, *stamp_, PortId(0), MemoryPort::AfterLast::kStayUp);
  Heard heard;
  EngineOptions options = live(2);
  options.poll = PollStyle::kBusy;
  auto engine = Engine::make(options, {&port}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(kPolicyText, 1)));
  for (uint32_t id = 2; id < 5; ++id) {
    EXPECT_EQ((*engine)->swap(generation_of(kPolicyText, id, (*engine)->current().get())).generation, GenerationId(id));
  }
  while ((*engine)->counters().processed < mixed_traffic().size()) std::this_thread::yield();
  (*engine)->stop();
  expect_accounted((*engine)->counters(), mixed_traffic().size());
}

}  // namespace
}  // namespace glacis
