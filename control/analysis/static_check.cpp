#include "control/analysis/static_check.h"

#include <algorithm>
#include <tuple>

namespace glacis::control {

std::vector<Diagnostic> static_check(const Places& places, int64_t day_s) {
  std::vector<Diagnostic> out;
  check_lines(places, day_s, out);
  check_cases(places, out);
  check_ways(places, out);
  check_governance(places, day_s, out);
  std::ranges::stable_sort(out, [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.at.file, a.at.line, a.at.column) < std::tie(b.at.file, b.at.line, b.at.column);
  });
  return out;
}

}  // namespace glacis::control
