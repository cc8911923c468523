#include "sensor/config/suggestion.h"

#include <algorithm>
#include <numeric>

namespace glacis::sensor {
namespace {

constexpr size_t kFarthest = 3;

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = up;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  std::string_view best;
  size_t distance = kFarthest + 1;
  for (const std::string& candidate : known) {
    const size_t d = edit_distance(word, candidate);
    if (d >= distance) continue;
    distance = d;
    best = candidate;
  }
  return best.empty() ? "" : "did you mean '" + std::string(best) + "'?";
}

}  // namespace glacis::sensor
