// What packets show that no proper end does: counted, and told to the paths that ask for it.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/fakes/ip_fragments.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

const IpAddress kUser = IpAddress::v4(10, 1, 0, 7), kData = IpAddress::v4(10, 4, 0, 5);
constexpr Nanos kStart = seconds(1'700'000'000);

std::string policy_asking_for(const std::string& anomaly) {
  return std::string(kPolicyText) + R"(
  paths { rule: 5 id: "P" enforced: true root { kind: GROUP_KIND_THEN within_ns: 9000
    nodes { step { id: "a" verb: "anomaly" enforced: true from { zones: 0 } to { zones: 1 } anomalies: ")" +
         anomaly + R"(" } } } }
  rules { id: 5 model: "m" element: "abuse/P" kind: RULE_KIND_PATH severity: SEVERITY_HIGH })";
}

class AnomalySteps : public EngineTest {
 protected:
  // How often the path was told of.
  int64_t told(const std::vector<MemoryFrame>& frames, PacketWay way) {
    Heard heard;
    counters_ = replay(frames, heard, 1, 32, 1, way);
    return std::ranges::count(heard.lines, "path");
  }
  [[nodiscard]] uint64_t counted(Anomaly anomaly) const { return counters_.anomalies[static_cast<size_t>(anomaly)]; }
  EngineCounters counters_;
};

// Acknowledgements in a flow that is known: the flow table counts them alone, but for those that a step asks about.
std::vector<MemoryFrame> allowed_talk_with_bad_sums() {
  Talk talk(kUser, 40'000, kData, 5432, kStart);
  talk.handshake().from_client(kTcpPsh | kTcpAck, "select 1").from_server(kTcpPsh | kTcpAck, "1");
  for (int i = 0; i < 20; ++i) talk.from_client(kTcpAck).from_server(kTcpAck);
  std::vector<MemoryFrame> out = talk.frames();
  for (const size_t i : {10, 13, 20}) out[i].bytes.back() ^= 0xff;
  return out;
}

TEST_F(AnomalySteps, AKindIsToldOnceForAFlowByEitherWay) {
  const auto frames = allowed_talk_with_bad_sums();
  for (const PacketWay way : {PacketWay::kFast, PacketWay::kPlain}) {
    policy_ = policy_asking_for("bad-checksum");
    EXPECT_EQ(told(frames, way), 1);
    EXPECT_EQ(counted(Anomaly::kBadChecksum), 3U);
    policy_ = policy_asking_for("any");
    EXPECT_EQ(told(frames, way), 1);
    policy_ = policy_asking_for("tcp-conflict");
    EXPECT_EQ(told(frames, way), 0);
    EXPECT_EQ(counted(Anomaly::kBadChecksum), 3U) << "counted whether anybody asks or not";
  }
}

TEST_F(AnomalySteps, WhatFragmentsShowIsToldOfTheirDatagramsFlow) {
  const frames::Ends ends{kUser, kData};
  const auto pieces =
      frames::pieces_of(frames::finished(frames::udp(40'000, 5432, frames::text(std::string(60, 'x'))), ends), 32);
  frames::Piece other = pieces[0];
  other.bytes[20] = 'y';
  std::vector<MemoryFrame> frames;
  for (const frames::Piece* piece : {&pieces[0], &std::as_const(other), &pieces[1], &pieces[2]}) {
    frames.push_back({kStart, frames::fragment(ends, 9, kIpProtoUdp, *piece), LinkType::kEthernet});
  }
  policy_ = policy_asking_for("fragment-conflict");
  EXPECT_EQ(told(frames, PacketWay::kFast), 1);
  EXPECT_EQ(counted(Anomaly::kFragmentConflict), 1U);
  EXPECT_EQ(counted(Anomaly::kFragmentOverlap), 1U);
}

// The same bytes of the client, said twice and not the same.
std::vector<MemoryFrame> talk_that_contradicts_itself() {
  Talk talk(kUser, 40'000, kData, 5432, kStart);
  talk.handshake().from_client(kTcpPsh | kTcpAck, "select 1").from_server(kTcpPsh | kTcpAck, "1");
  Talk again(kUser, 40'000, kData, 5432, kStart + milliseconds(20));
  again.handshake().from_client(kTcpPsh | kTcpAck, "delete 1");
  std::vector<MemoryFrame> frames = talk.frames();
  frames.push_back(again.frames().back());
  return frames;
}

TEST_F(AnomalySteps, WhatAStreamShowsIsToldOfItsFlow) {
  policy_ = policy_asking_for("tcp-conflict");
  EXPECT_EQ(told(talk_that_contradicts_itself(), PacketWay::kFast), 1);
  EXPECT_EQ(counted(Anomaly::kTcpConflict), 1U);
}

std::string without_patterns(std::string policy) {
  for (const std::string line : {"  data {", "  patterns {"}) {
    const size_t begin = policy.find(line);
    policy.erase(begin, policy.find('\n', begin) + 1 - begin);
  }
  return policy;
}

TEST_F(AnomalySteps, WhatAStreamShowsIsToldWhereNoPatternIsLookedFor) {
  policy_ = without_patterns(policy_asking_for("tcp-conflict"));
  EXPECT_EQ(told(talk_that_contradicts_itself(), PacketWay::kFast), 1);
  EXPECT_EQ(counted(Anomaly::kTcpConflict), 1U);
}

TEST_F(AnomalySteps, StreamsComeAndGoWithTheStepThatAsksForThem) {
  const auto reads = [](const auto& generation) { return generation->patterns().reads_streams(); };
  const auto silent = generation_of(without_patterns(kPolicyText), 1);
  const auto asking = generation_of(without_patterns(policy_asking_for("tcp-conflict")), 2, silent.get());
  const auto of_packets = generation_of(without_patterns(policy_asking_for("bad-checksum")), 3, asking.get());
  EXPECT_FALSE(reads(silent));
  EXPECT_TRUE(reads(asking));
  EXPECT_FALSE(reads(of_packets)) << "a packet shows it alone";
}

}  // namespace
}  // namespace glacis
