// Ports of several queues, each read by a worker of its own, and what goes from one worker to another.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include "dataplane/worker/hand_over.h"
#include "tests/fakes/accounting.h"
#include "tests/fakes/ip_fragments.h"
#include "tests/unit/worker/engine_fixture.h"
#include "tests/unit/worker/ring_device.h"

namespace glacis {
namespace {

using testing::HasSubstr;

constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
const IpAddress kData = IpAddress::v4(10, 4, 0, 5);
using Conversation = std::vector<MemoryFrame>;
using Conversations = std::vector<Conversation>;

Conversations conversations(uint16_t count) {
  Conversations out;
  for (uint16_t i = 0; i < count; ++i) {
    const auto client = IpAddress::v4(10, 1, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i));
    Talk talk(client, static_cast<uint16_t>(30'000 + i), kData, i % 3 == 1 ? 22 : 5432, seconds(1'700'000'000));
    switch (i % 3) {
      case 0:
        talk.handshake().from_client(kPushAck, "select 1").from_server(kPushAck, "1").from_client(kTcpAck);
        break;
      case 1:
        talk.handshake().from_server(kPushAck, "SSH-2.0").from_client(kPushAck, "SSH-2.0").from_server(kTcpAck);
        break;
      default:
        talk.handshake().from_client(kPushAck, "card=41111111").from_client(kPushAck, "11111111 ").from_server(kTcpAck);
    }
    out.push_back(talk.frames());
  }
  return out;
}

// What was said of each flow, in its order and without times, which the wall clock gave.
class ByFlow final : public EventSink {
 public:
  void on_event(const Event& event, const Generation&) override {
    const FlowSnapshot& f = event.flow;
    std::string line = std::to_string(static_cast<int>(event.kind)) + " outcome " +
                       std::to_string(static_cast<int>(f.outcome)) + " rules";
    for (uint8_t i = 0; i < event.rule_count; ++i) line += " " + std::to_string(event.rules[i].value);
    line += " packets " + std::to_string(f.packets_to_responder) + "+" + std::to_string(f.packets_to_initiator) +
            " bytes " + std::to_string(f.bytes_to_responder) + "+" + std::to_string(f.bytes_to_initiator);
    const FlowKey& key = f.key;
    said[std::string(reinterpret_cast<const char*>(&key), sizeof key)].push_back(line);
  }
  void on_path(const PathAlert&, const Generation&) override {}
  std::map<std::string, std::vector<std::string>> said;
};

class QueuesTest : public EngineTest {
 protected:
  struct Run {
    EngineCounters counters;
    ByFlow heard;
  };

  // The conversations side by side, one packet of each at a time, every packet on any queue: the device
  // hashes as badly as it can. A flow's next packet comes when its last one has been looked at, so that
  // what is said of it does not depend on which worker is quicker. Once more if the machine stood still
  // for so long that attempts may have been told as unanswered.
  Run run(const Conversations& all, uint16_t workers, uint16_t queues, int attempts = 3) {
    const auto began = std::chrono::steady_clock::now();
    Run out;
    RingDevice device(queues, *pool_);
    auto engine = Engine::make(live(workers), {&device}, out.heard);
    if (!engine) {
      ADD_FAILURE() << engine.error().text();
      return out;
    }
    EXPECT_TRUE((*engine)->start(generation_of(policy_, 1)));
    std::mt19937 random(queues);
    for (size_t wave = 0; wave < all.front().size(); ++wave) {
      for (const auto& conversation : all) {
        device.send(static_cast<uint16_t>(random() % queues), conversation[wave].bytes);
      }
      wait_for(**engine, device.sent());
    }
    (*engine)->stop();
    out.counters = (*engine)->counters();
    expect_accounted(out.counters, device.sent());
    const bool slow = std::chrono::steady_clock::now() - began > std::chrono::seconds(9);
    return slow && attempts > 1 ? run(all, workers, queues, attempts - 1) : out;
  }

  // Every packet that was sent has been looked at or lost.
  static void wait_for(const Engine& engine, uint64_t sent) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      const EngineCounters c = engine.counters();
      if (c.processed + c.dropped() + c.ring_full >= sent) return;
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "of " << sent << " packets some are missing";
      std::this_thread::yield();
    }
  }
};

TEST_F(QueuesTest, FourWorkersOnMishashedQueuesSayWhatOneWorkerSays) {
  const auto all = conversations(600);
  const Run one = run(all, 1, 1), distributed = run(all, 4, 1), queues = run(all, 4, 4);
  ASSERT_EQ(one.heard.said.size(), 600U);
  EXPECT_EQ(one.counters.processed, 600U * 6);
  EXPECT_EQ(one.counters.handed_over, 0U);
  EXPECT_EQ(distributed.counters.handed_over, 0U);
  // Three of four packets meet a worker that is not theirs.
  EXPECT_NEAR(static_cast<double>(queues.counters.handed_over), 600 * 6 * 0.75, 200);
  for (const Run* other : {&distributed, &queues}) {
    EXPECT_EQ(other->heard.said, one.heard.said);
    EXPECT_EQ(other->counters.processed, one.counters.processed);
    EXPECT_EQ(other->counters.flows, one.counters.flows);
    EXPECT_EQ(other->counters.bytes, one.counters.bytes);
    EXPECT_EQ(other->counters.violations, one.counters.violations);
    EXPECT_EQ(other->counters.ring_full, 0U);
  }
}

// Fragments of one datagram meet where their datagram belongs, and this goes on to whoever owns its flow.
TEST_F(QueuesTest, FragmentsOnMishashedQueuesBecomeTheDatagramsThatOneWorkerSees) {
  constexpr size_t kFragments = 4, kDatagrams = 400;
  Conversations all;
  for (uint16_t i = 0; i < kDatagrams; ++i) {
    const frames::Ends ends{IpAddress::v4(10, 1, 0, static_cast<uint8_t>(i % 50)), kData};
    const std::string text =
        i % 2 == 0 ? std::string(60, 'x') + "card=4111111111111111 " + std::string(30, 'x') : std::string(112, 'y');
    Conversation one;
    for (auto& frame :
         frames::in_fragments(ends, frames::udp(static_cast<uint16_t>(30'000 + i), 5432, frames::text(text)), i, 32)) {
      one.push_back({seconds(1'700'000'000), std::move(frame), LinkType::kEthernet});
    }
    ASSERT_EQ(one.size(), kFragments);
    all.push_back(std::move(one));
  }
  const Run one = run(all, 1, 1), distributed = run(all, 4, 1), queues = run(all, 4, 4);
  EXPECT_EQ(one.counters.datagrams, kDatagrams);
  EXPECT_EQ(one.counters.processed, kDatagrams);
  EXPECT_GE(one.counters.violations, kDatagrams / 2) << "the cards";
  // Three of four fragments, and three of four datagrams again.
  EXPECT_NEAR(static_cast<double>(queues.counters.handed_over), kDatagrams * (kFragments + 1) * 0.75, 200);
  for (const Run* other : {&distributed, &queues}) {
    EXPECT_EQ(other->heard.said, one.heard.said);
    EXPECT_EQ(other->counters.datagrams, kDatagrams);
    EXPECT_EQ(other->counters.processed, kDatagrams);
    EXPECT_EQ(other->counters.violations, one.counters.violations);
  }
}

// Of IPv6 the first fragment's next header is the datagram's, whatever the others say: they meet all the same.
TEST_F(QueuesTest, FragmentsThatSayAnotherNextHeaderMeet) {
  constexpr uint16_t kDatagrams = 100;
  Conversations all;
  for (uint16_t i = 0; i < kDatagrams; ++i) {
    frames::Ends ends = frames::ends6();
    ends.from.bytes[15] = static_cast<uint8_t>(i);
    const auto body = frames::finished(frames::udp(40'000, 5432, frames::text(std::string(40, 'x'))), ends);
    Conversation one;
    for (const frames::Piece& piece : frames::pieces_of(body, 24)) {
      const uint8_t next = piece.offset == 0 ? kIpProtoUdp : uint8_t{253};
      const auto field = static_cast<uint16_t>(piece.offset | (piece.more ? 1 : 0));
      one.push_back(
          {seconds(1'700'000'000),
           frames::ethernet(frames::kIp6, frames::ip6_raw(ends, {frames::fragment_header(field)}, next, piece.bytes)),
           LinkType::kEthernet});
    }
    all.push_back(std::move(one));
  }
  EXPECT_EQ(run(all, 4, 4).counters.datagrams, kDatagrams);
}

// Two workers between whom one packet has room; bursts of many are there before they start.
TEST_F(QueuesTest, WhatFindsTheOwnersRingFullIsCountedAndFreed) {
  const auto all = conversations(600);
  RingDevice device(2, *pool_);
  for (size_t i = 0; i < all.size(); ++i) device.send(i % 2, all[i][0].bytes);
  EngineOptions options = live(2);
  options.packet_ring = 1;
  ByFlow heard;
  auto engine = Engine::make(options, {&device}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(policy_, 1)));
  wait_for(**engine, device.sent());
  (*engine)->stop();
  const EngineCounters c = (*engine)->counters();
  EXPECT_GT(c.ring_full, 0U);
  EXPECT_GT(c.handed_over, 0U);
  EXPECT_EQ(c.lost(), c.ring_full);
  expect_accounted(c, device.sent());
}

// Stopped in the middle of reading: what has been read is between workers, the rest stays in the device.
TEST_F(QueuesTest, WhatIsUnderWayWhenTheEngineStopsIsProcessed) {
  const auto all = conversations(900);
  for (int turn = 0; turn < 30; ++turn) {
    RingDevice device(4, *pool_);
    ByFlow heard;
    auto engine = Engine::make(live(4), {&device}, heard);
    ASSERT_TRUE(engine) << engine.error().text();
    for (size_t i = 0; i < 4 * all.size(); ++i) device.send(i % 4, all[i % all.size()][0].bytes);
    ASSERT_TRUE((*engine)->start(generation_of(policy_, 1)));
    while ((*engine)->counters().received == 0) std::this_thread::yield();
    (*engine)->stop();
    const EngineCounters c = (*engine)->counters();
    expect_accounted(c);
    EXPECT_EQ(c.ring_full, 0U);
    EXPECT_EQ(c.received + device.empty(), device.sent());
  }
}

TEST_F(QueuesTest, APortOfOneQueueBesideThemIsReadToo) {
  std::vector<MemoryFrame> frames;
  for (const auto& conversation : conversations(90))
    frames.insert(frames.end(), conversation.begin(), conversation.end());
  MemoryPort memory("memory", frames, *pool_, *stamp_, PortId(1), MemoryPort::AfterLast::kStayUp);
  RingDevice device(2, *pool_);
  ByFlow heard;
  auto engine = Engine::make(live(2), {&device, &memory}, heard);
  ASSERT_TRUE(engine) << engine.error().text();
  ASSERT_TRUE((*engine)->start(generation_of(policy_, 1)));
  const frames::Bytes arp = frames::ethernet(frames::kArp, frames::Bytes(28, 0));
  for (uint16_t i = 0; i < 40; ++i) device.send(i % 2, arp);
  wait_for(**engine, device.sent() + frames.size());
  (*engine)->stop();
  const EngineCounters c = (*engine)->counters();
  expect_accounted(c, device.sent() + frames.size());
  EXPECT_EQ(c.processed, frames.size());
  EXPECT_EQ(c.decode[static_cast<size_t>(DecodeResult::kNotIp)], 40U) << "no worker owns them";
  EXPECT_EQ(heard.said.size(), 90U);
}

TEST_F(QueuesTest, QueuesThatNobodyWouldReadAreRefusedByName) {
  RingDevice device(3, *pool_);
  ByFlow heard;
  auto engine = Engine::make(live(2), {&device}, heard);
  ASSERT_FALSE(engine);
  EXPECT_THAT(engine.error().text(), HasSubstr("ring: has 3 queues and 2 workers read them"));
  EngineOptions replay = live(3);
  replay.mode = RunMode::kReplay;
  engine = Engine::make(replay, {&device}, heard);
  ASSERT_FALSE(engine);
  EXPECT_THAT(engine.error().text(), HasSubstr("has 3 queues, a replay reads one"));
}

TEST(Lcores, ADistributorNeedsOneOfItsOwn) {
  EXPECT_EQ(lcores_for(1), 1U);
  EXPECT_EQ(lcores_for(4), 5U);
  EXPECT_EQ(lcores_for(4, 4), 4U);
}

// Without threads: what one worker gives the other takes, in the order in which it was read.
TEST_F(QueuesTest, HandedOverPacketsKeepTheirOrderAndTheirTimes) {
  std::vector<MemoryFrame> frames;
  for (const auto& conversation : conversations(32)) frames.push_back(conversation[0]);
  for (size_t i = 0; i < frames.size(); ++i)
    frames[i].time = seconds(1'700'000'000) + milliseconds(static_cast<int64_t>(i));
  MemoryPort port("memory", frames, *pool_, *stamp_);
  RxPort* const ports[] = {&port};
  Reader reader(RunMode::kReplay, ports, *stamp_), other(RunMode::kReplay, ports, *stamp_);
  auto rings = HandOverRings::make(2, 64);
  ASSERT_TRUE(rings) << rings.error().text();
  SpscRing<Event> events(16);
  FragmentJoiner joiner(RunMode::kLive, {.arena_bytes = 1 << 20, .datagrams = 16}, Checksums::kVerify, pool_->get(),
                        events);
  HandOver first(WorkerId(0), 7, VlanInKey::kYes, **rings, joiner, *stamp_),
      second(WorkerId(1), 7, VlanInKey::kYes, **rings, joiner, *stamp_);
  RxBurst own, given;
  reader.read(own, 32);
  ASSERT_EQ(own.burst.count, 32);
  first.keep_own(own, *generation_of(policy_, 1));
  second.take(given, 32);
  other.take_over(given);
  ASSERT_EQ(own.burst.count + given.burst.count, 32);
  EXPECT_EQ(first.handed_over(), given.burst.count);
  EXPECT_EQ(first.ring_full(), 0U);
  for (RxBurst* rx : {&own, &given}) {
    ASSERT_GT(rx->burst.count, 0);
    for (uint16_t i = 0; i < rx->burst.count; ++i) {
      const MemoryFrame& sent = frames[rx->burst.ordinal[i].value - 1];
      const auto* bytes = rte_pktmbuf_mtod(rx->burst.mbuf[i], const uint8_t*);
      EXPECT_EQ(frames::Bytes(bytes, bytes + rte_pktmbuf_data_len(rx->burst.mbuf[i])), sent.bytes);
      EXPECT_EQ(rx->burst.time[i], sent.time);
    }
    const auto last = rx->burst.ordinal.begin() + rx->burst.count;
    EXPECT_TRUE(std::is_sorted(rx->burst.ordinal.begin(), last));
    rte_pktmbuf_free_bulk(rx->burst.mbuf.data(), rx->burst.count);
  }
}

}  // namespace
}  // namespace glacis
