// Whose reading a match stood in: `stack` of the end that receives it decides.
#include <gmock/gmock.h>
#include <rte_mbuf.h>

#include <cstring>

#include "tests/fakes/ip_fragments.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::ElementsAre;

constexpr auto kTarget = EvidenceReading::kTarget, kOther = EvidenceReading::kOther;
constexpr uint8_t kPushAck = kTcpPsh | kTcpAck;
const IpAddress kUser = IpAddress::v4(10, 1, 0, 7), kData = IpAddress::v4(10, 4, 0, 5);
constexpr Nanos kStart = seconds(1'700'000'000);
constexpr std::string_view kCard = "card=5555555555554444";

struct Stacks {
  std::string users = "UNSPECIFIED", data = "UNSPECIFIED";
};

std::string policy_with(const Stacks& stacks) {
  std::string out = kPolicyText;
  const auto say = [&out](const std::string& behind, const std::string& stack) {
    out.insert(out.find(behind) + behind.size(), " stack: STACK_" + stack);
  };
  say("trust: 30", stacks.users);
  say("trust: 80", stacks.data);
  return out + "zones { id: \"internet\" models: 0 any: true stack: STACK_CISCO }\n";
}

Talk from_user() { return Talk(kUser, 40'000, kData, 5432, kStart).handshake(); }
// "Client" is who sends the card: here the end that answers.
Talk from_data() {
  return Talk(kData, 5432, kUser, 40'000, kStart)
      .from_server(kTcpSyn)
      .from_client(kTcpSyn | kTcpAck)
      .from_server(kTcpAck);
}
// What comes last before the hole is filled begins where what waits does, and ends behind it.
Talk& overlap(Talk& talk) {
  return talk.from_client(kPushAck, "x card=")
      .from_client_at(4, "________")
      .from_client_at(4, "555555554444")
      .from_client(kPushAck, "5555");
}

class TargetStackTest : public EngineTest {
 protected:
  std::vector<EvidenceReading> readings(const std::vector<MemoryFrame>& frames, const Stacks& stacks,
                                        uint16_t workers = 1) {
    policy_ = policy_with(stacks);
    Heard heard;
    replay(frames, heard, workers);
    return heard.readings;
  }
};

TEST_F(TargetStackTest, OverlappingSegmentsAreReadAsTheirReceiverDoes) {
  const std::pair<const char*, EvidenceReading> rows[] = {
      {"UNSPECIFIED", kTarget}, {"LINUX", kTarget}, {"LINUX_OLD", kTarget}, {"WINDOWS", kOther}, {"WINDOWS_XP", kOther},
      {"BSD", kOther},          {"MACOS", kOther},  {"SOLARIS", kTarget},   {"HPUX", kTarget},   {"CISCO", kTarget}};
  for (const auto& [stack, reading] : rows) {
    for (const bool to_responder : {true, false}) {
      Talk talk = to_responder ? from_user() : from_data();
      const auto frames = overlap(talk).frames();
      Stacks receives, sends;
      (to_responder ? receives.data : receives.users) = stack;
      (to_responder ? sends.users : sends.data) = stack;
      EXPECT_THAT(readings(frames, receives), ElementsAre(reading)) << stack << to_responder;
      EXPECT_THAT(readings(frames, sends), ElementsAre(kTarget)) << stack << to_responder;
    }
  }
}

// A pattern behind a difference, in bytes that both readings have.
TEST_F(TargetStackTest, WhatBothReadingsHaveIsTheTargets) {
  const auto frames = from_user()
                          .from_client(kPushAck, "good")
                          .from_client_at(-4, "EVIL")
                          .from_client(kPushAck, std::string(kCard) + " ")
                          .frames();
  EXPECT_THAT(readings(frames, {}), ElementsAre(kTarget));
}

// With the card, or with its words of 16 bits in another order, so that both have one checksum.
std::string text_with(bool card) {
  std::string out(64, 'x');
  out.replace(8, kCard.size(), kCard);
  const size_t end = 8 + (kCard.size() + 1) / 2 * 2;
  for (size_t i = 8, k = end - 2; !card && i < k; i += 2, k -= 2) {
    std::swap(out[i], out[k]);
    std::swap(out[i + 1], out[k + 1]);
  }
  return out;
}

// Of a UDP datagram: 48 bytes, as many from `shift` on with the other text, and the rest. The card's place is in both.
std::vector<frames::Piece> conflicting(const frames::Ends& ends, bool card_first, size_t shift) {
  const auto body = [&ends](bool card) {
    return frames::finished(frames::udp(40'000, 5432, frames::text(text_with(card))), ends);
  };
  const auto piece = [](const frames::Bytes& of, size_t from, size_t to) {
    const auto at = [&of](size_t offset) { return of.begin() + static_cast<ptrdiff_t>(offset); };
    return frames::Piece{from, {at(from), at(to)}, to < of.size()};
  };
  const frames::Bytes first = body(card_first), second = body(!card_first);
  return {piece(first, 0, 48), piece(second, shift, shift + 48), piece(first, shift + 48, first.size())};
}

std::vector<MemoryFrame> conflicting(bool card_first, size_t shift) {
  const frames::Ends ends{kUser, kData};
  std::vector<MemoryFrame> out;
  for (const frames::Piece& piece : conflicting(ends, card_first, shift)) {
    out.push_back({kStart, frames::fragment(ends, 9, kIpProtoUdp, piece), LinkType::kEthernet});
  }
  return out;
}

std::vector<MemoryFrame> conflicting6(bool card_first, size_t shift) {
  const frames::Ends ends = frames::ends6();
  std::vector<MemoryFrame> out;
  for (const frames::Piece& piece : conflicting(ends, card_first, shift)) {
    const auto field = static_cast<uint16_t>(piece.offset | (piece.more ? 1 : 0));
    const frames::Bytes packet = frames::ip6_raw(ends, {frames::fragment_header(field)}, kIpProtoUdp, piece.bytes);
    out.push_back({kStart, frames::ethernet(frames::kIp6, packet), LinkType::kEthernet});
  }
  return out;
}

// Shifted by 0: the same bytes again, which no family discards for; by 8: an overlap.
TEST_F(TargetStackTest, OverlappingFragmentsAreReadAsTheirTargetDoesWhoeverPutsThemTogether) {
  struct Row {
    const char* stack;
    size_t shift;
    EvidenceReading card_first, card_second;
  };
  const Row rows[] = {
      {"UNSPECIFIED", 0, kTarget, kOther}, {"LINUX", 0, kTarget, kOther},      {"WINDOWS", 0, kTarget, kOther},
      {"LINUX_OLD", 0, kOther, kTarget},   {"WINDOWS_XP", 0, kTarget, kOther}, {"BSD", 0, kTarget, kOther},
      {"MACOS", 0, kTarget, kOther},       {"SOLARIS", 0, kTarget, kOther},    {"HPUX", 0, kTarget, kOther},
      {"CISCO", 0, kOther, kTarget},       {"UNSPECIFIED", 8, kOther, kOther}, {"LINUX", 8, kOther, kOther},
      {"WINDOWS", 8, kOther, kOther},      {"LINUX_OLD", 8, kTarget, kOther},  {"BSD", 8, kTarget, kOther},
      {"CISCO", 8, kOther, kTarget}};
  for (const Row& row : rows) {
    const Stacks stacks{.users = "UNSPECIFIED", .data = row.stack};
    for (const uint16_t workers : {1, 2, 4}) {
      SCOPED_TRACE(std::string(row.stack) + " by " + std::to_string(row.shift) + ", workers " +
                   std::to_string(workers));
      EXPECT_THAT(readings(conflicting(true, row.shift), stacks, workers), ElementsAre(row.card_first));
      EXPECT_THAT(readings(conflicting(false, row.shift), stacks, workers), ElementsAre(row.card_second));
    }
  }
}

// To an address whose stack is Cisco's, which of IPv4 takes what comes last.
TEST_F(TargetStackTest, OverlappingFragmentsOfIpv6AreDiscardedByEveryStack) {
  EXPECT_THAT(readings(conflicting6(true, 0), {}), ElementsAre(kTarget)) << "the same bytes again";
  EXPECT_THAT(readings(conflicting6(false, 0), {}), ElementsAre(kOther));
  EXPECT_THAT(readings(conflicting6(true, 8), {}), ElementsAre(kOther));
  EXPECT_THAT(readings(conflicting6(false, 8), {}), ElementsAre(kOther));
}

// Its fragments overlap in bytes that are the same: nothing is hidden, and it is dropped all the same.
TEST_F(TargetStackTest, WhatIsCarriedByAPacketThatItsTargetDiscardsIsNotTheTargets) {
  const frames::Ends inner{kUser, kData}, outer{IpAddress::v4(10, 1, 0, 1), IpAddress::v4(10, 4, 0, 1)};
  const frames::Bytes body =
      frames::ip4({.ends = inner}, frames::udp(40'000, 5432, frames::text(std::string(kCard) + std::string(40, 'x'))));
  const auto frame = [&](size_t from, size_t to) {
    const auto at = [&](size_t offset) { return body.begin() + static_cast<ptrdiff_t>(offset); };
    const frames::Piece piece{from, {at(from), at(to)}, to < body.size()};
    return MemoryFrame{kStart, frames::fragment(outer, 9, kIpProtoIp4, piece), LinkType::kEthernet};
  };
  const std::vector<MemoryFrame> frames{frame(0, 48), frame(40, 64), frame(64, body.size())};
  EXPECT_THAT(readings(frames, {.users = "LINUX", .data = "LINUX"}), ElementsAre(kOther));
  EXPECT_THAT(readings(frames, {.users = "LINUX", .data = "WINDOWS_XP"}), ElementsAre(kTarget));
}

TEST(TargetDrops, HoldsForAllThatIsInside) {
  const frames::Bytes inner = frames::ip4({}, frames::udp(40'000, 5432));
  DatagramAround around;
  for (const bool drops : {true, false}) {
    around.target_drops = drops;
    for (const frames::Bytes& packet : {inner, frames::ip4_raw({}, kIpProtoIp4, inner)}) {
      const Layers layers = decode_datagram(packet, around);
      EXPECT_EQ(layers.target_drops, drops);
      EXPECT_EQ(DatagramAround(layers).target_drops, drops);
    }
  }
}

TEST_F(TargetStackTest, WhatItsReceiverDropsForItsChecksumIsNotTheTargets) {
  for (const bool spoilt : {false, true}) {
    frames::Bytes packet =
        frames::ip4({.ends = {kUser, kData}}, frames::udp(40'000, 5432, frames::text(std::string(kCard))));
    if (spoilt) packet[20 + 6] ^= 0xff;  // of the UDP header's checksum
    const std::vector<MemoryFrame> frames{{kStart, frames::ethernet(frames::kIp4, packet), LinkType::kEthernet}};
    EXPECT_THAT(readings(frames, {}), ElementsAre(spoilt ? kOther : kTarget));
  }
}

// One worker's steps, each frame under a generation of the test's choice.
class TargetStackSwap : public EngineTest {
 protected:
  TargetStackSwap()
      : linux_(generation_of(policy_with({.users = "LINUX", .data = "LINUX"}), 1)),
        windows_(generation_of(policy_with({.users = "WINDOWS_XP", .data = "WINDOWS_XP"}), 2, linux_.get())),
        streams_(*ScanStreams::make(linux_->shared_patterns(), {.flows = 16})),
        joiner_(RunMode::kReplay, {.arena_bytes = 1 << 20, .datagrams = 16}, Checksums::kVerify, pool_->get(), ring_) {
    PipelineOptions options;
    options.flow_slots = 64;
    options.joiner = &joiner_;
    pipeline_ = std::make_unique<Pipeline>(options, ring_, counters_);
    pipeline_->content().offer(streams_.get());
  }
  // The first `before` of them under linux_.
  std::vector<EvidenceReading> readings(const std::vector<MemoryFrame>& frames, size_t before) {
    for (size_t i = 0; i < frames.size(); ++i) put(frames[i], i < before ? *linux_ : *windows_);
    std::vector<EvidenceReading> out;
    for (Event event; ring_.pop(event);) {
      if (event.evidence.bytes != 0) out.push_back(event.evidence.reading);
    }
    return out;
  }
  void put(const MemoryFrame& frame, const Generation& generation) {
    rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool_->get());
    ASSERT_NE(mbuf, nullptr);
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.bytes.size())), frame.bytes.data(),
                frame.bytes.size());
    Burst& burst = *burst_;
    burst.count = 1;
    burst.mbuf[0] = mbuf;
    burst.time[0] = burst.clock = frame.time;
    burst.ordinal[0] = Ordinal(++ordinal_);
    burst.port[0] = PortId(0);
    pipeline_->process(burst, std::array{LinkType::kEthernet}, generation);
    if (burst.mbuf[0] != nullptr) rte_pktmbuf_free(burst.mbuf[0]);
  }

  const std::shared_ptr<const Generation> linux_, windows_;
  const std::unique_ptr<ScanStreams> streams_;
  SpscRing<Event> ring_{1024};
  FragmentJoiner joiner_;
  CoreCounters counters_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
  uint64_t ordinal_ = 0;
};

// Its first payload is the fourth frame.
TEST_F(TargetStackSwap, AStreamKeepsTheStackThatItWasOpenedUnder) {
  Talk talk = from_user();
  EXPECT_THAT(readings(overlap(talk).frames(), 4), ElementsAre(kTarget)) << "of Linux";
}

TEST_F(TargetStackSwap, AStreamIsOpenedUnderTheStackOfItsFirstPayload) {
  Talk talk = from_user();
  EXPECT_THAT(readings(overlap(talk).frames(), 3), ElementsAre(kOther)) << "of Windows XP";
}

TEST_F(TargetStackSwap, ADatagramKeepsTheStackOfItsFirstFragment) {
  EXPECT_THAT(readings(conflicting(true, 8), 1), ElementsAre(kOther)) << "Linux discards it";
}

TEST_F(TargetStackSwap, TheNextDatagramHasTheNewStack) {
  EXPECT_THAT(readings(conflicting(true, 8), 0), ElementsAre(kTarget)) << "Windows XP keeps what came first";
}

}  // namespace
}  // namespace glacis
