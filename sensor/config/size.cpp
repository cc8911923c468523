#include "sensor/config/size.h"

#include <array>
#include <charconv>
#include <utility>

namespace glacis::sensor {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 3> kUnits{{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};

// Of a whole number of KiB: in the largest unit that leaves it whole.
std::string text_of(uint64_t bytes) {
  auto unit = kUnits.front();
  for (const auto& each : kUnits) {
    if (bytes % (uint64_t{1} << each.second) == 0) unit = each;
  }
  return std::to_string(bytes >> unit.second).append(unit.first);
}

}  // namespace

std::optional<uint64_t> size_of(std::string_view text) {
  constexpr uint64_t kMostUnits = uint64_t{1} << 33;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number >= kMostUnits) return std::nullopt;
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const auto& [unit, shift] : kUnits) {
    if (rest == unit) return number << shift;
  }
  return std::nullopt;
}

Expected<uint64_t> size_or_word(std::string_view text, const SizeChoice& choice) {
  if (text == choice.word) return choice.meaning;
  const auto bytes = size_of(text);
  if (bytes && *bytes >= choice.least && *bytes <= choice.most) return *bytes;
  return fail("expected " + std::string(choice.word) + " or a size from " + text_of(choice.least) + " to " +
              text_of(choice.most) + ", not '" + std::string(text) + "'");
}

}  // namespace glacis::sensor
