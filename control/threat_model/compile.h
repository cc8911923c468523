#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::v1 {
class Policy;
}

namespace glacis::control {

// Numbers of rules, stable across pushes. The default derives them from the key and resolves clashes
// within one policy; a store that remembers them derives from this class. Thread: one.
class RuleIds {
 public:
  virtual ~RuleIds() = default;
  // 1 .. 2^31-1, the same for the same key.
  [[nodiscard]] virtual uint32_t id_for(const std::string& model, const std::string& element);

 private:
  std::map<std::string, uint32_t> given_;
  std::map<uint32_t, std::string> taken_;
};

// What a policy is made for. A sensor needs every zone's address; a check of a design does not. A hunt is a sensor's
// policy with the models' hunts in place of their abuse cases, each a path of one step of which every hit is told.
enum class CompileFor : uint8_t { kSensor, kCheck, kHunt };

// What a sensor takes; more is refused by it (dataplane/policy), so it does not leave control.
inline constexpr size_t kMostZones = 4096, kMostDataClasses = 64, kMostPatterns = 20'000, kMostPrefixes = 200'000;
inline constexpr size_t kMostPolicyBytes = 64u << 20;

// One policy of all models for one tap; an empty tap: as if every tap saw the traffic. Deterministic:
// the order of `models` does not matter. Faults: one id twice, one prefix in different zones of two
// models (both named), zones or taps declared differently, an unknown tap, more than a sensor takes.
[[nodiscard]] std::expected<v1::Policy, std::vector<Diagnostic>> compile(std::span<const Model> models,
                                                                         const std::string& tap, RuleIds& ids,
                                                                         CompileFor purpose = CompileFor::kSensor);

// The bytes to send, and their SHA-256 (32 bytes).
[[nodiscard]] std::string serialise(const v1::Policy& policy);
[[nodiscard]] std::string digest_of(const std::string& bytes);
[[nodiscard]] std::string hex(const std::string& bytes);

}  // namespace glacis::control
