#include "tests/fakes/open_loop_source.h"

#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "dataplane/packet/layers.h"
#include "tests/fakes/frames.h"

namespace glacis {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr unsigned kBurst = 32;
constexpr size_t kSequenceAt = 14 + 20 + 4, kChecksumAt = 14 + 20 + 16;
constexpr size_t kIdAt = 14 + 4, kHeaderChecksumAt = 14 + 10, kSourceAt = 14 + 12;
constexpr uint16_t kFloodFlows = 200, kFloodSources = 100;
constexpr uint16_t kFirstOfFlood = 50'000;  // conversations have numbers below

uint16_t word(const std::vector<uint8_t>& bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// RFC 1624, equation 3: the checksum after one word changed.
void change_word(std::vector<uint8_t>& frame, size_t at, uint16_t value, size_t checksum_at) {
  uint32_t sum = static_cast<uint16_t>(~word(frame, checksum_at)) + static_cast<uint16_t>(~word(frame, at)) + value;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  frames::set16(frame, at, value);
  frames::set16(frame, checksum_at, static_cast<uint16_t>(~sum));
}

std::vector<uint8_t> frame_of(const frames::Ends& ends, const frames::Tcp& tcp, const std::string& payload) {
  return frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, frames::tcp(tcp, frames::text(payload))));
}

}  // namespace

OpenLoopSource::OpenLoopSource(const Options& options, MbufPool& pool, rte_ring* ring)
    : pool_(pool), ring_(ring), options_(options) {
  for (uint16_t i = 0; i < options.flows; ++i) add_flow(i, 0, flows_);
  if (options.flood == Flood::kOutOfOrder) {
    for (uint16_t i = 0; i < kFloodFlows; ++i) add_flow(kFirstOfFlood + i, options.payload_bytes, flood_flows_);
  }
  if (options.flood == Flood::kFragments) {
    constexpr uint16_t kMoreFollow = 0x2000;
    const frames::Ends ends{IpAddress::v4(10, 1, 200, 0), IpAddress::v4(10, 4, 0, 5)};
    fragment_ = frames::ethernet(frames::kIp4, frames::ip4_raw({.ends = ends, .fragment = kMoreFollow}, 17,
                                                               std::vector<uint8_t>(options.payload_bytes / 8 * 8)));
  }
}

void OpenLoopSource::add_flow(uint16_t number, uint32_t hole, std::vector<Flow>& to) {
  const IpAddress client = IpAddress::v4(10, 1, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
  const IpAddress server = IpAddress::v4(10, 4, 0, 5);
  const bool forbidden = number % options_.forbidden_every == 0;
  frames::Tcp up{.from = static_cast<uint16_t>(20'000 + number),
                 .to = static_cast<uint16_t>(forbidden ? 22 : 5432),
                 .flags = kTcpSyn};
  const frames::Tcp down{.from = up.to, .to = up.from, .seq = 9000, .ack = up.seq + 1, .flags = kTcpSyn | kTcpAck};
  greetings_.push_back(frame_of({client, server}, up, ""));
  greetings_.push_back(frame_of({server, client}, down, ""));
  up.seq += 1;
  up.ack = 9001;
  up.flags = kTcpAck;
  greetings_.push_back(frame_of({client, server}, up, ""));
  std::string payload;
  while (payload.size() < options_.payload_bytes)
    payload += "insert into orders values (" + std::to_string(number) + "); ";
  payload.resize(options_.payload_bytes);
  up.flags = kTcpPsh | kTcpAck;
  to.push_back({{client, server}, up, frame_of({client, server}, up, payload), up.seq, hole});
}

rte_mbuf* OpenLoopSource::mbuf_of(const std::vector<uint8_t>& frame) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_.get());
  if (mbuf == nullptr) return nullptr;
  std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
  return mbuf;
}

rte_mbuf* OpenLoopSource::next_packet() {
  const bool of_flood = options_.flood != Flood::kNone && made_ % 2 == 1;
  rte_mbuf* const mbuf = !of_flood                             ? next_of(flows_, next_)
                         : options_.flood == Flood::kFragments ? next_fragment()
                                                               : next_of(flood_flows_, next_of_flood_);
  if (mbuf != nullptr) ++made_;
  return mbuf;
}

rte_mbuf* OpenLoopSource::next_of(std::vector<Flow>& flows, size_t& next) {
  Flow& flow = flows[next];
  rte_mbuf* mbuf = mbuf_of(flow.frame);
  if (mbuf == nullptr) return nullptr;
  next = (next + 1) % flows.size();
  flow.sequence += static_cast<uint32_t>(flow.frame.size() - (14 + 20 + 20)) + flow.hole;
  change_word(flow.frame, kSequenceAt, static_cast<uint16_t>(flow.sequence >> 16), kChecksumAt);
  change_word(flow.frame, kSequenceAt + 2, static_cast<uint16_t>(flow.sequence), kChecksumAt);
  return mbuf;
}

// Of a datagram of its own.
rte_mbuf* OpenLoopSource::next_fragment() {
  rte_mbuf* mbuf = mbuf_of(fragment_);
  if (mbuf == nullptr) return nullptr;
  ++next_of_flood_;
  change_word(fragment_, kIdAt, static_cast<uint16_t>(next_of_flood_ / kFloodSources), kHeaderChecksumAt);
  const auto source = static_cast<uint16_t>(200 << 8 | next_of_flood_ % kFloodSources);
  change_word(fragment_, kSourceAt + 2, source, kHeaderChecksumAt);
  return mbuf;
}

void OpenLoopSource::say(std::string_view text) {
  const size_t half = text.size() / 2;
  const auto send_one = [&](const Flow& flow, size_t from, size_t bytes) {
    frames::Tcp tcp = flow.tcp;
    tcp.seq = flow.sequence + static_cast<uint32_t>(from);
    const auto frame = frame_of(flow.ends, tcp, std::string(text.substr(from, bytes)));
    rte_mbuf* mbuf = nullptr;
    while ((mbuf = mbuf_of(frame)) == nullptr) std::this_thread::yield();
    put(&mbuf, 1, WhenFull::kWait);
  };
  for (Flow& flow : flows_) {
    send_one(flow, half, text.size() - half);
    send_one(flow, 0, half);
    flow.sequence += static_cast<uint32_t>(text.size());
  }
}

void OpenLoopSource::put(rte_mbuf** packets, unsigned count, WhenFull when_full) {
  sent_.fetch_add(count, std::memory_order_release);
  for (;;) {
    const unsigned taken = rte_ring_sp_enqueue_burst(ring_, reinterpret_cast<void**>(packets), count, nullptr);
    packets += taken;
    count -= taken;
    if (count == 0) return;
    if (when_full == WhenFull::kLose) break;
    std::this_thread::yield();
  }
  refused_.fetch_add(count, std::memory_order_release);
  rte_pktmbuf_free_bulk(packets, count);
}

void OpenLoopSource::send(uint64_t count, WhenFull when_full) {
  rte_mbuf* packets[kBurst];
  while (count > 0) {
    const auto most = static_cast<unsigned>(std::min<uint64_t>(count, kBurst));
    unsigned made = 0;
    while (made < most && (packets[made] = next_packet()) != nullptr) ++made;
    put(packets, made, when_full);
    count -= made;
    if (made == most) continue;
    if (when_full == WhenFull::kWait) {
      std::this_thread::yield();
      continue;
    }
    sent_.fetch_add(most - made, std::memory_order_release);
    refused_.fetch_add(most - made, std::memory_order_release);
    count -= most - made;
  }
}

void OpenLoopSource::greet() {
  for (const auto& frame : greetings_) {
    rte_mbuf* mbuf = nullptr;
    while ((mbuf = mbuf_of(frame)) == nullptr) std::this_thread::yield();
    put(&mbuf, 1, WhenFull::kWait);
  }
  greetings_.clear();
}

// Asks as a producer does: rte_ring_empty() reads plainly what the consumer writes.
bool OpenLoopSource::drained() const {
  unsigned room = 0;
  rte_ring_sp_enqueue_burst(ring_, nullptr, 0, &room);
  return room == rte_ring_get_capacity(ring_);
}

double OpenLoopSource::measure_capacity(uint64_t packets) {
  double per_s = 0;
  std::thread([&] {
    rte_thread_register();  // for the pool's cache
    greet();
    send(packets / 4, WhenFull::kWait);
    while (!drained()) std::this_thread::yield();
    const auto began = SteadyClock::now();
    send(packets, WhenFull::kWait);
    while (!drained()) std::this_thread::yield();
    per_s = static_cast<double>(packets) / std::chrono::duration<double>(SteadyClock::now() - began).count();
    rte_thread_unregister();
  }).join();
  return per_s;
}

void OpenLoopSource::start(double packets_per_s) {
  stop_.store(false);
  thread_ = std::thread([this, packets_per_s] { run(packets_per_s); });
}

void OpenLoopSource::stop() {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
}

void OpenLoopSource::run(double packets_per_s) {
  rte_thread_register();
  const auto began = SteadyClock::now();
  uint64_t offered = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    const double passed = std::chrono::duration<double>(SteadyClock::now() - began).count();
    const auto due = static_cast<uint64_t>(passed * packets_per_s);
    if (due <= offered) continue;
    send(due - offered, WhenFull::kLose);
    offered = due;
  }
  rte_thread_unregister();
}

}  // namespace glacis
