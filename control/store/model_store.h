#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "dataplane/base/error.h"

namespace glacis::control {

struct StoredModel {
  std::string id;
  uint64_t version = 0;
  std::string digest;
  std::string pushed_by, reason;
  int64_t pushed_ns = 0;
  std::vector<SourceFile> files;  // the first is the model
};

struct StoredPolicy {
  std::string tap;
  uint64_t version = 0;
  std::string digest, bytes;
};

struct StoredRuleId {
  std::string model, element;
  uint32_t id = 0;
};

struct StoredSensor {
  std::string name, tap, software_version;
  int64_t last_heard_ns = 0;
};

// What control knows when it starts.
struct StoredState {
  std::vector<StoredModel> models;  // active ones
  std::vector<StoredRuleId> rule_ids;
  std::vector<StoredPolicy> policies;  // the newest of each tap
  std::vector<StoredSensor> sensors;
};

// A push: the model, the policies that it changed, the rule ids that are new.
struct PushRecord {
  StoredModel model;
  std::vector<StoredPolicy> policies;
  std::vector<StoredRuleId> new_rule_ids;
};

// Threads: the store's writing thread. On an error nothing of the call is stored.
class ModelStore {
 public:
  virtual ~ModelStore() = default;
  [[nodiscard]] virtual Expected<StoredState> load() = 0;
  // Makes the model the active one of its id. Returns the push's number; it only grows.
  [[nodiscard]] virtual Expected<uint64_t> commit_push(const PushRecord& push) = 0;
  [[nodiscard]] virtual Expected<void> save_policy(const StoredPolicy& policy) = 0;
  [[nodiscard]] virtual Expected<void> save_sensor(const StoredSensor& sensor) = 0;
};

}  // namespace glacis::control
