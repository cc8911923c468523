#include "sensor/alert/alert_fields.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "glacis/v1/policy.pb.h"
#include "sensor/alert/community_id.h"

namespace glacis::sensor {

std::string alert_key(const std::vector<uint64_t>& numbers, const std::string& text) {
  std::string in;
  for (const uint64_t number : numbers) {
    for (int i = 0; i < 8; ++i) in += static_cast<char>(number >> (8 * i));
  }
  in += text;
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const uint8_t*>(in.data()), in.size(), digest.data());
  std::string out;
  for (size_t i = 0; i < 16; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4];
    out += "0123456789abcdef"[digest[i] & 15];
  }
  return out;
}

v1::End end_of(const IpAddress& address, uint16_t port, PlaceId place, const Generation& generation) {
  v1::End out;
  fill_end(out, address, port, place, generation);
  return out;
}

void fill_end(v1::End& out, const IpAddress& address, uint16_t port, PlaceId place, const Generation& generation) {
  const auto wire = address.wire();
  out.set_address(wire.data(), wire.size());
  out.set_port(port);
  const v1::Policy& policy = generation.policy();
  const ZoneTable::Place& at = generation.zones().at(place);
  if (at.zone.value != 0 && at.zone.value <= policy.zones_size()) {
    out.set_zone(policy.zones(at.zone.value - 1).id());
  }
  for (const uint32_t asset : at.assets) out.add_assets(policy.assets(static_cast<int>(asset)).id());
}

namespace {

// Part by part, as records are written again and again.
void fill_tunnel(v1::FlowSummary& out, const FlowSnapshot& flow) {
  if (flow.carrier.kind == TunnelKind::kNone) return out.clear_tunnel();
  v1::Tunnel& tunnel = *out.mutable_tunnel();
  tunnel.Clear();
  tunnel.set_kind(kTunnelNames[static_cast<size_t>(flow.carrier.kind)].data());
  tunnel.set_depth(flow.carrier.tunnels);
  if (flow.key.segment != 0) tunnel.set_network(flow.key.segment & 0xffffff);
  if (flow.carrier.tunnels == 0) return;
  const auto source = flow.carrier.source.wire(), destination = flow.carrier.destination.wire();
  tunnel.set_source(source.data(), source.size());
  tunnel.set_destination(destination.data(), destination.size());
}

}  // namespace

void fill_flow(v1::FlowSummary& out, const FlowSnapshot& flow) {
  out.set_id(flow.id.value);
  out.set_start_ns(flow.start.value);
  out.set_last_ns(flow.last.value);
  out.set_packets_to_responder(flow.packets_to_responder);
  out.set_packets_to_initiator(flow.packets_to_initiator);
  out.set_bytes_to_responder(flow.bytes_to_responder);
  out.set_bytes_to_initiator(flow.bytes_to_initiator);
  out.set_direction_assumed(flow.direction_assumed);
  const auto mark = [&](Unscanned why, v1::Unscanned name) {
    if ((flow.unscanned & static_cast<uint8_t>(why)) != 0) out.add_unscanned(name);
  };
  out.clear_unscanned();
  mark(Unscanned::kNoStream, v1::UNSCANNED_NO_STREAM);
  mark(Unscanned::kShed, v1::UNSCANNED_SHED);
  mark(Unscanned::kDepth, v1::UNSCANNED_DEPTH);
  fill_tunnel(out, flow);
}

std::string flow_community_id(const FlowSnapshot& flow) {
  return community_id(flow.key, flow.initiator_is_low ? KeyInitiator::kLow : KeyInitiator::kHigh);
}

void name_policy(v1::Alert& alert, const Generation& generation) {
  for (const v1::Model& model : generation.policy().models()) {
    if (model.id() != alert.rule().model()) continue;
    alert.mutable_model()->set_id(model.id());
    alert.mutable_model()->set_version(model.version());
    alert.mutable_model()->set_digest(model.digest());
  }
  alert.set_policy_digest(generation.digest());
  alert.set_policy_version(generation.version());
  alert.set_generation(generation.id().value);
}

void add_evidence(v1::Alert& alert, const EvidenceSlice& slice, const v1::Rule& rule) {
  if (slice.bytes == 0) return;
  v1::Evidence& out = *alert.add_evidence();
  out.set_rule_element(rule.element());
  out.set_bytes(slice.data.data(), std::min<size_t>(slice.bytes, kMaxEvidence));
  out.set_masked(slice.masked);
  out.set_stream_offset(slice.stream_offset);
  out.set_to_responder(slice.to_responder);
  out.set_reading(static_cast<v1::Reading>(slice.reading));
}

}  // namespace glacis::sensor
