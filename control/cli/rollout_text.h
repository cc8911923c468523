#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "control/cli/console.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::v1 {
class PushModelResponse;
class WatchRolloutResponse;
}  // namespace glacis::v1

namespace glacis::control {

// Diagnostics as they came over the wire, safe to print.
[[nodiscard]] std::vector<Diagnostic> diagnostics_of(const v1::PushModelResponse& response);

// The reverse, for a response that is printed as JSON.
void set_diagnostics(const std::vector<Diagnostic>& diagnostics, v1::PushModelResponse& response);

// What is not enforced, element by element as `check` does; the headline; the policy of each tap.
void print_accepted(const std::string& headline, const v1::PushModelResponse& response, std::ostream& out);

// A rollout as it goes: one line for each event. Thread: one.
class RolloutText {
 public:
  // `sensor_width`: of the longest name that is expected.
  RolloutText(size_t sensor_width, Console& console) : sensor_width_(sensor_width), console_(console) {}
  void print(const v1::WatchRolloutResponse& event);
  // For the summary, without printing it.
  void note(const v1::WatchRolloutResponse& event);
  // Where each sensor stands now, in one line.
  void print_summary();
  // The sensors that were offered the policy and have said neither ACTIVE nor REJECTED: "core-1, core-2".
  [[nodiscard]] std::string unanswered() const;
  // Every sensor that is connected runs the new policy.
  [[nodiscard]] bool active_everywhere() const;

 private:
  const size_t sensor_width_;
  Console& console_;
  std::map<std::string, int> states_;  // v1::RolloutState by sensor
};

}  // namespace glacis::control
