#include "dataplane/worker/flow_snapshot.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/keyed_hash.h"

namespace glacis {

namespace {

FlowId flow_id_of(const Flow& flow, const FlowKey& key) {
  uint8_t bytes[sizeof(FlowKey) + 16];
  std::memcpy(bytes, &key, sizeof key);
  std::memcpy(bytes + sizeof key, &flow.cold.start.value, 8);
  std::memcpy(bytes + sizeof key + 8, &flow.cold.first_ordinal.value, 8);
  const KeyedHash hash(0x676c616369732066u, 0x6c6f772069642031u);
  return FlowId(hash(bytes) & ((uint64_t{1} << 53) - 1));
}

}  // namespace

FlowId flow_id_of(const Flow& flow) { return flow_id_of(flow, flow.key()); }

FlowSnapshot snapshot_of(const Flow& flow, Nanos last) {
  const ColdFlow& cold = flow.cold;
  const size_t initiator = cold.initiator_is_low ? 0 : 1;
  const size_t responder = 1 - initiator;
  FlowSnapshot out;
  out.key = flow.key();
  out.id = flow_id_of(flow, out.key);
  out.initiator_is_low = cold.initiator_is_low;
  out.direction_assumed = assumed(cold.direction);
  out.one_sided = !flow.sent(0) || !flow.sent(1);
  out.unscanned = cold.unscanned;
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
  return out;
}

}  // namespace glacis
