#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/model.h"
#include "control/threat_model/rule_ids.h"
#include "dataplane/base/error.h"

namespace glacis::v1 {
class Policy;
}

namespace glacis::control {

using PolicyDigest = std::array<uint8_t, 32>;

// A tap that the models name, and the sensors that share it; both sorted.
struct TapSensors {
  std::string tap;
  std::vector<std::string> sensors;
};
[[nodiscard]] std::vector<TapSensors> taps_of(std::span<const Model* const> models);

// One policy of all the models for one tap; an empty tap: as if every tap saw everything (replay).
// The order of `models` does not matter. Faults: models that contradict each other (one prefix in two
// zones, one zone with two trusts, one model id twice), zones without addresses, a tap nobody declares.
// Thread: any. Borrows the models during the call. Include policy.pb.h to use the result.
[[nodiscard]] ExpectedAll<v1::Policy> compile(std::span<const Model* const> models,
                                              std::string_view tap, RuleIds& rule_ids);

// The bytes that go to sensors: the same policy, the same bytes.
[[nodiscard]] std::string serialise(const v1::Policy& policy);
// SHA-256 of bytes as sent.
[[nodiscard]] PolicyDigest digest_of(std::string_view bytes);
[[nodiscard]] std::string hex_of(std::span<const uint8_t> bytes);

}  // namespace glacis::control
