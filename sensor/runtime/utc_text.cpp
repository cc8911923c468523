#include "sensor/runtime/utc_text.h"

#include <ctime>

namespace glacis::sensor {

std::string utc_text(Nanos unix_time) {
  const auto seconds = static_cast<time_t>(unix_time.value / 1'000'000'000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace glacis::sensor
