#include "dataplane/worker/content.h"

namespace glacis {
namespace {

bool is_elephant(const Flow& flow) { return flow.packets(0) + flow.packets(1) > kElephantPackets; }

}  // namespace

Expected<std::unique_ptr<ScanStreams>> ScanStreams::make(std::shared_ptr<const PatternSet> patterns, size_t flows) {
  auto out = std::make_unique<ScanStreams>();
  out->patterns = std::move(patterns);
  if (out->patterns == nullptr || out->patterns->empty()) return out;
  auto scanner = Scanner::make(out->patterns, flows);
  if (!scanner) return std::unexpected(scanner.error());
  out->scanner = std::move(*scanner);
  out->order.resize(flows + 1);
  return out;
}

void Content::follow(const Generation& generation) {
  const PatternSet* wanted = generation.shared_patterns().get();
  if (streams_ != nullptr && streams_->patterns.get() == wanted) return;
  // Offered before the generation became current, so it is there; one that is offered for a still
  // newer generation is not taken yet.
  ScanStreams* offered = offered_.load(std::memory_order_acquire);
  if (offered == streams_ || offered == nullptr || offered->patterns.get() != wanted) return;
  streams_ = offered;
  ++epoch_;
  in_use_.store(streams_, std::memory_order_release);
}

bool Content::wants(const Flow& flow) const {
  if (streams_ == nullptr || streams_->scanner == nullptr) return false;
  return !is_over(flow);
}

// Whether the flow is not to be searched now, for load; marks and counts it.
bool Content::sheds(Flow flow) {
  if (level_ == ShedLevel::kNothing) return false;
  const ShedLevel spared_below = has_stream(flow) ? ShedLevel::kAllScans : ShedLevel::kNewScans;
  if (level_ < spared_below && !is_elephant(flow)) return false;
  give_up(flow);
  return true;
}

void Content::give_up(Flow flow) {
  constexpr auto kMark = static_cast<uint8_t>(Unscanned::kShed);
  if (flow.cold.stream != 0) {
    ++counters_.streams_shed;
    close(flow);
  } else if ((flow.cold.unscanned & kMark) == 0) {
    ++counters_.scans_shed;
  }
  flow.cold.unscanned |= kMark;
  if (!is_elephant(flow) || level_ == ShedLevel::kNothing) return;
  ++counters_.elephants_shed;
  flow.cold.stream = 0;
  flow.cold.stream_epoch = epoch_;
  flow.cold.scan_over = true;
}

bool Content::open(Flow flow) {
  const bool reopen = flow.cold.stream != 0;
  flow.cold.stream = streams_->scanner->open();
  flow.cold.stream_epoch = epoch_;
  flow.cold.scan_over = flow.cold.stream == 0;
  if (flow.cold.scan_over) {
    flow.cold.unscanned |= static_cast<uint8_t>(Unscanned::kNoStream);
    ++counters_.refused;
    return false;
  }
  if (reopen) ++counters_.reopened;
  streams_->order[flow.cold.stream] = TcpOrder{};
  return true;
}

std::span<const ContentMatch> Content::look(Flow flow, const Layers& packet, std::span<const uint8_t> payload,
                                            Nanos now) {
  if (streams_ == nullptr || streams_->scanner == nullptr) return {};
  if (is_over(flow)) return {};
  if (!payload.empty() && sheds(flow)) return {};
  if (!has_stream(flow) && (payload.empty() || !open(flow))) return {};
  const bool to_responder = packet.from_low == flow.cold.initiator_is_low;
  if (flow.protocol() != kIpProtoTcp) {
    streams_->scanner->restart(flow.cold.stream, to_responder);
    return streams_->scanner->scan(flow.cold.stream, to_responder, payload, now);
  }
  const InOrder next = streams_->order[flow.cold.stream].accept(to_responder, packet, payload, order_counters_);
  if (next.restart) streams_->scanner->restart(flow.cold.stream, to_responder);
  if (next.bytes.empty()) return {};
  return streams_->scanner->scan(flow.cold.stream, to_responder, next.bytes, now);
}

uint64_t Content::candidates_capped() const {
  if (streams_ == nullptr || streams_->scanner == nullptr) return 0;
  return streams_->scanner->counters().candidates_capped;
}

void Content::close(Flow flow) {
  if (has_stream(flow) && streams_ != nullptr && streams_->scanner) streams_->scanner->close(flow.cold.stream);
  flow.cold.stream = 0;
}

}  // namespace glacis
