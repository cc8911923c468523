#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// Scalars of the language. Nothing when the text is not one. Any thread.
[[nodiscard]] std::optional<int64_t> duration_ns(std::string_view text);      // "30s" "10m" "4h" "1d"
[[nodiscard]] std::optional<AddressPrefix> address_prefix(const std::string& text);  // "10.1.0.0/16", "fd00::1"
[[nodiscard]] std::optional<std::vector<PortSpan>> port_spans(std::string_view text);  // "443" "5985-5986"
[[nodiscard]] std::optional<int64_t> end_of_date_s(std::string_view text);    // "2029-03-31": its last second, UTC
[[nodiscard]] std::optional<HoursSpan> hours_span(std::string_view text);     // "01:00-03:00"
[[nodiscard]] std::optional<uint32_t> days_mask(std::string_view text);       // "mon-fri"

}  // namespace glacis::control
