#include "control/analysis/identity_sight.h"

#include <algorithm>
#include <set>

#include "control/analysis/step_coverage.h"
#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

// Taps that judge any of the lines.
std::vector<std::string> taps_of(const std::vector<const FlowElement*>& lines, const Places& places, TapSight& taps) {
  std::set<std::string> found;
  for (const FlowElement* line : lines) {
    const Sighting& sighting = taps.between(line->from, line->to);
    found.insert(sighting.taps.begin(), sighting.taps.end());
  }
  std::vector<std::string> out;
  for (const TapElement& tap : places.model().taps) {
    if (found.contains(tap.id)) out.push_back(tap.id);
  }
  return out;
}

std::vector<std::string> taps_to_providers(const Places& places, TapSight& taps) {
  EndNames providers;
  for (const AssetElement& asset : places.model().assets) {
    if (asset.kind == "identity-provider") providers.push_back(asset.id);
  }
  return providers.empty() ? EndNames() : taps.between({}, providers).taps;
}

}  // namespace

std::vector<std::string> protocols_of(const IdentityElement& identity) {
  std::vector<std::string> out;
  for (const std::string& seen : identity.seen_as) {
    std::string protocol = seen.substr(0, seen.find(':'));
    const bool hidden = protocol == "ssh" || protocol == "tls-client-cert";
    if (!hidden && !names(out, protocol)) out.push_back(std::move(protocol));
  }
  return out;
}

std::vector<IdentityCoverage> cover_identities(const Places& places, TapSight& taps) {
  const std::vector<std::string> ticket_taps = taps_to_providers(places, taps);
  std::vector<IdentityCoverage> out;
  for (const IdentityElement& identity : places.model().identities) {
    IdentityCoverage& one = out.emplace_back();
    one.identity = &identity;
    std::vector<const FlowElement*> readable;
    for (const FlowElement& flow : places.model().flows) {
      const bool asks = names(flow.as, identity.id);
      if (asks) one.lines.push_back(flow.id);
      if ((asks || names(identity.may, flow.id)) && !encrypted(flow)) readable.push_back(&flow);
    }
    const std::vector<std::string> flow_taps = taps_of(readable, places, taps);
    for (const std::string& protocol : protocols_of(identity)) {
      const bool ticket = protocol == "kerberos";
      one.protocols.push_back(
          {protocol, ticket ? Strength::kTicket : Strength::kFlow, ticket ? ticket_taps : flow_taps});
    }
  }
  return out;
}

}  // namespace glacis::control
