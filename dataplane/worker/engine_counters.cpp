// What an engine counts, gathered from its ports, readers, workers and the correlator.
#include <algorithm>

#include "dataplane/worker/engine.h"

namespace glacis {

uint64_t EngineCounters::dropped() const {
  uint64_t sum = 0;
  for (const uint64_t n : decode) sum += n;
  return sum;
}

void Engine::add_joiners(EngineCounters& out) const {
  for (const auto& joiner : joiners_) {
    const JoinerCounters& c = joiner->counters();
    out.decode[static_cast<size_t>(DecodeResult::kFragment)] += c.fragments.get();
    out.datagrams += c.datagrams.get();
    out.datagrams_lost += c.no_room.get();
    out.readings_refused += c.readings_lost.get();
    out.step_hits += joiner->told().step_hits.get();
    out.events_shed += joiner->told().events_shed.get();
    out.findings_refused += joiner->told().refused.get();
    for (size_t i = 0; i < out.anomalies.size(); ++i) out.anomalies[i] += c.anomalies.get(i);
  }
}

EngineCounters Engine::counters() const {
  EngineCounters out;
  add_ports(out);
  out.late_hits = late_hits_.load(std::memory_order_relaxed);
  out.paths_truncated = paths_truncated_.load(std::memory_order_relaxed);
  out.hurried_hits = hurried_hits_.load(std::memory_order_relaxed);
  out.orphaned_hits = orphaned_hits_.load(std::memory_order_relaxed);
  out.tellings_forgotten = tellings_forgotten_.load(std::memory_order_relaxed);
  for (const auto& worker : workers_) {
    const CoreCounters& core = worker->counters();
    out.processed += core.processed.get();
    for (size_t i = 0; i < out.decode.size(); ++i) out.decode[i] += core.decode[i].get();
    for (size_t i = 0; i < out.anomalies.size(); ++i) out.anomalies[i] += core.anomalies.get(i);
    out.bad_checksum += core.bad_checksum.get();
    out.bytes += core.bytes.get();
    out.flows += core.flows.get();
    out.flows_evicted += core.flows_evicted.get();
    out.carriers_refused += core.carriers_refused.get();
    out.flows_one_way += core.flows_one_way.get();
    out.violations += core.violations.get();
    out.rules_left_out += core.rules_left_out.get();
    out.rules_unremembered += core.rules_unremembered.get();
    out.step_hits += core.step_hits.get();
    out.stream_gaps += core.stream_gaps.get();
    out.stream_waited += core.stream_waited.get();
    out.stream_lost_bytes += core.stream_lost_bytes.get();
    out.stream_conflicts += core.stream_conflicts.get();
    out.readings_refused += core.readings_refused.get();
    out.stream_out_of_window += core.stream_out_of_window.get();
    out.depth_reached += core.depth_reached.get();
    out.events_shed += core.events_shed.get();
    out.records_shed += core.records_shed.get();
    out.scans_shed += core.scans_shed.get();
    out.streams_shed += core.streams_shed.get();
    out.quiet += core.quiet.get();
    out.elephants_shed += core.elephants_shed.get();
    out.candidates_capped += core.candidates_capped.get();
    out.streams_refused += core.streams_refused.get();
    out.streams_reopened += core.streams_reopened.get();
    out.longest_gap_ns = std::max(out.longest_gap_ns, static_cast<int64_t>(core.longest_gap_ns.get()));
  }
  out.anomalies[static_cast<size_t>(Anomaly::kBadChecksum)] = out.bad_checksum;
  add_joiners(out);
  return out;
}

}  // namespace glacis
