#include "control/threat_model/value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <limits>

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

// Seconds in the unit that a duration or a rate ends with; 0: none.
int64_t unit_seconds(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86'400;
    default:
      return 0;
  }
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

std::optional<uint32_t> number_in(std::string_view text, uint32_t least, uint32_t most) {
  const auto out = number(text);
  return out && *out >= least && *out <= most ? out : std::nullopt;
}

bool NumberTest::holds(uint32_t of) const {
  if (sign == "<") return of < number;
  if (sign == "<=") return of <= number;
  if (sign == ">") return of > number;
  if (sign == ">=") return of >= number;
  return of == number;
}

std::optional<NumberTest> number_test(std::string_view text, uint32_t least, uint32_t most) {
  NumberTest out{"=", 0};
  for (const std::string_view sign : {"<=", ">=", "<", ">"}) {
    if (!text.starts_with(sign)) continue;
    out.sign = sign;
    text.remove_prefix(sign.size());
    break;
  }
  const auto value = number_in(text, least, most);
  if (!value) return std::nullopt;
  out.number = *value;
  return out;
}

std::optional<int64_t> duration_ns(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto count = number(text.substr(0, text.size() - 1));
  if (!count) return std::nullopt;
  const int64_t unit = unit_seconds(text.back());
  if (unit == 0) return std::nullopt;
  constexpr int64_t kLongest = int64_t{3650} * 86'400;
  if (*count > kLongest / unit) return std::nullopt;
  return *count * unit * 1'000'000'000;
}

std::optional<uint64_t> amount(std::string_view text) {
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"", 1},
                                                              {"B", 1},
                                                              {"kB", 1000},
                                                              {"MB", 1'000'000},
                                                              {"GB", 1'000'000'000},
                                                              {"TB", 1'000'000'000'000},
                                                              {"KiB", 1u << 10},
                                                              {"MiB", 1u << 20},
                                                              {"GiB", 1u << 30},
                                                              {"TiB", uint64_t{1} << 40}};
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<size_t>(end - text.data()));
  const auto unit =
      std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& u) { return u.first == suffix; });
  if (unit == std::end(kUnits) || count > std::numeric_limits<uint64_t>::max() / unit->second) return std::nullopt;
  return count * unit->second;
}

bool is_rate(std::string_view text) {
  return text.size() > 2 && text[text.size() - 2] == '/' && unit_seconds(text.back()) != 0 &&
         amount(text.substr(0, text.size() - 2)).value_or(0) > 0;
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
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (out.bytes.starts_with(kMapped) && out.length >= 96) {
    out.bytes.erase(0, kMapped.size());
    out.length -= 96;
  }
  return out;
}

bool is_canonical(const AddressPrefix& prefix) {
  for (size_t bit = prefix.length; bit < prefix.bytes.size() * 8; ++bit) {
    if ((prefix.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

bool covers_ip4_space(const AddressPrefix& prefix) {
  return prefix.bytes.size() == 16 &&
         contains(prefix, {std::string(10, '\0') + "\xff\xff" + std::string(4, '\0'), 96, ""});
}

bool contains(const AddressPrefix& outer, const AddressPrefix& inner) {
  if (inner.bytes.size() != outer.bytes.size() || inner.length < outer.length) return false;
  for (uint32_t bit = 0; bit < outer.length; ++bit) {
    if (((inner.bytes[bit / 8] ^ outer.bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
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
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)), std::chrono::month(*m),
                                         std::chrono::day(*d)};
  if (!date.ok()) return std::nullopt;
  return int64_t{std::chrono::sys_days(date).time_since_epoch().count()} * 86'400 + 86'399;
}

std::optional<int64_t> moment_s(const std::string& text) {
  constexpr int64_t kDay_s = 86'400, kMinute_s = 60;
  const size_t t = text.find('T');
  const auto end = end_of_date_s(text.substr(0, t));
  if (!end || t == std::string::npos) return end;
  const auto hours = hours_span(text.substr(t + 1) + "-24:00");
  return hours ? std::optional(*end + 1 - kDay_s + hours->start_minute * kMinute_s) : std::nullopt;
}

std::string date_text(int64_t seconds) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(seconds / 86'400))};
  char out[32];
  std::snprintf(out, sizeof out, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return out;
}

std::string utc_text(int64_t unix_ns, Precision precision) {
  constexpr int64_t kOneSecond_ns = 1'000'000'000;
  if (unix_ns == 0) return "-";
  int64_t seconds = unix_ns / kOneSecond_ns, rest = unix_ns % kOneSecond_ns;
  if (rest < 0) {
    rest += kOneSecond_ns;
    --seconds;
  }
  const auto when = static_cast<time_t>(seconds);
  tm utc{};
  gmtime_r(&when, &utc);
  char text[48];
  const char* const format = precision == Precision::kMinutes ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %T";
  std::string out(text, std::strftime(text, sizeof text, format, &utc));
  if (precision != Precision::kMillis) return out;
  std::snprintf(text, sizeof text, ".%03d", static_cast<int>(rest / 1'000'000));
  return out + text;
}

std::string address_text(std::string_view wire) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (wire.size() == 4) inet_ntop(AF_INET, wire.data(), text, sizeof text);
  if (wire.size() == 16) inet_ntop(AF_INET6, wire.data(), text, sizeof text);
  return text;
}

std::string span_text(int64_t ns) {
  constexpr std::pair<char, int64_t> kUnits[] = {{'d', 86'400}, {'h', 3600}, {'m', 60}, {'s', 1}};
  const int64_t seconds = ns / 1'000'000'000;
  const auto unit = std::ranges::find_if(kUnits, [&](const auto& u) { return seconds % u.second == 0; });
  return std::to_string(seconds / unit->second) + unit->first;
}

std::string minute_text(uint32_t minute) {
  char out[16];
  std::snprintf(out, sizeof out, "%02u:%02u", minute / 60, minute % 60);
  return out;
}

std::string port_text(const std::vector<PortSpan>& ports) {
  std::vector<std::string> out;
  for (const PortSpan& p : ports)
    out.push_back(std::to_string(p.first) + (p.last == p.first ? "" : "-" + std::to_string(p.last)));
  return joined(out);
}

std::string joined(const std::vector<std::string>& names, std::string_view between) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : between).append(name);
  return out;
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

bool is_attack_id(std::string_view text) {
  const bool technique = text.size() == 5 || (text.size() == 9 && text[5] == '.' && all_digits(text.substr(6)));
  return technique && text[0] == 'T' && all_digits(text.substr(1, 4));
}

bool is_variable(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::isalpha(static_cast<unsigned char>(name[0])) != 0 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

bool is_time_zone(const std::string& text) {
  if (text.empty() || text.front() == '/' || text.find("..") != std::string::npos) return false;
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+' || c == '.');
  });
  if (!plain || text == "UTC") return plain;
  const std::filesystem::path database("/usr/share/zoneinfo");
  std::error_code fault;
  return !std::filesystem::is_directory(database, fault) || std::filesystem::is_regular_file(database / text, fault);
}

}  // namespace glacis::control
