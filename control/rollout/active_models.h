#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "control/store/model_store.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

struct PushInput {
  std::vector<SourceFile> files;
  uint64_t base_version = 0;  // 0: whatever is there
  std::string pushed_by, reason;
  int64_t now_ns = 0;
};

enum class PushVerdict : uint8_t { kGood, kUnchanged, kInvalid, kWrongBase, kConflict };

struct TapSummary {
  std::string tap;
  uint64_t version = 0;
  std::string digest;
  uint32_t rules = 0;
};

// What a push would do.
struct PreparedPush {
  PushVerdict verdict = PushVerdict::kInvalid;
  std::vector<Diagnostic> diagnostics;
  std::vector<NotEnforcedElement> not_enforced;  // of this model
  std::string model;
  std::vector<TapSummary> taps;  // all of them; "" is the policy of sensors without a tap
  PushRecord record;             // what to store; its policies are those that changed
};

// The active models and the policies that they compile to together.
// Thread: one at a time (compiling takes milliseconds to seconds).
class ActiveModels {
 public:
  // The version that a tap's next policy gets.
  using NextVersion = std::function<uint64_t(const std::string& tap)>;

  // Stored models that do not parse any more are named; the others are used.
  [[nodiscard]] std::vector<Error> restore(const StoredState& state);
  // Parses, validates, composes with the other models; changes nothing.
  [[nodiscard]] PreparedPush prepare(const PushInput& input, const NextVersion& next) const;
  // After the record was stored.
  void adopt(const PushRecord& record);
  [[nodiscard]] const std::map<std::string, StoredModel>& stored() const { return stored_; }

 private:
  [[nodiscard]] bool compose(std::vector<Model> models, const NextVersion& next, PreparedPush& out) const;

  std::map<std::string, StoredModel> stored_;
  std::map<std::string, Model> parsed_;
  std::map<std::string, StoredPolicy> policies_;                      // by tap
  std::map<std::pair<std::string, std::string>, uint32_t> rule_ids_;  // (model, element)
};

}  // namespace glacis::control
