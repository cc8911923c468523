#pragma once

#include <string>

#include "dataplane/packet/layers.h"

namespace glacis::sensor {

enum class KeyInitiator : uint8_t { kLow, kHigh };

// Community ID v1 of a flow, seed 0: "1:" + base64(SHA-1(...)), the same string that Zeek, Suricata
// and others give to the flow (github.com/corelight/community-id-spec). `initiator` matters for ICMP
// types without a counterpart only; the specification does not reorder those. Empty where OpenSSL has no
// SHA-1. Thread: any.
[[nodiscard]] std::string community_id(const FlowKey& key, KeyInitiator initiator);

}  // namespace glacis::sensor
