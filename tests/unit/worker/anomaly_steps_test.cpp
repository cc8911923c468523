// What packets show that no proper end does: counted, and told to the paths that ask for it.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

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

// Pieces of 400 bytes of datagrams to the database that never are whole: a hole, an end that is nowhere, too many.
std::vector<MemoryFrame> datagrams_that_never_are() {
  const frames::Ends ends{kUser, kData};
  const frames::Bytes body = frames::finished(frames::udp(40'000, 5432, frames::text(std::string(5000, 'x'))), ends);
  std::vector<MemoryFrame> out;
  const auto send = [&](uint16_t id, const frames::Piece& piece, Nanos at) {
    out.push_back({at, frames::fragment(ends, id, kIpProtoUdp, piece), LinkType::kEthernet});
  };
  send(1, frames::pieces_of(body, 400)[0], kStart);
  send(2, {65'528, frames::Bytes(400, 'x'), false}, kStart + seconds(1));
  const auto tiny = frames::pieces_of(body, 8);
  for (size_t i = 0; i < 513; ++i) send(3, tiny[i], kStart + seconds(2));
  return out;
}

TEST_F(AnomalySteps, WhatNoDatagramIsToldOfIsToldOfTheEndsByAnyNumberOfWorkers) {
  for (const char* anomaly : {"fragment-missing", "fragment-oversize", "fragment-limit", "fragment-tiny"}) {
    policy_ = policy_asking_for(anomaly);
    for (const uint16_t workers : {1, 2, 4}) {
      for (const uint16_t burst : {1, 64}) {
        Heard heard;
        const EngineCounters c = replay(datagrams_that_never_are(), heard, workers, burst);
        EXPECT_THAT(heard.lines, testing::ElementsAre("path")) << anomaly << " with " << workers << " workers";
        EXPECT_EQ(c.step_hits, 1U);
        EXPECT_EQ(c.processed + c.flows, 0U) << "no packet is made up, no flow is judged";
      }
    }
  }
  policy_ = policy_asking_for("tcp-conflict");
  EXPECT_EQ(told(datagrams_that_never_are(), PacketWay::kFast), 0);
}

TEST_F(AnomalySteps, AFragmentWithAWrongChecksumIsToldOfItsEnds) {
  std::vector<MemoryFrame> frames = datagrams_that_never_are();
  frames.resize(1);
  frames[0].bytes[14 + 10] ^= 0xff;
  policy_ = policy_asking_for("bad-checksum");
  EXPECT_EQ(told(frames, PacketWay::kFast), 1);
  EXPECT_EQ(counted(Anomaly::kBadChecksum), 1U);
}

// One pair, whose minute begins at 30 s, when the first fragment is given up: though that is found with those of 40 and
// 95 s in one burst, the one of 95 s is in another minute than that of 40 s.
TEST_F(AnomalySteps, AReplayHearsOfFragmentsInTheOrderOfTheirTimesWhateverTheBurst) {
  const frames::Ends ends{kUser, kData};
  const auto at = [&](int64_t second, uint16_t id, size_t offset) {
    return MemoryFrame{kStart + seconds(second),
                       frames::fragment(ends, id, kIpProtoUdp, {offset, frames::Bytes(400, 'x'), offset == 0}),
                       LinkType::kEthernet};
  };
  constexpr size_t kOversize = 65'528;
  policy_ = policy_asking_for("any");
  for (const uint16_t burst : {1, 64}) {
    Heard heard;
    const EngineCounters c = replay({at(0, 1, 0), at(40, 2, kOversize), at(95, 3, kOversize)}, heard, 1, burst);
    EXPECT_EQ(c.step_hits, 3U) << "missing at 30 s, oversize at 40 and 95 s";
  }
}

// An event for each finding of a teller, under a generation whose step asks for `any` from users to data.
class FragmentTellerTest : public testing::Test {
 protected:
  static FragmentFinding finding(const IpAddress& from, const IpAddress& to, Anomaly anomaly, Nanos time) {
    Layers layers;
    layers.from_low = from <= to;
    layers.key.low = layers.from_low ? from : to;
    layers.key.high = layers.from_low ? to : from;
    layers.key.protocol = kIpProtoUdp;
    layers.key.ip_version = 4;
    return {layers, AnomalySet{} | anomaly, time, {Ordinal(7), PortId(1), {}}};
  }
  // The anomalies of each event that it gives.
  std::vector<AnomalySet> told(const FragmentFinding& what) {
    teller_.tell(what, *generation_);
    std::vector<AnomalySet> out;
    while (ring_.pop(event_)) out.push_back(event_.anomalies);
    return out;
  }
  size_t told(Anomaly anomaly, Nanos time) { return told(finding(kUser, kData, anomaly, time)).size(); }

  std::shared_ptr<const Generation> generation_ = generation_of(policy_asking_for("any"), 1);
  SpscRing<Event> ring_{16};
  FragmentTeller teller_{RunMode::kLive, ring_, 1};
  Event event_;
};

TEST_F(FragmentTellerTest, AnEventHasTheEndsOfTheFragmentsAndNoPorts) {
  EXPECT_THAT(told(finding(kUser, kData, Anomaly::kFragmentLimit, kStart)),
              testing::ElementsAre(AnomalySet{} | Anomaly::kFragmentLimit));
  EXPECT_EQ(event_.flow.initiator(), kUser);
  EXPECT_EQ(event_.flow.responder(), kData);
  EXPECT_EQ(event_.flow.responder_port(), 0);
  EXPECT_EQ(event_.flow.key.protocol, kIpProtoUdp);
  EXPECT_EQ(event_.flow.outcome, FlowOutcome::kUnknown) << "an alert would wait for it";
  EXPECT_EQ(event_.time, kStart);
  EXPECT_EQ(event_.ordinal, Ordinal(7));
  EXPECT_EQ(event_.flow.port, PortId(1));
  EXPECT_EQ(event_.generation, GenerationId(1));
  EXPECT_THAT(told(finding(kData, kUser, Anomaly::kFragmentLimit, kStart)), testing::IsEmpty())
      << "the step asks for the other direction";
}

TEST_F(FragmentTellerTest, APairHearsOfAnAnomalyOnceAMinute) {
  EXPECT_EQ(told(Anomaly::kFragmentLimit, kStart), 1U);
  EXPECT_EQ(told(Anomaly::kFragmentLimit, kStart + seconds(59)), 0U);
  EXPECT_EQ(told(Anomaly::kFragmentMissing, kStart + seconds(59)), 1U);
  EXPECT_EQ(told(Anomaly::kFragmentLimit, kStart + seconds(60)), 1U);
  EXPECT_EQ(told(finding(IpAddress::v4(10, 1, 0, 8), kData, Anomaly::kFragmentLimit, kStart)).size(), 1U);
  generation_ = generation_of(policy_asking_for("any"), 2, generation_.get());
  EXPECT_EQ(told(Anomaly::kFragmentLimit, kStart + seconds(61)), 1U) << "another generation's steps";
  EXPECT_EQ(told(Anomaly::kFragmentLimit, kStart + seconds(62)), 0U);
}

TEST_F(FragmentTellerTest, AFloodOfPairsIsNoFloodOfEvents) {
  const auto user = [](uint32_t i) {
    return IpAddress::v4(10, 1, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i));
  };
  constexpr uint32_t kMany = FragmentTeller::kPairs + 100;
  size_t events = 0;
  for (uint32_t i = 0; i < kMany; ++i) {
    events += told(finding(user(i), kData, Anomaly::kFragmentMissing, kStart + milliseconds(i))).size();
  }
  EXPECT_EQ(events, FragmentTeller::kPairs);
  EXPECT_EQ(teller_.counters().refused.get(), 100U);
  EXPECT_EQ(teller_.counters().step_hits.get(), events);
  EXPECT_THAT(told(finding(user(0), kData, Anomaly::kFragmentMissing, kStart + seconds(59))), testing::IsEmpty());
  const Nanos later = kStart + seconds(60);
  EXPECT_EQ(told(finding(user(kMany), kData, Anomaly::kFragmentMissing, later)).size(), 1U)
      << "the oldest's time is over";
  EXPECT_EQ(told(finding(user(0), kData, Anomaly::kFragmentMissing, later)).size(), 0U) << "full again";
  EXPECT_EQ(told(finding(user(2), kData, Anomaly::kFragmentMissing, later + milliseconds(2))).size(), 1U);
}

// Beside a table of when each pair was told of, for three minutes in which pairs come again in their own order.
TEST_F(FragmentTellerTest, PairsComeAndGoAsInAPlainTable) {
  std::mt19937 random(7);
  std::map<uint32_t, Nanos> told_at;
  for (uint32_t step = 0; step < 60'000; ++step) {
    const Nanos now = kStart + milliseconds(3 * step);
    std::erase_if(told_at, [&](const auto& pair) { return now >= pair.second + FragmentTeller::kTellAgain; });
    const uint32_t who = random() % 20'000;
    const auto user = IpAddress::v4(10, 1, static_cast<uint8_t>(who >> 8), static_cast<uint8_t>(who));
    const bool news = !told_at.contains(who) && told_at.size() < FragmentTeller::kPairs;
    ASSERT_EQ(told(finding(user, kData, Anomaly::kFragmentMissing, now)).size(), news ? 1U : 0U) << step;
    if (news) told_at[who] = now;
  }
}

TEST_F(FragmentTellerTest, EachNetworkHasPairsOfItsOwn) {
  const FragmentFinding plain = finding(kUser, kData, Anomaly::kFragmentLimit, kStart);
  std::vector<FragmentFinding> all(4, plain);
  all[1].key.vlan_outer = 10;
  all[2].key.vlan_inner = 10;
  all[3].key.segment = 10;
  for (const FragmentFinding& each : all) EXPECT_EQ(told(each).size(), 1U);
  for (const FragmentFinding& each : all) EXPECT_EQ(told(each).size(), 0U);
}

TEST_F(FragmentTellerTest, AnEventSaysWhichTunnelTheFragmentsCameIn) {
  FragmentFinding inside = finding(kUser, kData, Anomaly::kFragmentLimit, kStart);
  inside.origin.carrier.kind = TunnelKind::kGre;
  inside.origin.carrier.tunnels = 1;
  inside.origin.carrier.source = IpAddress::v4(192, 0, 2, 1);
  EXPECT_EQ(told(inside).size(), 1U);
  EXPECT_EQ(event_.flow.carrier, inside.origin.carrier);
}

// As flows: a `flows` line from anybody to anybody is not about them.
TEST_F(FragmentTellerTest, NoLineModelsWhatNeverCrosses) {
  std::string policy = policy_asking_for("any");
  policy +=
      R"(flows { rule: 6 from { all: true } to { all: true } } rules { id: 6 model: "m" element: "flows/all" kind: RULE_KIND_FLOW severity: SEVERITY_INFO })";
  const std::string ends = "from { zones: 0 } to { zones: 1 } anomalies";
  policy.replace(policy.find(ends), ends.size(), "from { all: true } to { all: true } is: \"unmodelled\" anomalies");
  generation_ = generation_of(policy, 2, generation_.get());
  const IpAddress everybody = IpAddress::v4(224, 0, 0, 251);
  EXPECT_EQ(told(finding(kUser, everybody, Anomaly::kFragmentLimit, kStart)).size(), 1U);
  EXPECT_EQ(told(finding(kUser, kData, Anomaly::kFragmentLimit, kStart)).size(), 0U);
}

// Live, with more to tell at the end than there is room for.
TEST_F(AnomalySteps, AtTheEndALiveJoinerWaitsForRoom) {
  constexpr uint8_t kMany = 40;
  const auto generation = generation_of(policy_asking_for("fragment-missing"), 1);
  SpscRing<Event> ring(16);
  FragmentJoiner joiner(RunMode::kLive, {.arena_bytes = 1 << 20, .datagrams = 64}, Checksums::kVerify, pool_->get(),
                        ring);
  const auto burst = std::make_unique<Burst>();
  for (uint8_t i = 0; i < kMany; ++i) {
    const frames::Ends ends{IpAddress::v4(10, 1, 0, i), kData};
    const auto frame = frames::fragment(ends, i, kIpProtoUdp, {0, frames::Bytes(400, 'x'), true});
    burst->mbuf[0] = rte_pktmbuf_alloc(pool_->get());
    ASSERT_NE(burst->mbuf[0], nullptr);
    std::ranges::copy(frame, rte_pktmbuf_append(burst->mbuf[0], static_cast<uint16_t>(frame.size())));
    burst->time[0] = kStart;
    ASSERT_EQ(joiner.join(*burst, 0, decode(frame, LinkType::kEthernet, {}), *generation), nullptr);
  }
  std::jthread at_the_end([&] { joiner.finish(*generation); });
  Event event;
  for (int heard = 0; heard < kMany;) heard += ring.pop(event) ? 1 : 0;
  at_the_end.join();
  EXPECT_EQ(joiner.told().events_shed.get(), 0U);
}

TEST(FragmentFindingTest, WhatEndedKeepsItsEndsAndItsNetwork) {
  EndedDatagram ended;
  ended.source = kUser;
  ended.destination = kData;
  ended.segment = 3;
  ended.vlan_outer = 4;
  ended.vlan_inner = 5;
  ended.protocol = kIpProtoUdp;
  ended.ip_version = 4;
  ended.start = kStart;
  ended.time = kStart + seconds(30);
  ended.shown = AnomalySet{} | Anomaly::kFragmentMissing;
  const FragmentFinding forth(ended);
  EXPECT_EQ(forth.key.low, kUser);
  EXPECT_EQ(forth.key.high, kData);
  EXPECT_TRUE(forth.from_low);
  EXPECT_EQ(forth.key.segment, 3U);
  EXPECT_EQ(forth.key.vlan_outer, 4);
  EXPECT_EQ(forth.key.vlan_inner, 5);
  EXPECT_EQ(forth.key.protocol, kIpProtoUdp);
  EXPECT_EQ(forth.key.ip_version, 4);
  EXPECT_EQ(forth.start, kStart);
  EXPECT_EQ(forth.time, kStart + seconds(30));
  EXPECT_EQ(forth.anomalies, ended.shown);
  std::swap(ended.source, ended.destination);
  const FragmentFinding back(ended);
  EXPECT_EQ(back.key.low, kUser);
  EXPECT_EQ(back.key.high, kData);
  EXPECT_FALSE(back.from_low);
}

TEST_F(FragmentTellerTest, AFullRingShedsTheEventAndCountsIt) {
  const auto user = [](uint8_t i) { return IpAddress::v4(10, 1, 0, i); };
  for (uint8_t i = 0; i < 20; ++i) teller_.tell(finding(user(i), kData, Anomaly::kFragmentLimit, kStart), *generation_);
  EXPECT_EQ(teller_.counters().events_shed.get(), 4U);
}

}  // namespace
}  // namespace glacis
