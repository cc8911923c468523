#include "control/analysis/crossings.h"

#include <algorithm>
#include <map>
#include <utility>

#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

void fill(const Places& places, Crossing& out) {
  const auto& boundaries = places.model().boundaries;
  const auto boundary = std::ranges::find_if(
      boundaries, [&](const BoundaryElement& b) { return b.from == out.from->id && b.to == out.to->id; });
  if (boundary != boundaries.end()) out.boundary = &*boundary;
  out.taps = places.taps(*out.from, *out.to);
  for (const FlowElement* line : out.lines) {
    for (const std::string& data : line->carries) {
      if (!names(out.data, data)) out.data.push_back(data);
    }
  }
}

}  // namespace

std::vector<Crossing> crossings(const Places& places) {
  const std::vector<ZoneElement>& zones = places.model().zones;
  std::map<std::pair<const ZoneElement*, const ZoneElement*>, std::vector<const FlowElement*>> lines;
  for (const FlowElement& flow : places.model().flows) {
    const auto responders = places.zones(flow.to);
    for (const ZoneElement* from : places.zones(flow.from)) {
      for (const ZoneElement* to : responders) {
        if (from != to) lines[{from, to}].push_back(&flow);
      }
    }
  }
  std::vector<Crossing> out;
  for (const ZoneElement& from : zones) {
    for (const ZoneElement& to : zones) {
      const auto found = lines.find({&from, &to});
      if (found == lines.end()) continue;
      out.push_back({&from, &to, std::move(found->second), nullptr, {}, {}});
      fill(places, out.back());
    }
  }
  return out;
}

bool controlled(const Crossing& crossing) {
  if (crossing.from->trust >= crossing.to->trust) return true;
  return crossing.boundary != nullptr && !crossing.boundary->needs.empty();
}

std::vector<IdentityUse> identities_on(const Crossing& crossing, const Model& model) {
  std::vector<IdentityUse> out;
  for (const IdentityElement& identity : model.identities) {
    IdentityUse use{identity.id, {}};
    for (const FlowElement* line : crossing.lines) {
      if (uses(*line, identity)) use.lines.push_back(line);
    }
    if (!use.lines.empty()) out.push_back(std::move(use));
  }
  IdentityUse nobody;
  for (const FlowElement* line : crossing.lines) {
    const bool asked = !line->as.empty() || std::ranges::any_of(model.identities, [&](const IdentityElement& identity) {
      return names(identity.may, line->id);
    });
    if (!asked) nobody.lines.push_back(line);
  }
  if (!nobody.lines.empty()) out.push_back(std::move(nobody));
  return out;
}

}  // namespace glacis::control
