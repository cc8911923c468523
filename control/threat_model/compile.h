#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/threat_model/model.h"
#include "dataplane/base/error.h"

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

// One policy of all models for one tap; an empty tap: as if every tap saw the traffic. Deterministic.
// Faults: one prefix in different zones of two models (both named), an unknown tap.
[[nodiscard]] ExpectedAll<v1::Policy> compile(std::span<const Model> models, const std::string& tap, RuleIds& ids);

// The bytes to send, and their SHA-256 (32 bytes).
[[nodiscard]] std::string serialise(const v1::Policy& policy);
[[nodiscard]] std::string digest_of(const std::string& bytes);
[[nodiscard]] std::string hex(const std::string& bytes);

}  // namespace glacis::control
