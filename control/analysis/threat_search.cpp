#include "control/analysis/threat_search.h"

namespace glacis::control {

std::span<const ThreatSearch> threat_searches() {
  static const std::vector<ThreatSearch> kAll = [] {
    std::vector<ThreatSearch> out;
    for (const auto part : {flow_threats(), place_threats(), identity_threats()})
      out.insert(out.end(), part.begin(), part.end());
    return out;
  }();
  return kAll;
}

std::string text_of(const EndNames& ends) {
  std::string out;
  for (const std::string& name : ends) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "any" : out;
}

}  // namespace glacis::control
