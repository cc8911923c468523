// One worker's steps, with times of the test's own: what sweeps tell and packets must hear of.
#include <gmock/gmock.h>
#include <rte_mbuf.h>

#include <cstring>

#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::ElementsAre;

const IpAddress kUser = IpAddress::v4(10, 1, 0, 7), kData = IpAddress::v4(10, 4, 0, 5);
constexpr uint16_t kPort = 40'000, kSsh = 22;
constexpr Nanos kStart = seconds(1'700'000'000);

// As kPolicyText, but nothing is forbidden and nothing is searched for.
constexpr const char* kLenient = R"(
  language: 1
  models { id: "m" drift_crossing: UNMODELLED_ALLOW drift_inside: UNMODELLED_ALLOW }
  zones { id: "users" models: 0 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 0 prefixes { address: "\012\004\000\000" length: 16 } }
)";

class PipelineTest : public EngineTest {
 protected:
  PipelineTest() : lenient_(generation_of(kLenient, 1)), strict_(generation_of(kPolicyText, 2)) {
    PipelineOptions options;
    options.mode = RunMode::kLive;
    options.flow_slots = 64;
    options.timeouts.report = seconds(60);
    pipeline_ = std::make_unique<Pipeline>(options, ring_, counters_);
  }

  void packet(Nanos after, bool from_user, uint8_t flags, const Generation& generation) {
    frames::Tcp header{.from = from_user ? kPort : kSsh, .to = from_user ? kSsh : kPort};
    header.flags = flags;
    const frames::Ends ends = from_user ? frames::Ends{kUser, kData} : frames::Ends{kData, kUser};
    put(frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, frames::tcp(header))), after, generation);
  }
  // Of the database's host: nobody listens.
  void refusal(Nanos after, const Generation& generation) {
    frames::Tcp header{.from = kPort, .to = kSsh};
    header.flags = kTcpSyn;
    const frames::Bytes quoted = frames::ip4({.ends = {kUser, kData}}, frames::tcp(header));
    put(frames::ethernet(frames::kIp4, frames::ip4({.ends = {kData, kUser}}, frames::icmp(kIpProtoIcmp, 3, 3, quoted))),
        after, generation);
  }
  void put(const frames::Bytes& frame, Nanos after, const Generation& generation) {
    rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool_->get());
    ASSERT_NE(mbuf, nullptr);
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
    Burst& burst = *burst_;
    burst.count = 1;
    burst.mbuf[0] = mbuf;
    burst.time[0] = burst.clock = kStart + after;
    burst.ordinal[0] = Ordinal(++ordinal_);
    burst.port[0] = PortId(0);
    pipeline_->process(burst, std::array{LinkType::kEthernet}, generation);
    rte_pktmbuf_free(mbuf);
  }
  void session() {
    packet(seconds(0), true, kTcpSyn, *lenient_);
    packet(seconds(1), false, kTcpSyn | kTcpAck, *lenient_);
    packet(seconds(2), true, kTcpAck, *lenient_);
  }
  // Kinds of the events since the last call.
  std::vector<EventKind> told() {
    std::vector<EventKind> out;
    for (Event event; ring_.pop(event);) out.push_back(event.kind);
    return out;
  }

  const std::shared_ptr<const Generation> lenient_, strict_;
  SpscRing<Event> ring_{1024};
  CoreCounters counters_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
  uint64_t ordinal_ = 0;
};

TEST_F(PipelineTest, AFlowThatBecameForbiddenAlertsAtItsNextPacket) {
  session();
  EXPECT_TRUE(told().empty());
  packet(seconds(3), true, kTcpAck, *strict_);
  EXPECT_THAT(told(), ElementsAre(EventKind::kJudged));
}

TEST_F(PipelineTest, AlsoWhenItWasReportedUnderTheNewPolicyBefore) {
  session();
  pipeline_->advance(kStart + seconds(61), *strict_);
  EXPECT_THAT(told(), ElementsAre(EventKind::kFlowEnd)) << "the record of a flow that goes on";
  packet(seconds(62), true, kTcpAck, *strict_);
  EXPECT_THAT(told(), ElementsAre(EventKind::kJudged));
  packet(seconds(63), true, kTcpAck, *strict_);
  EXPECT_TRUE(told().empty()) << "once";
}

TEST_F(PipelineTest, AlsoWhenItsMissingAnswerWasToldUnderTheNewPolicyBefore) {
  packet(seconds(0), true, kTcpSyn, *lenient_);
  pipeline_->advance(kStart + seconds(11), *strict_);
  EXPECT_TRUE(told().empty());
  packet(seconds(12), true, kTcpSyn, *strict_);
  EXPECT_THAT(told(), ElementsAre(EventKind::kJudged));
}

TEST_F(PipelineTest, AlsoWhenItWasRefusedUnderTheNewPolicyBefore) {
  packet(seconds(0), true, kTcpSyn, *lenient_);
  refusal(seconds(1), *strict_);
  EXPECT_TRUE(told().empty()) << "anyone can send an ICMP error";
  packet(seconds(2), true, kTcpSyn, *strict_);
  EXPECT_THAT(told(), ElementsAre(EventKind::kJudged));
}

}  // namespace
}  // namespace glacis
