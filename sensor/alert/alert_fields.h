#pragma once

#include <string>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/policy/generation.h"
#include "glacis/v1/alert.pb.h"

namespace glacis::sensor {

// How an event's plain data stands in an alert or a flow record. Thread: any.

// The key of an alert: 32 hex digits of SHA-256 over what makes it the one it is.
[[nodiscard]] std::string alert_key(const std::vector<uint64_t>& numbers, const std::string& text = {});

[[nodiscard]] v1::End end_of(const IpAddress& address, uint16_t port, PlaceId place, const Generation& generation);
// Into one that is new or cleared.
void fill_end(v1::End& out, const IpAddress& address, uint16_t port, PlaceId place, const Generation& generation);
void fill_flow(v1::FlowSummary& out, const FlowSnapshot& flow);
[[nodiscard]] std::string flow_community_id(const FlowSnapshot& flow);

template <class Message>
void fill_vlans(Message& out, const FlowKey& key) {
  if (key.vlan_outer != 0) out.add_vlan(key.vlan_outer);
  if (key.vlan_inner != 0) out.add_vlan(key.vlan_inner);
}

// Which model and policy the primary rule stands in.
void name_policy(v1::Alert& alert, const Generation& generation);
void add_evidence(v1::Alert& alert, const EvidenceSlice& slice, const v1::Rule& rule);

}  // namespace glacis::sensor
