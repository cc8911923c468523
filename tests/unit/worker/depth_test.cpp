// What of a stream is searched when the sensor is told how much.
#include <gmock/gmock.h>

#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Not;

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
constexpr const char* kFound = "judged 4 established port 5432";
constexpr const char* kCard = "card=5555555555554444 ";
const IpAddress kUser = IpAddress::v4(10, 1, 0, 7), kDatabase = IpAddress::v4(10, 4, 0, 5);

class DepthTest : public EngineTest {
 protected:
  DepthTest() { stream_depth_ = kDepth; }

  static constexpr uint64_t kDepth = 64;
  static Talk begun(uint16_t port = 40'000) {
    Talk out(kUser, port, kDatabase, 5432, seconds(1'700'000'000));
    out.handshake();
    return out;
  }
  static std::string bytes(size_t count) { return std::string(count, '.'); }
  static uint64_t limits(const EngineCounters& c) { return c.anomalies[static_cast<size_t>(Anomaly::kTcpLimit)]; }
};

TEST_F(DepthTest, WhatStandsBeforeItIsFoundAndWhatStandsBehindItMarksTheFlow) {
  const Talk before = begun().from_client(kPushAck, bytes(42)).from_client(kPushAck, kCard);
  const Talk behind = begun()
                          .from_client(kPushAck, bytes(44))
                          .from_client(kPushAck, kCard)
                          .from_client(kPushAck, kCard)
                          .from_client(kPushAck, kCard);
  for (const uint16_t workers : {1, 2, 4}) {
    Heard found, marked;
    EXPECT_EQ(replay(before.frames(), found, workers).depth_reached, 0U);
    EXPECT_THAT(found.lines, ElementsAre(kFound));
    EXPECT_THAT(found.all, Not(Contains(EndsWith(" unscanned 4"))));
    const EngineCounters c = replay(behind.frames(), marked, workers);
    EXPECT_THAT(marked.lines, IsEmpty());
    EXPECT_THAT(marked.all, Contains(EndsWith(" unscanned 4")));
    EXPECT_EQ(c.depth_reached, 1U);
    EXPECT_EQ(limits(c), 1U) << "told once";
  }
}

TEST_F(DepthTest, WhatWaitsBehindAHoleUntilTheFlowEndsIsReadToItToo) {
  const Talk talk = begun().from_client(kPushAck, "x").from_client_at(10, kCard + bytes(kDepth) + kCard);
  Heard heard;
  const EngineCounters c = replay(talk.frames(), heard);
  EXPECT_EQ(heard.evidence.size(), 1U);
  EXPECT_THAT(heard.all, Contains(EndsWith(" unscanned 4")));
  EXPECT_EQ(c.depth_reached, 1U);
}

// The oracle is the same traffic under a policy that looks into nothing.
TEST_F(DepthTest, WhatStandsBehindItCostsWhatAFlowWithoutContentCosts) {
  constexpr int kPackets = 20;
  Talk talk = begun().from_client(kPushAck, bytes(kDepth)).from_server(kTcpAck).from_client(kPushAck, "x");
  const uint64_t searched = talk.frames().size();
  for (int i = 0; i < kPackets; ++i) talk.from_client(kPushAck, "x").from_client(kTcpAck).from_server(kTcpAck);
  Heard with, without, unlimited;
  const uint64_t quiet = replay(talk.frames(), with).quiet;
  EXPECT_EQ(quiet, 3 * kPackets + 0U);
  stream_depth_ = UINT64_MAX;
  EXPECT_EQ(replay(talk.frames(), unlimited).quiet, 0U);
  for (const char* line : {"  data {", "  patterns {"}) {
    const size_t at = policy_.find(line);
    policy_.erase(at, policy_.find('\n', at) + 1 - at);
  }
  const uint64_t plain = replay(talk.frames(), without).quiet;
  EXPECT_LE(plain - quiet, searched);
}

TEST_F(DepthTest, TheOtherDirectionIsSearchedOn) {
  Talk talk = begun().from_client(kPushAck, bytes(kDepth + 1));
  for (int i = 0; i < 5; ++i) talk.from_client(kPushAck, bytes(1000));
  talk.from_server(kPushAck, "card=5555").from_client(kPushAck, bytes(1000)).from_server(kPushAck, "555555554444 ");
  for (const uint16_t workers : {1, 2, 4}) {
    Heard heard;
    const EngineCounters c = replay(talk.frames(), heard, workers);
    EXPECT_THAT(heard.lines, ElementsAre("judged 4 data port 5432"));
    EXPECT_EQ(c.depth_reached, 1U);
  }
}

// There is one stream: the second flow is searched while the first goes on.
TEST_F(DepthTest, WhereBothDirectionsAreThroughTheStreamIsFree) {
  scanned_flows_ = 1;
  Talk first = begun().from_client(kPushAck, bytes(kDepth + 1)).from_server(kPushAck, bytes(kDepth + 1));
  Talk second = begun(40'001).pause(seconds(1)).from_client(kPushAck, kCard);
  first.pause(seconds(5)).from_client(kPushAck, kCard).from_server(kPushAck, kCard);
  std::vector<MemoryFrame> frames = first.frames();
  second.append_to(frames);
  std::ranges::stable_sort(frames, {}, &MemoryFrame::time);
  Heard heard;
  EXPECT_EQ(replay(std::move(frames), heard).depth_reached, 2U);
  EXPECT_THAT(heard.lines, ElementsAre(kFound)) << "the second's";
}

TEST_F(DepthTest, DatagramsHaveNone) {
  std::vector<MemoryFrame> frames;
  for (uint32_t i = 0; i < 20; ++i) {
    const std::string payload = bytes(50) + (i == 19 ? kCard : "");
    const auto packet = frames::ip4({.ends = {kUser, kDatabase}}, frames::udp(20'000, 5432, frames::text(payload)));
    frames.push_back({seconds(1'700'000'000 + i), frames::ethernet(frames::kIp4, packet), LinkType::kEthernet});
  }
  Heard heard;
  EXPECT_EQ(replay(std::move(frames), heard).depth_reached, 0U);
  EXPECT_EQ(heard.evidence.size(), 1U);
}

}  // namespace
}  // namespace glacis
