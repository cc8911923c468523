#include "dataplane/worker/flow_snapshot.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/keyed_hash.h"

namespace glacis {

FlowId flow_id_of(const Flow& flow) {
  uint8_t bytes[sizeof(FlowKey) + 16];
  std::memcpy(bytes, &flow.key, sizeof(FlowKey));
  std::memcpy(bytes + sizeof(FlowKey), &flow.start.value, 8);
  std::memcpy(bytes + sizeof(FlowKey) + 8, &flow.first_ordinal.value, 8);
  const KeyedHash hash(0x676c616369732066u, 0x6c6f772069642031u);
  return FlowId(hash(bytes) & ((uint64_t{1} << 53) - 1));
}

FlowSnapshot snapshot_of(const Flow& flow, Nanos last) {
  const size_t initiator = flow.initiator_is_low ? 0 : 1;
  const size_t responder = 1 - initiator;
  FlowSnapshot out;
  out.id = flow.id;
  out.key = flow.key;
  out.initiator_is_low = flow.initiator_is_low;
  out.direction_assumed = assumed(flow.direction);
  out.one_sided = flow.packets[0] == 0 || flow.packets[1] == 0;
  out.outcome = flow.outcome;
  out.start = flow.start;
  out.last = std::max(flow.last, last);
  out.first_ordinal = flow.first_ordinal;
  out.port = flow.port;
  out.packets_to_responder = flow.packets[initiator];
  out.packets_to_initiator = flow.packets[responder];
  out.bytes_to_responder = flow.bytes[initiator];
  out.bytes_to_initiator = flow.bytes[responder];
  out.initiator_place = flow.initiator_is_low ? flow.low_place : flow.high_place;
  out.responder_place = flow.initiator_is_low ? flow.high_place : flow.low_place;
  return out;
}

}  // namespace glacis
