#include "control/threat_model/value.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <chrono>

namespace glacis::control {
namespace {

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint32_t> minute_of_day(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto hour = number(text.substr(0, colon)), minute = number(text.substr(colon + 1));
  if (!hour || !minute || *hour > 24 || *minute > 59 || *hour * 60 + *minute > 1440) return std::nullopt;
  return *hour * 60 + *minute;
}

}  // namespace

std::optional<int64_t> duration_ns(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto count = number(text.substr(0, text.size() - 1));
  if (!count) return std::nullopt;
  int64_t unit = 0;
  switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86'400; break;
    default: return std::nullopt;
  }
  constexpr int64_t kLongest = int64_t{3650} * 86'400;
  if (*count > kLongest / unit) return std::nullopt;
  return *count * unit * 1'000'000'000;
}

std::optional<AddressPrefix> address_prefix(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  std::array<unsigned char, 16> raw{};
  AddressPrefix out;
  out.text = text;
  if (inet_pton(AF_INET, address.c_str(), raw.data()) == 1) {
    out.bytes.assign(reinterpret_cast<const char*>(raw.data()), 4);
  } else if (inet_pton(AF_INET6, address.c_str(), raw.data()) == 1) {
    out.bytes.assign(reinterpret_cast<const char*>(raw.data()), 16);
  } else {
    return std::nullopt;
  }
  out.length = static_cast<uint32_t>(out.bytes.size() * 8);
  if (slash != std::string::npos) {
    const auto length = number(std::string_view(text).substr(slash + 1));
    if (!length || *length > out.length) return std::nullopt;
    out.length = *length;
  }
  return out;
}

std::optional<std::vector<PortSpan>> port_spans(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *first > *last || *last > 0xffff) return std::nullopt;
  return std::vector<PortSpan>{{*first, *last}};
}

std::optional<int64_t> end_of_date_s(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = number(text.substr(0, 4)), m = number(text.substr(5, 2)), d = number(text.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)), std::chrono::month(*m), std::chrono::day(*d)};
  if (!date.ok()) return std::nullopt;
  return int64_t{std::chrono::sys_days(date).time_since_epoch().count()} * 86'400 + 86'399;
}

std::optional<HoursSpan> hours_span(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto start = minute_of_day(text.substr(0, dash)), end = minute_of_day(text.substr(dash + 1));
  if (!start || !end) return std::nullopt;
  HoursSpan out;
  out.start_minute = *start;
  out.end_minute = *end;
  return out;
}

std::optional<uint32_t> days_mask(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto day = [&](std::string_view name) -> std::optional<uint32_t> {
    for (uint32_t i = 0; i < kDays.size(); ++i) {
      if (kDays[i] == name) return i;
    }
    return std::nullopt;
  };
  const size_t dash = text.find('-');
  const auto first = day(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : day(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  uint32_t mask = 0;
  for (uint32_t i = *first;; i = (i + 1) % 7) {
    mask |= 1u << i;
    if (i == *last) return mask;
  }
}

}  // namespace glacis::control
