#include "control/cli/day.h"

#include <chrono>

#include "control/threat_model/value.h"

namespace glacis::control {

std::expected<int64_t, std::string> day_of(const Options& options) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string today = date_text(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  const auto day = end_of_date_s(options.get("--at", today));
  if (!day) return std::unexpected("--at is a day such as 2029-03-31, not '" + options.get("--at") + "'");
  return *day;
}

}  // namespace glacis::control
