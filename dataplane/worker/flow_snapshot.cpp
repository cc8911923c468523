#include "dataplane/worker/flow_snapshot.h"

#include <algorithm>

#include "dataplane/base/mix64.h"
#include "dataplane/flow/flow_hash.h"

namespace glacis {

namespace {

const FlowHash kHash(0x676c6163'69732066);  // the same for everyone

FlowId flow_id(uint64_t hash, Nanos start, Ordinal first) {
  const uint64_t all = hash + static_cast<uint64_t>(start.value) * kGolden64 + mix64(first.value);
  return FlowId(mix64(all) & ((uint64_t{1} << 53) - 1));
}

FlowId flow_id_of(const Flow& flow, const FlowKey& key) {
  return flow_id(kHash(flow.hot.key, key), flow.cold.start, flow.cold.first_ordinal);
}

}  // namespace

FlowId flow_id_of(const Flow& flow) { return flow_id_of(flow, flow.key()); }

FlowId flow_id_of(const FlowKey& key, Nanos start, Ordinal first) { return flow_id(kHash(key), start, first); }

void snapshot(const Flow& flow, Nanos last, FlowSnapshot& out) {
  const ColdFlow& cold = flow.cold;
  const size_t initiator = cold.initiator_is_low ? 0 : 1;
  const size_t responder = 1 - initiator;
  out.key = flow.key();
  out.id = flow_id_of(flow, out.key);
  out.initiator_is_low = cold.initiator_is_low;
  out.direction_assumed = assumed(cold.direction);
  out.one_sided = !flow.sent(0) || !flow.sent(1);
  out.unscanned = cold.unscanned;
  if (flow.hot.has(Skip::kSkipped)) out.unscanned |= static_cast<uint8_t>(Unscanned::kShed);
  out.outcome = cold.outcome;
  out.start = cold.start;
  out.last = std::max(flow.hot.last, last);
  out.first_ordinal = cold.first_ordinal;
  out.port = cold.port;
  out.packets_to_responder = flow.packets(initiator);
  out.packets_to_initiator = flow.packets(responder);
  out.bytes_to_responder = flow.hot.bytes[initiator];
  out.bytes_to_initiator = flow.hot.bytes[responder];
  out.initiator_place = cold.initiator_is_low ? cold.low_place : cold.high_place;
  out.responder_place = cold.initiator_is_low ? cold.high_place : cold.low_place;
}

}  // namespace glacis
