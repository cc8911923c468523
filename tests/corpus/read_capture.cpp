// What the production decoder, defragmenter, flow table and reassembler make of a capture, for others to compare:
//   read_capture CAPTURE
// Lines with tabs between their fields; addresses and bytes in hex:
//   packet result tunnels kind version source destination protocol source-port destination-port quoted bytes anomalies
//   stream source source-port destination destination-port flows anomalies bytes
//   other source source-port destination destination-port bytes
//   skipped N
// A packet is the innermost IP packet; one that makes a datagram whole is that datagram. Ports are 0 where a protocol
// has none, `quoted` is 1 for an ICMP error. A stream is what was read of one direction of TCP between two ends, a dot
// at each hole, of so many flows one behind the other; `other` is each run of the other reading. Checksums are judged
// in packets and trusted in streams; VLANs tell no flows apart, as others do not.
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/flow/flow_table.h"
#include "dataplane/fragment/defragmenter.h"
#include "dataplane/port/capture_reader.h"
#include "dataplane/stream/reassembler.h"
#include "dataplane/worker/content.h"
#include "dataplane/worker/conversation.h"
#include "dataplane/worker/fragment_joiner.h"

namespace {

using namespace glacis;

constexpr const char* kResults[] = {"ok",         "not-ip",   "truncated", "bad-length",
                                    "bad-header", "fragment", "too-deep",  "unsupported"};
static_assert(std::size(kResults) == static_cast<size_t>(DecodeResult::kCount));

constexpr uint32_t kFlows = 16'384;

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

void print(const Layers& layers, std::span<const uint8_t> frame) {
  const bool keyed = layers.result == DecodeResult::kOk || layers.result == DecodeResult::kFragment;
  std::printf("packet\t%s\t%u\t%s\t%u\t%s\t%u\t%s\n", kResults[static_cast<size_t>(layers.result)],
              unsigned{layers.tunnels}, kTunnelNames[static_cast<size_t>(layers.tunnel)].data(),
              unsigned{layers.key.ip_version}, keyed ? ends_of(layers, frame).c_str() : "\t\t0\t0\t0\t0",
              unsigned{layers.l3_bytes}, names_of(layers.anomalies).c_str());
}

// Frames -> packets -> flows -> streams, step by step as the pipeline takes them.
class Capture {
 public:
  Capture() : defragmenter_(DefragmentOptions{}), table_(kFlows, FlowTimeouts{}, 1), reassembler_(options()) {
    for (uint32_t handle = kFlows; handle > 0; --handle) free_.push_back(handle);
  }

  void take(const CapturedPacket& packet) {
    std::span<const uint8_t> bytes = packet.bytes;
    const DecodeOptions options(Checksums::kVerify, VlanInKey::kNo);
    Layers layers = decode(bytes, packet.link, options);
    for (int joined = 0; joined < kMaxTunnels && layers.result == DecodeResult::kFragment; ++joined) {
      AnomalySet ended;
      const Reassembled whole =
          defragmenter_.add(fragment_of(bytes, layers, packet.time), kDefaultFragmentPolicy,
                            [&ended](const EndedDatagram& datagram) { ended.add(datagram.anomalies); });
      if (whole.packet.empty()) {
        layers.anomalies.add(whole.anomalies);
        layers.anomalies.add(ended);
        break;
      }
      datagram_.assign(whole.packet.begin(), whole.packet.end());
      bytes = datagram_;
      layers = decode_datagram(bytes, DatagramAround(layers), options);
      layers.anomalies.add(whole.datagram_anomalies);
    }
    print(layers, bytes);
    if (layers.result == DecodeResult::kOk) follow(layers, bytes, packet.time);
  }

  void finish() {
    table_.drain([&](Flow flow) { end(flow); });
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
    out.streams = kFlows;
    return out;
  }
  static std::string ends_of_stream(const FlowKey& key, bool from_low) {
    const IpAddress& source = from_low ? key.low : key.high;
    const IpAddress& destination = from_low ? key.high : key.low;
    return address(source, key.ip_version) + "\t" + std::to_string(from_low ? key.low_port : key.high_port) + "\t" +
           address(destination, key.ip_version) + "\t" + std::to_string(from_low ? key.high_port : key.low_port);
  }

  void follow(const Layers& layers, std::span<const uint8_t> bytes, Nanos time) {
    burst_->count = 1;
    burst_->time[0] = time;
    burst_->ordinal[0] = Ordinal(++ordinal_);
    burst_->port[0] = PortId(0);
    burst_->layers[0] = layers;
    burst_->summarize(0);
    table_.advance(time, [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline); });
    table_.lookup_burst(
        *burst_, GenerationId(1), [&](uint16_t i) -> const Layers& { return burst_->layers[i]; },
        [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline); },
        [&](uint16_t i, Flow flow, bool) { on_packet(flow, burst_->layers[i], bytes); });
  }

  void on_packet(Flow flow, const Layers& packet, std::span<const uint8_t> bytes) {
    const bool silent = flow.cold.spoke == 0;
    (void)follow_opening(flow, packet);
    (void)follow_packet(flow, packet);
    flow.hot.quiet = 0;
    if (flow.protocol() != kIpProtoTcp || packet.icmp_error) return;
    const auto payload = bytes.subspan(packet.payload_offset, packet.payload_bytes);
    if (flow.cold.stream == 0 && (payload.empty() || !open(flow, packet, silent))) return;
    TcpSegment segment = segment_of(packet, payload);
    segment.bad_checksum = false;
    const bool to_high = packet.from_low;
    keep(flow, to_high, reassembler_.accept(flow.cold.stream, to_high, segment));
    const bool reads_on = !reassembler_.ended(flow.cold.stream);
    if (flow.hot.tcp == TcpState::kClosed && flow.cold.fins != 3 && reads_on) flow.hot.tcp = TcpState::kEstablished;
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

  Defragmenter defragmenter_;
  FlowTable table_;
  TcpReassembler reassembler_;
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
  std::vector<uint32_t> free_;  // handles of streams
  std::vector<uint8_t> datagram_;
  std::map<std::string, Stream> streams_;  // by their ends: of all the connections between them
  uint64_t ordinal_ = 0;
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
  Capture capture;
  while (const auto packet = (*reader)->next()) capture.take(*packet);
  capture.finish();
  if ((*reader)->unsupported() != 0) std::printf("skipped\t%lu\n", (*reader)->unsupported());
  return 0;
}
