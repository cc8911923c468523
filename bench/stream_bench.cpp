#include <memory>
#include <string>

#include "bench/conversations.h"
#include "bench/parts.h"
#include "dataplane/packet/layers.h"
#include "dataplane/stream/reassembler.h"

// What TCP reassembly adds to a packet of a flow that is looked into.
namespace glacis::bench {
namespace {

constexpr size_t kPerRound = 64, kTexts = 64;
constexpr uint32_t kMostBytes = 1460;

// In order, in turn over all streams; every packet acknowledges what the other end has sent, which is one byte.
Result in_order(const Setting& setting, std::span<const uint8_t> text, uint32_t streams, uint32_t bytes) {
  ReassemblyOptions options;
  options.streams = streams;
  TcpReassembler reassembler(options);
  std::vector<uint32_t> next(streams + 1, 1000);
  TcpSegment segment;
  segment.flags = kTcpAck;
  segment.ack = 501;
  for (uint32_t handle = 1; handle <= streams; ++handle) {
    reassembler.open(handle);
    TcpSegment answer = segment;
    answer.seq = 500;
    answer.ack = 1000;
    answer.payload = text.first(1);
    keep(reassembler.accept(handle, false, answer).runs.size());
  }
  uint32_t handle = 1;
  size_t chosen = 0;
  const auto round = [&]() -> uint64_t {
    for (size_t i = 0; i < kPerRound; ++i) {
      segment.seq = next[handle];
      segment.payload = text.subspan(chosen * kMostBytes, bytes);
      const StreamStep step = reassembler.accept(handle, true, segment);
      keep(step.runs[0].bytes.data());
      next[handle] += bytes;
      handle = handle % streams + 1;
      chosen = (chosen + 1) % kTexts;
    }
    return kPerRound;
  };
  return measure({"stream in order", std::to_string(bytes) + " B a segment", "TcpReassembler", streams, 0},
                 setting.measure, round, [&] { return reassembler.counters().gaps + reassembler.counters().waited; });
}

}  // namespace

Expected<void> bench_stream(const Setting& setting, Report& report) {
  const std::vector<uint8_t> text = make_text(kMostBytes * kTexts, 3);
  report.progress("stream in order");
  for (const uint32_t bytes : {64U, kMostBytes}) {
    for (const uint32_t streams : {256U, 8192U}) report.add(in_order(setting, text, streams, bytes));
  }
  return {};
}

}  // namespace glacis::bench
