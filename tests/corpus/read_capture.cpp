// What the production decoder, joiner of fragments, flow table and reassembler make of a capture, to be compared:
//   read_capture CAPTURE
// Lines with tabs between their fields; addresses and bytes in hex:
//   packet result tunnels kind version source destination protocol source-port destination-port quoted bytes
//          anomalies flow
//   flow number protocol low low-port high high-port packets bytes packets bytes
//   stream source source-port destination destination-port flows anomalies bytes
//   other source source-port destination destination-port bytes
//   skipped N
// A packet is the innermost IP packet; one that makes a datagram whole is that datagram. Ports are 0 where a protocol
// has none, `quoted` is 1 for an ICMP error; anomalies are the packet's own and those that its flow and stream show at
// it. A flow's number is that of the packet that made it, 0: the packet is of none; packets and layer 3 bytes are those
// that the low end sent, then the high one's. A stream is what was read of one direction of TCP between two ends, a dot
// at each hole, of so many flows one behind the other; `other` is each run of the other reading. Every flow is read as
// where a policy searches streams. Checksums are judged in packets and trusted in streams; VLANs tell no flows apart,
// as others do not. As in a replay, a packet that is older than one before it has that one's time.
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "dataplane/flow/flow_table.h"
#include "dataplane/packet/frame.h"
#include "dataplane/policy/features.h"
#include "dataplane/policy/generation.h"
#include "dataplane/port/capture_reader.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/stream/reassembler.h"
#include "dataplane/worker/content.h"
#include "dataplane/worker/conversation.h"
#include "dataplane/worker/fragment_joiner.h"
#include "glacis/v1/policy.pb.h"
#include "sensor/runtime/eal.h"

namespace {

using namespace glacis;

constexpr const char* kResults[] = {"ok",         "not-ip",   "truncated", "bad-length",
                                    "bad-header", "fragment", "too-deep",  "unsupported"};
static_assert(std::size(kResults) == static_cast<size_t>(DecodeResult::kCount));

constexpr uint32_t kFlows = 65'536, kStreams = 16'384;

std::string hex(std::span<const uint8_t> bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

std::string address(const IpAddress& address, uint8_t version) {
  return hex(std::span(address.bytes).subspan(version == 4 ? 12 : 0));
}

bool has_ports(uint8_t protocol) {
  return protocol == kIpProtoTcp || protocol == kIpProtoUdp || protocol == kIpProtoSctp;
}

std::string ends_of(const Layers& layers, std::span<const uint8_t> frame) {
  const uint8_t version = layers.key.ip_version;
  if (layers.icmp_error) {  // its key is that of the packet it quotes
    const auto header = frame.subspan(layers.l3_offset);
    const size_t first = version == 4 ? 12 : 8, bytes = version == 4 ? 4 : 16;
    return hex(header.subspan(first, bytes)) + "\t" + hex(header.subspan(first + bytes, bytes)) +
           (version == 4 ? "\t1\t0\t0\t1" : "\t58\t0\t0\t1");
  }
  const bool ports = has_ports(layers.key.protocol);
  return address(layers.source(), version) + "\t" + address(layers.destination(), version) + "\t" +
         std::to_string(layers.key.protocol) + "\t" + std::to_string(ports ? layers.source_port() : 0) + "\t" +
         std::to_string(ports ? layers.destination_port() : 0) + "\t0";
}

std::string names_of(AnomalySet anomalies) {
  std::string out;
  for (unsigned a = 0; a < static_cast<unsigned>(Anomaly::kCount); ++a) {
    if (anomalies.has(static_cast<Anomaly>(a))) out += std::string(kAnomalyNames[a]) + ",";
  }
  return out;
}

void print(const Layers& layers, std::span<const uint8_t> frame, uint64_t flow) {
  const bool keyed = layers.result == DecodeResult::kOk || layers.result == DecodeResult::kFragment;
  std::printf("packet\t%s\t%u\t%s\t%u\t%s\t%u\t%s\t%lu\n", kResults[static_cast<size_t>(layers.result)],
              unsigned{layers.tunnels}, kTunnelNames[static_cast<size_t>(layers.tunnel)].data(),
              unsigned{layers.key.ip_version}, keyed ? ends_of(layers, frame).c_str() : "\t\t0\t0\t0\t0",
              unsigned{layers.l3_bytes}, names_of(layers.anomalies).c_str(), flow);
}

template <class T, class E>
T value_of(std::expected<T, E> made, const char* what) {
  if (!made) throw std::runtime_error(std::string("cannot make ") + what);
  return std::move(*made);
}

// Fragments through the joiner of a replay, under a policy that says nothing of their targets. DPDK begins and ends
// with it, as it takes mbufs. Throws std::runtime_error where that fails.
class Joining {
 public:
  explicit Joining(const DecodeOptions& options) : options_(options) {
    (void)value_of(sensor::start_eal({}), "DPDK's memory");
    small_ = value_of(MbufPool::make("fragments", kMbufs), "mbufs");
    large_ = value_of(MbufPool::make("datagrams", kMbufs, 0xffff, FragmentJoiner::kPrivateBytes), "large mbufs");
    v1::Policy policy;
    policy.set_language(kPolicyLanguage);
    generation_ = value_of(build_generation(policy.SerializeAsString(), GenerationId(1), 1, nullptr), "a policy");
    joiner_.emplace(RunMode::kReplay, DefragmentOptions{}, options.checksums, large_->get(), events_);
  }
  ~Joining() {
    rte_pktmbuf_free(datagram());
    small_.reset();
    large_.reset();
    sensor::stop_eal();
  }
  Joining(const Joining&) = delete;
  Joining& operator=(const Joining&) = delete;

  // As Pipeline::join_fragments(): the datagram that was made whole, until the next call, and its layers; or no bytes,
  // and what was odd about the fragment beside its own layers.
  std::span<const uint8_t> join(std::span<const uint8_t> frame, Layers& layers, Nanos time) {
    joiner_->advance(time, *generation_);
    const auto before = told();
    rte_pktmbuf_free(datagram());
    datagram() = mbuf_of(frame);
    burst_->time[0] = time;
    for (int joined = 0; joined < kMaxTunnels && layers.result == DecodeResult::kFragment; ++joined) {
      datagram() = joiner_->join(*burst_, 0, layers, *generation_);
      if (datagram() == nullptr) {
        layers.anomalies.add(told_since(before));
        return {};
      }
      layers = layers_of_datagram(datagram(), options_);
    }
    return frame_of(datagram());
  }

 private:
  static constexpr uint32_t kMbufs = 8;
  using Told = std::array<uint64_t, kAnomalyNames.size()>;

  rte_mbuf*& datagram() { return burst_->mbuf[0]; }
  rte_mbuf* mbuf_of(std::span<const uint8_t> frame) {
    const bool fits = frame.size() + RTE_PKTMBUF_HEADROOM <= kMbufDataRoom;
    rte_mbuf* const out = rte_pktmbuf_alloc(fits ? small_->get() : large_->get());
    void* const at = rte_pktmbuf_append(out, static_cast<uint16_t>(std::min<size_t>(frame.size(), UINT16_MAX)));
    if (at == nullptr) throw std::runtime_error("a fragment's frame is longer than an mbuf");
    std::memcpy(at, frame.data(), frame.size());
    return out;
  }
  Told told() const {
    Told out;
    for (size_t a = 0; a < out.size(); ++a) out[a] = joiner_->counters().anomalies.get(a);
    return out;
  }
  AnomalySet told_since(const Told& before) const {
    AnomalySet out;
    const Told now = told();
    for (size_t a = 0; a < now.size(); ++a) {
      if (now[a] != before[a]) out.add(static_cast<Anomaly>(a));
    }
    return out;
  }

  const DecodeOptions options_;
  std::unique_ptr<MbufPool> small_, large_;
  std::shared_ptr<const Generation> generation_;
  SpscRing<Event> events_{2};  // no step asks for any
  std::optional<FragmentJoiner> joiner_;
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
};

// Frames -> packets -> flows -> streams, step by step as the pipeline takes them.
class Capture {
 public:
  Capture() : table_(kFlows, FlowTimeouts{}, 1), reassembler_(options()) {
    for (uint32_t handle = kStreams; handle > 0; --handle) free_.push_back(handle);
  }

  void take(const CapturedPacket& packet) {
    std::span<const uint8_t> bytes = packet.bytes;
    const DecodeOptions options(Checksums::kVerify, VlanInKey::kNo);
    clock_ = std::max(clock_, packet.time);
    ++number_;
    Layers layers = decode(bytes, packet.link, options);
    if (layers.result == DecodeResult::kFragment) {
      if (!joining_) joining_.emplace(options);  // DPDK takes its time to begin; most captures have no fragment
      const auto datagram = joining_->join(bytes, layers, clock_);
      if (!datagram.empty()) bytes = datagram;
    }
    const uint64_t flow = layers.result == DecodeResult::kOk ? follow(layers, bytes) : 0;
    print(layers, bytes, flow);
  }

  void finish() {
    table_.drain([&](Flow flow) { end(flow); });
    const FlowTableCounters& counters = table_.counters();
    if (counters.evicted_half_open + counters.evicted_other != 0) throw std::runtime_error("more flows than have room");
    for (const auto& [ends, stream] : streams_) {
      if (!stream.main.empty()) {
        std::printf("stream\t%s\t%u\t%s\t%s\n", ends.c_str(), stream.flows, names_of(stream.anomalies).c_str(),
                    stream.main.c_str());
      }
      for (const auto& other : stream.others) std::printf("other\t%s\t%s\n", ends.c_str(), hex(other).c_str());
    }
  }

 private:
  struct Stream {
    std::string main;  // hex
    unsigned flows = 0;
    AnomalySet anomalies;
    std::vector<std::vector<uint8_t>> others;
  };

  static ReassemblyOptions options() {
    ReassemblyOptions out;
    out.streams = kStreams;
    return out;
  }
  static std::string ends_of_stream(const FlowKey& key, bool from_low) {
    const IpAddress& source = from_low ? key.low : key.high;
    const IpAddress& destination = from_low ? key.high : key.low;
    return address(source, key.ip_version) + "\t" + std::to_string(from_low ? key.low_port : key.high_port) + "\t" +
           address(destination, key.ip_version) + "\t" + std::to_string(from_low ? key.high_port : key.low_port);
  }

  // The number of the packet's flow; 0: an ICMP error, which is none of those that it quotes. Adds what it shows there.
  uint64_t follow(Layers& layers, std::span<const uint8_t> bytes) {
    uint64_t out = 0;
    burst_->count = 1;
    burst_->time[0] = clock_;
    burst_->ordinal[0] = Ordinal(number_);
    burst_->port[0] = PortId(0);
    burst_->layers[0] = layers;
    burst_->summarize(0);
    table_.advance(clock_, [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline); });
    table_.lookup_burst(
        *burst_, GenerationId(1), [&](uint16_t i) -> const Layers& { return burst_->layers[i]; },
        [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline); },
        [&](uint16_t i, Flow flow, bool) {
          layers.anomalies.add(on_packet(flow, burst_->layers[i], bytes));
          if (!layers.icmp_error) out = flow.cold.first_ordinal.value;
        });
    return out;
  }

  AnomalySet on_packet(Flow flow, const Layers& packet, std::span<const uint8_t> bytes) {
    const auto rest = bytes.subspan(std::min<size_t>(packet.payload_offset, bytes.size()));
    const auto payload = rest.first(std::min<size_t>(packet.payload_bytes, rest.size()));
    find_starter(flow, packet, payload);
    const bool silent = flow.cold.spoke == 0;
    AnomalySet shown = follow_opening(flow, packet);
    (void)follow_packet(flow, packet);
    flow.hot.quiet = 0;
    if (flow.protocol() != kIpProtoTcp || packet.icmp_error) return shown;
    if (flow.cold.stream == 0 && (payload.empty() || !open(flow, packet, silent))) return shown;
    TcpSegment segment = segment_of(packet, payload);
    segment.bad_checksum = false;
    const bool to_high = packet.from_low;
    const StreamStep step = reassembler_.accept(flow.cold.stream, to_high, segment);
    shown.add(step.anomalies);
    keep(flow, to_high, step);
    const bool reads_on = !reassembler_.ended(flow.cold.stream);
    if (flow.hot.tcp == TcpState::kClosed && flow.cold.fins != 3 && reads_on) flow.hot.tcp = TcpState::kEstablished;
    return shown;
  }

  static void find_starter(Flow flow, const Layers& packet, std::span<const uint8_t> payload) {
    if (flow.cold.direction != DirectionEvidence::kNone) return;
    const Starter starter = starter_of(packet, payload);
    if (starter.evidence == DirectionEvidence::kNone) return;
    flow.cold.direction = starter.evidence;
    flow.cold.initiator_is_low = starter.initiator_is_low;
  }

  bool open(Flow flow, const Layers& packet, bool silent) {
    if (free_.empty()) return false;
    const auto syn = silent ? syn_before(flow, packet) : std::nullopt;
    flow.cold.stream = free_.back();
    free_.pop_back();
    reassembler_.open(flow.cold.stream);
    for (const bool to_high : {false, true}) ++streams_[ends_of_stream(flow.key(), to_high)].flows;
    if (syn) (void)reassembler_.accept(flow.cold.stream, packet.from_low, *syn);
    return true;
  }

  void on_deadline(Flow flow, const FlowDeadline& deadline) {
    using Kind = FlowDeadline::Kind;
    if (deadline.kind == Kind::kTimeout || deadline.kind == Kind::kEvicted) end(flow);
    if (deadline.kind == Kind::kUnanswered) flow.cold.unanswered_told = true;
  }

  void end(Flow flow) {
    std::printf("flow\t%lu\t%u\t%s\t%lu\t%lu\t%lu\t%lu\n", flow.cold.first_ordinal.value, unsigned{flow.protocol()},
                ends_of_stream(flow.key(), true).c_str(), flow.packets(0), flow.hot.bytes[0], flow.packets(1),
                flow.hot.bytes[1]);
    if (flow.cold.stream == 0) return;
    for (const bool to_high : {false, true}) keep(flow, to_high, reassembler_.finish(flow.cold.stream, to_high));
    reassembler_.close(flow.cold.stream);
    free_.push_back(flow.cold.stream);
    flow.cold.stream = 0;
  }

  void keep(const Flow& flow, bool to_high, const StreamStep& step) {
    Stream& stream = streams_[ends_of_stream(flow.key(), to_high)];
    stream.anomalies.add(step.anomalies);
    for (const StreamRun& run : step.runs) {
      if (run.reading == StreamReading::kOther) {
        if (run.restart || stream.others.empty()) stream.others.emplace_back();
        stream.others.back().insert(stream.others.back().end(), run.bytes.begin(), run.bytes.end());
        continue;
      }
      if (run.restart) stream.main += '.';
      stream.main += hex(run.bytes);
    }
  }

  std::optional<Joining> joining_;
  FlowTable table_;
  TcpReassembler reassembler_;
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
  std::vector<uint32_t> free_;             // handles of streams
  std::map<std::string, Stream> streams_;  // by their ends: of all the connections between them
  uint64_t number_ = 0;                    // of the packet, from 1
  Nanos clock_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: read_capture CAPTURE\n");
    return 2;
  }
  auto reader = CaptureReader::open(argv[1]);
  if (!reader) {
    std::fprintf(stderr, "%s\n", reader.error().text().c_str());
    return 3;
  }
  try {
    Capture capture;
    while (const auto packet = (*reader)->next()) capture.take(*packet);
    capture.finish();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
  if ((*reader)->unsupported() != 0) std::printf("skipped\t%lu\n", (*reader)->unsupported());
  return 0;
}
