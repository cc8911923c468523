#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// Scalars of the language. Nothing when the text is not one. Any thread.
[[nodiscard]] std::optional<uint32_t> number_in(std::string_view text, uint32_t least, uint32_t most);
// "4" "<30" "<=4" ">0" ">=4"; the number is least to most.
struct NumberTest {
  std::string_view sign;  // "=", "<", "<=", ">", ">="
  uint32_t number = 0;
  [[nodiscard]] bool holds(uint32_t of) const;
};
[[nodiscard]] std::optional<NumberTest> number_test(std::string_view text, uint32_t least, uint32_t most);
[[nodiscard]] std::optional<int64_t> duration_ns(std::string_view text);  // "30s" "10m" "4h" "1d"
[[nodiscard]] std::optional<uint64_t> amount(
    std::string_view text);                         // "5000" "50MB" (10^6) "64MiB" (2^20): bytes or a count
[[nodiscard]] bool is_rate(std::string_view text);  // "50MB/h" "2000/h": an amount in a second, minute, hour or day
// IPv4 in IPv6 form becomes IPv4. Bits beyond the length are kept: see is_canonical.
[[nodiscard]] std::optional<AddressPrefix> address_prefix(const std::string& text);  // "10.1.0.0/16", "fd00::1"
[[nodiscard]] bool is_canonical(const AddressPrefix& prefix);
// Whether IPv4 lies inside it, in IPv6 form.
[[nodiscard]] bool covers_ip4_space(const AddressPrefix& prefix);
[[nodiscard]] bool contains(const AddressPrefix& outer, const AddressPrefix& inner);
[[nodiscard]] std::optional<std::vector<PortSpan>> port_spans(std::string_view text);  // "443" "5985-5986"
[[nodiscard]] std::optional<int64_t> end_of_date_s(std::string_view text);  // "2029-03-31": its last second, UTC
// "2026-11-26T02:00", or the last second of "2026-11-26"; UTC.
[[nodiscard]] std::optional<int64_t> moment_s(const std::string& text);
[[nodiscard]] std::string date_text(int64_t seconds);  // "2029-03-31", UTC
enum class Precision : uint8_t { kMinutes, kSeconds, kMillis };
// Unix time as "2026-11-25 10:02:33", UTC; "-" for 0.
[[nodiscard]] std::string utc_text(int64_t unix_ns, Precision precision);
[[nodiscard]] std::string span_text(int64_t ns);                          // "4h", "90s": the largest unit that fits
[[nodiscard]] std::string minute_text(uint32_t minute);                   // "07:00" of 420
[[nodiscard]] std::string address_text(std::string_view wire);            // 4 or 16 bytes; else "?"
[[nodiscard]] std::string port_text(const std::vector<PortSpan>& ports);  // "22, 5985-5986"
[[nodiscard]] std::string joined(const std::vector<std::string>& names, std::string_view between = ", ");
[[nodiscard]] std::optional<HoursSpan> hours_span(std::string_view text);  // "01:00-03:00"
[[nodiscard]] std::optional<uint32_t> days_mask(std::string_view text);    // "mon-fri"
[[nodiscard]] bool is_attack_id(std::string_view text);                    // "T1078" "T1078.002"
[[nodiscard]] bool is_variable(std::string_view name);                     // "h" of "$h"
// An IANA name as sensors read it; known: in this machine's database, where it has one.
[[nodiscard]] bool is_time_zone(const std::string& text);

}  // namespace glacis::control
