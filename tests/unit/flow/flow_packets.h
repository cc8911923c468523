#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/flow/flow_table.h"

namespace glacis {

// A packet as the flow table sees it.
struct FlowPacket {
  uint32_t flow = 0;  // which conversation
  Nanos time;
  bool from_low = true;
  uint8_t flags = kTcpAck;
  uint8_t protocol = kIpProtoTcp;
  uint32_t l3_bytes = 40;
  uint16_t payload_bytes = 0;
};

inline FlowKey key_of(const FlowPacket& packet) {
  FlowKey key;
  key.low = IpAddress::v4(10, 0, static_cast<uint8_t>(packet.flow >> 8), static_cast<uint8_t>(packet.flow));
  key.high = IpAddress::v4(192, 0, 2, 1);
  key.low_port = static_cast<uint16_t>(1024 + packet.flow / 65'536);
  key.high_port = 443;
  key.protocol = packet.protocol;
  key.ip_version = 4;
  return key;
}

inline FlowPacket tcp(uint32_t flow, int64_t at_ms, uint8_t flags, bool from_low = true) {
  return {flow, milliseconds(at_ms), from_low, flags};
}

// What the pipeline does to a flow, as far as ageing asks: TCP state, and the outcome once answered.
inline void follow(Flow flow, const Layers& packet) {
  TcpState& tcp = flow.hot.tcp;
  if (packet.key.protocol == kIpProtoTcp && tcp != TcpState::kClosed) {
    const uint8_t syn_ack = packet.tcp_flags & (kTcpSyn | kTcpAck);
    if ((packet.tcp_flags & (kTcpRst | kTcpFin)) != 0) {
      tcp = TcpState::kClosed;
    } else if (syn_ack == kTcpSyn) {
      tcp = TcpState::kSynSent;
    } else if (syn_ack == kTcpAck) {
      tcp = TcpState::kEstablished;
    } else {
      tcp = TcpState::kSynAckSeen;
    }
  }
  if (!packet.from_low && flow.cold.outcome == FlowOutcome::kAttempted) flow.cold.outcome = FlowOutcome::kEstablished;
}

// Puts packets through a table and keeps what it tells.
class FlowRun {
 public:
  FlowRun(size_t flows, uint64_t seed = 7, FlowTimeouts timeouts = {}) : table(flows, timeouts, seed) {}

  void packets(const std::vector<FlowPacket>& list) {
    for (size_t at = 0; at < list.size(); at += kMaxBurst) {
      burst_->count = static_cast<uint16_t>(std::min<size_t>(kMaxBurst, list.size() - at));
      for (uint16_t i = 0; i < burst_->count; ++i) fill(i, list[at + i]);
      table.lookup_burst(
          *burst_, GenerationId(1), [this](uint16_t i) -> const Layers& { return burst_->layers[i]; },
          [this](Flow flow, const FlowDeadline& d) { note(flow, d); },
          [this](uint16_t i, Flow flow, bool created) {
            if (created) told.push_back(line("start", flow, flow.cold.start));
            flow.count(burst_->layers[i].from_low ? 0 : 1, burst_->layers[i].l3_bytes);
            follow(flow, burst_->layers[i]);
            if (on_packet) on_packet(flow);
            indexes.push_back(&flow.hot);
          });
    }
  }
  void advance(int64_t to_ms, size_t budget = SIZE_MAX) {
    table.advance(milliseconds(to_ms), [this](Flow flow, const FlowDeadline& d) { note(flow, d); }, budget);
  }

  FlowTable table;
  std::vector<std::string> told;
  std::vector<HotFlow*> indexes;
  std::function<void(Flow)> on_packet;

 private:
  void fill(uint16_t i, const FlowPacket& packet) {
    burst_->time[i] = packet.time;
    burst_->ordinal[i] = Ordinal(++ordinal_);
    burst_->port[i] = PortId(0);
    Layers& layers = burst_->layers[i];
    layers = Layers{};
    layers.result = DecodeResult::kOk;
    layers.key = key_of(packet);
    layers.from_low = packet.from_low;
    layers.tcp_flags = packet.flags;
    layers.l3_bytes = packet.l3_bytes;
    layers.payload_bytes = packet.payload_bytes;
    layers.plain = packet.protocol != kIpProtoTcp || (packet.flags & (kTcpSyn | kTcpFin | kTcpRst)) == 0;
    burst_->summarize(i);
  }
  void note(const Flow& flow, const FlowDeadline& d) {
    static constexpr const char* kNames[] = {"end", "unanswered", "evicted", "goes on"};
    told.push_back(line(kNames[static_cast<size_t>(d.kind)], flow, d.time));
  }
  // "end 3 at 12000 ms: 4+1 packets"; the number is the first packet's ordinal.
  static std::string line(const std::string& what, const Flow& flow, Nanos time) {
    return what + " " + std::to_string(flow.cold.first_ordinal.value) + " at " +
           std::to_string(time.value / 1'000'000) + " ms: " + std::to_string(flow.packets(0)) + "+" +
           std::to_string(flow.packets(1)) + " packets";
  }
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
  uint64_t ordinal_ = 0;
};

}  // namespace glacis
