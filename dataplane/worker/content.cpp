#include "dataplane/worker/content.h"

#include <algorithm>

#include "dataplane/worker/judgement.h"

namespace glacis {
namespace {

// 1 KiB chunks for what waits, the first of which is none: some for each flow, at least 2 MiB in all, which a huge page
// is, and at most 16 MiB.
constexpr size_t kChunksPerFlow = 8, kLeastChunks = 2047, kMostChunks = 16'383;

size_t chunks_of(const StreamOptions& options) {
  if (options.waiting_bytes != 0) return std::max<size_t>(options.waiting_bytes / sizeof(Chunk), 2) - 1;
  return std::clamp(options.flows * kChunksPerFlow, kLeastChunks, kMostChunks);
}

uint8_t bit_of(bool to_responder) { return to_responder ? 2 : 1; }

bool is_elephant(const Flow& flow) { return flow.packets(0) + flow.packets(1) > kElephantPackets; }

ReceiverPolicies policies_of(const Flow& flow, const Generation& generation) {
  const Question ends = question_of(flow, {});
  return {generation.stack(ends.initiator).segments, generation.stack(ends.responder).segments};
}

// A packet that its receiver drops is read all the same.
EvidenceReading reading_of(const Layers& packet) {
  return packet.bad_checksum || packet.target_drops ? EvidenceReading::kOther : EvidenceReading::kTarget;
}

}  // namespace

TcpSegment segment_of(const Layers& packet, std::span<const uint8_t> payload) {
  TcpSegment out;
  out.seq = packet.tcp_seq;
  out.ack = packet.tcp_ack;
  out.flags = packet.tcp_flags;
  out.window = packet.tcp_window;
  out.window_scale = packet.tcp_window_scale;
  out.has_ts = packet.tcp_has_time;
  out.ts_value = packet.tcp_time;
  out.urgent = packet.tcp_urgent;
  out.hop_limit = packet.ttl;
  out.bad_checksum = packet.bad_checksum;
  out.payload = payload;
  return out;
}

std::optional<TcpSegment> syn_before(const Flow& flow, const Layers& packet) {
  const ColdFlow& cold = flow.cold;
  const unsigned sender = packet.from_low ? 1 : 2;
  const bool sent_first = (cold.opening.syn & sender) != 0 && cold.first_syn_low == packet.from_low;
  if (!sent_first || packet.key.protocol != kIpProtoTcp || (packet.tcp_flags & kTcpSyn) != 0) return std::nullopt;
  const int32_t missing = seq_diff(packet.tcp_seq, cold.syn_number() + 1);
  if (missing <= 0 || missing > TcpReassembler::kMostPickUp) return std::nullopt;
  TcpSegment out;
  out.seq = cold.syn_number();
  out.flags = kTcpSyn;
  return out;
}

Expected<std::unique_ptr<ScanStreams>> ScanStreams::make(std::shared_ptr<const PatternSet> patterns,
                                                         const StreamOptions& options) {
  auto out = std::make_unique<ScanStreams>();
  out->patterns = std::move(patterns);
  if (out->patterns == nullptr || !out->patterns->reads_streams()) return out;
  auto scanner = Scanner::make(out->patterns, options.flows);
  if (!scanner) return std::unexpected(scanner.error());
  out->scanner = std::move(*scanner);
  ReassemblyOptions reassembly;
  reassembly.streams = static_cast<uint32_t>(options.flows);
  reassembly.arena_chunks = chunks_of(options);
  reassembly.depth = options.depth;
  out->reassembler = std::make_unique<TcpReassembler>(reassembly);
  out->others.resize(options.flows + 1);
  return out;
}

void Content::follow(const Generation& generation) {
  const PatternSet* wanted = generation.shared_patterns().get();
  if (streams_ != nullptr && streams_->patterns.get() == wanted) return;
  // Offered before the generation became current, so it is there; one that is offered for a still
  // newer generation is not taken yet.
  ScanStreams* offered = offered_.load(std::memory_order_acquire);
  if (offered == streams_ || offered == nullptr || offered->patterns.get() != wanted) return;
  const StreamCounters so_far = order_counters();
  streams_ = offered;
  if (streams_->reassembler != nullptr) {
    streams_->reassembler->count_on_from(so_far);
  } else {
    order_counters_ = so_far;
  }
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
  end_search(flow);
}

// Its stream is closed; it is not searched again under these patterns.
void Content::end_search(Flow flow) {
  flow.cold.stream = 0;
  flow.cold.stream_epoch = epoch_;
  flow.cold.scan_over = true;
}

void Content::end_at_depth(Flow flow) {
  flow.cold.unscanned |= static_cast<uint8_t>(Unscanned::kDepth);
  const TcpReassembler& streams = *streams_->reassembler;
  if (!streams.over(flow.cold.stream, false) || !streams.over(flow.cold.stream, true)) return;
  close(flow);
  end_search(flow);
}

// Of a direction that is over nothing, and of the other one what only acknowledges it.
uint8_t Content::unread(const Flow& flow) const {
  constexpr auto kMark = static_cast<uint8_t>(Unscanned::kDepth);
  if ((flow.cold.unscanned & kMark) == 0 || !has_stream(flow) || flow.protocol() != kIpProtoTcp) return 0;
  uint8_t out = 0;
  for (const bool to_responder : {false, true}) {
    if (!streams_->reassembler->over(flow.cold.stream, to_responder)) continue;
    const bool from_low = to_responder == flow.cold.initiator_is_low;
    out |= quiet_bit(true, from_low) | quiet_bit(false, from_low) | quiet_bit(false, !from_low);
  }
  return out;
}

bool Content::open(Flow flow, const Layers& packet, bool first, const Generation& generation) {
  const bool reopen = flow.cold.stream != 0;
  const auto syn = first ? syn_before(flow, packet) : std::nullopt;
  flow.cold.stream = streams_->scanner->open();
  flow.cold.stream_epoch = epoch_;
  flow.cold.scan_over = flow.cold.stream == 0;
  if (flow.cold.scan_over) {
    flow.cold.unscanned |= static_cast<uint8_t>(Unscanned::kNoStream);
    ++counters_.refused;
    return false;
  }
  if (reopen) ++counters_.reopened;
  if (flow.protocol() != kIpProtoTcp) return true;
  streams_->reassembler->open(flow.cold.stream, policies_of(flow, generation));
  const bool to_responder = packet.from_low == flow.cold.initiator_is_low;
  if (syn) (void)streams_->reassembler->accept(flow.cold.stream, to_responder, *syn);
  return true;
}

std::span<const ContentMatch> Content::look(Flow flow, const Layers& packet, std::span<const uint8_t> payload,
                                            Nanos now, bool first, const Generation& generation) {
  anomalies_ = {};
  if (streams_ == nullptr || streams_->scanner == nullptr) return {};
  if (is_over(flow)) return {};
  if (!payload.empty() && sheds(flow)) return {};
  if (!has_stream(flow) && (payload.empty() || !open(flow, packet, first, generation))) return {};
  const bool to_responder = packet.from_low == flow.cold.initiator_is_low;
  if (flow.protocol() != kIpProtoTcp) {
    streams_->scanner->restart(flow.cold.stream, to_responder);
    return streams_->scanner->scan(flow.cold.stream, to_responder, payload, now, reading_of(packet));
  }
  const StreamStep step = streams_->reassembler->accept(flow.cold.stream, to_responder, segment_of(packet, payload));
  anomalies_ = step.anomalies;
  const auto found = scan(flow.cold.stream, to_responder, step, now, reading_of(packet));
  if (step.over) end_at_depth(flow);
  return found;
}

// Of one packet: usually one run. `main`: of the main reading's matches.
std::span<const ContentMatch> Content::scan(uint32_t handle, bool to_responder, const StreamStep& step, Nanos now,
                                            EvidenceReading main) {
  Scanner& scanner = *streams_->scanner;
  if (step.runs.empty() && !step.other_over) return {};
  if (step.runs.size() == 1 && step.runs[0].reading == StreamReading::kMain && !step.other_over) {
    if (step.runs[0].restart) scanner.restart(handle, to_responder);
    return scanner.scan(handle, to_responder, step.runs[0].bytes, now, main);
  }
  match_count_ = 0;
  uint32_t other = 0;
  // The main reading first, as the two tell a pattern once together; the other's scan opens where it begins.
  for (const StreamRun& run : step.runs) {
    if (run.reading == StreamReading::kOther) {
      other = other_scan(handle, to_responder);
    } else {
      scan_run(handle, to_responder, run, now, main);
    }
  }
  for (const StreamRun& run : step.runs) {
    const bool read = other != 0 && run.reading == StreamReading::kOther;
    if (read) scan_run(other, to_responder, run, now, EvidenceReading::kOther);
  }
  if (step.other_over) close_other(handle, bit_of(to_responder));
  return std::span(matches_).first(match_count_);
}

// Its matches behind those of the runs before.
void Content::scan_run(uint32_t handle, bool to_responder, const StreamRun& run, Nanos now, EvidenceReading reading) {
  Scanner& scanner = *streams_->scanner;
  if (run.restart) scanner.restart(handle, to_responder);
  const auto found = scanner.scan(handle, to_responder, run.bytes, now, reading);
  const size_t taken = std::min(found.size(), kMaxMatches - match_count_);
  std::copy_n(found.begin(), taken, matches_.begin() + static_cast<std::ptrdiff_t>(match_count_));
  match_count_ += taken;
  counters_.matches_left_out += found.size() - taken;
}

// The scan of a flow's other reading, opened when it begins; 0: none is free, counted for each run.
uint32_t Content::other_scan(uint32_t handle, bool to_responder) {
  ScanStreams::Other& other = streams_->others[handle];
  if (other.handle == 0) other.handle = streams_->scanner->open_beside(handle);
  if (other.handle == 0) {
    ++counters_.others_refused;
    return 0;
  }
  other.directions |= bit_of(to_responder);
  return other.handle;
}

void Content::close_other(uint32_t handle, uint8_t directions) {
  ScanStreams::Other& other = streams_->others[handle];
  other.directions &= static_cast<uint8_t>(~directions);
  if (other.handle == 0 || other.directions != 0) return;
  streams_->scanner->close(other.handle);
  other.handle = 0;
}

bool Content::waits(const Flow& flow) const {
  if (!has_stream(flow) || streams_ == nullptr || streams_->reassembler == nullptr) return false;
  return flow.protocol() == kIpProtoTcp && streams_->reassembler->waits(flow.cold.stream);
}

bool Content::reads_on(const Flow& flow) const {
  if (!has_stream(flow) || streams_ == nullptr || streams_->reassembler == nullptr) return false;
  return flow.protocol() == kIpProtoTcp && !streams_->reassembler->ended(flow.cold.stream);
}

std::span<const ContentMatch> Content::finish(Flow flow, bool to_responder, Nanos now) {
  anomalies_ = {};
  if (!waits(flow)) return {};
  const StreamStep step = streams_->reassembler->finish(flow.cold.stream, to_responder);
  anomalies_ = step.anomalies;
  if (step.over) flow.cold.unscanned |= static_cast<uint8_t>(Unscanned::kDepth);
  return scan(flow.cold.stream, to_responder, step, now, EvidenceReading::kTarget);
}

const StreamCounters& Content::order_counters() const {
  if (streams_ == nullptr || streams_->reassembler == nullptr) return order_counters_;
  return streams_->reassembler->counters();
}

std::span<const ContentMatch> Content::look_apart(Flow flow, const Layers& packet, std::span<const uint8_t> payload,
                                                  Nanos now) {
  if (streams_ == nullptr || streams_->scanner == nullptr || level_ != ShedLevel::kNothing) return {};
  Scanner& scanner = *streams_->scanner;
  const uint32_t stream = has_stream(flow) ? scanner.open_beside(flow.cold.stream) : scanner.open();
  if (stream == 0) {
    ++counters_.others_refused;
    return {};
  }
  const bool to_responder = packet.from_low == flow.cold.initiator_is_low;
  const auto out = scanner.scan(stream, to_responder, payload, now, EvidenceReading::kOther);
  scanner.close(stream);
  return out;
}

uint64_t Content::candidates_capped() const {
  if (streams_ == nullptr || streams_->scanner == nullptr) return 0;
  return streams_->scanner->counters().candidates_capped;
}

void Content::close(Flow flow) {
  if (has_stream(flow) && streams_ != nullptr && streams_->scanner) {
    close_other(flow.cold.stream, bit_of(false) | bit_of(true));
    if (flow.protocol() == kIpProtoTcp) streams_->reassembler->close(flow.cold.stream);
    streams_->scanner->close(flow.cold.stream);
  }
  flow.cold.stream = 0;
}

}  // namespace glacis
