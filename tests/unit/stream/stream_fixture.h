#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/packet/layers.h"
#include "dataplane/stream/reassembler.h"

namespace glacis {

// One connection, written down as it came. What each reading was given is text, '|' where a reading does not join on.
struct Talk {
  explicit Talk(ReassemblyOptions options = {}, ReceiverPolicies policies = {}) : reassembler(with_streams(options)) {
    reassembler.open(1, policies);
  }

  TcpReassembler reassembler;
  bool to_responder = true;  // the direction that is collected
  std::string main, other;
  AnomalySet anomalies;  // of the last segment, in either direction
  AnomalySet all;
  bool other_over = false;  // likewise
  bool over = false;        // likewise
  uint32_t handle = 1;

  static ReassemblyOptions with_streams(ReassemblyOptions options) {
    if (options.streams == 0) options.streams = 4;
    if (options.arena_chunks == ReassemblyOptions{}.arena_chunks) options.arena_chunks = 512;
    return options;
  }
  TcpSegment of(uint32_t seq, std::string_view payload = {}, uint8_t flags = 0) const {
    TcpSegment out;
    out.seq = seq;
    out.flags = flags;
    out.payload = {reinterpret_cast<const uint8_t*>(payload.data()), payload.size()};
    return out;
  }
  void send(uint32_t seq, std::string_view payload = {}, uint8_t flags = 0) { take(of(seq, payload, flags)); }
  // From the other end.
  void answer(uint32_t seq, uint32_t ack, std::string_view payload = {}, uint8_t flags = kTcpAck, uint16_t window = 0,
              uint8_t scale = TcpSegment::kUnknownScale) {
    TcpSegment segment = of(seq, payload, flags);
    segment.ack = ack;
    segment.window = window;
    segment.window_scale = scale;
    take(segment, !to_responder);
  }
  void ack(uint32_t number) { answer(0, number); }
  void take(const TcpSegment& segment) { take(segment, to_responder); }
  void take(const TcpSegment& segment, bool direction) {
    collect(reassembler.accept(handle, direction, segment), direction == to_responder);
  }
  void finish() { collect(reassembler.finish(handle, to_responder), true); }

  void collect(const StreamStep& step, bool ours) {
    anomalies = step.anomalies;
    all.add(step.anomalies);
    if (!ours) return;
    other_over = step.other_over;
    over = step.over;
    for (const StreamRun& run : step.runs) {
      std::string& out = run.reading == StreamReading::kMain ? main : other;
      if (run.restart) out += '|';
      out.append(run.bytes.begin(), run.bytes.end());
    }
  }
  [[nodiscard]] bool saw(Anomaly a) const { return all.has(a); }
  [[nodiscard]] const StreamCounters& counters() const { return reassembler.counters(); }
};

}  // namespace glacis
