#include "control/threat_model/place_check.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "control/threat_model/value.h"
#include "dataplane/zone/zone_table.h"

namespace glacis::control {
namespace {

using PrefixKey = std::pair<std::string, uint32_t>;  // bytes and length

// The prefix with its bits beyond `length` cleared.
PrefixKey cut(const AddressPrefix& prefix, uint32_t length) {
  std::string bytes = prefix.bytes;
  for (size_t bit = length; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] & ~(0x80 >> (bit % 8)));
  }
  return {std::move(bytes), length};
}

bool global(const AddressPrefix& prefix) {
  return global_unicast(
      IpAddress::from_bytes(std::span(reinterpret_cast<const uint8_t*>(prefix.bytes.data()), prefix.bytes.size())));
}

class PlaceCheck {
 public:
  PlaceCheck(Model& model, std::vector<Diagnostic>& diagnostics) : model_(model), diagnostics_(diagnostics) {}

  void run() {
    for (ZoneElement& zone : model_.zones) {
      zones_[zone.id] = &zone;
      check_zone(zone);
      for (AddressPrefix& prefix : zone.prefixes) claim(zone_at_, prefix, zone, zone.apart, "zone");
    }
    for (AssetElement& asset : model_.assets) {
      const auto zone = zones_.find(asset.zone);
      if (zone == zones_.end()) continue;  // told where the name is
      for (AddressPrefix& prefix : asset.prefixes) {
        claim(asset_at_, prefix, asset, zone->second->apart, "asset");
        check_inside(asset, prefix, *zone->second);
      }
    }
    check_boundaries();
  }

 private:
  struct Claim {
    const Element* element;
    AddressPrefix* prefix;
    std::string apart;
  };
  using Claims = std::map<PrefixKey, std::vector<Claim>>;

  void error(Code code, std::string message, std::string hint, const Position& at) {
    diagnostics_.push_back({code, std::move(message), std::move(hint), at});
  }

  void check_zone(const ZoneElement& zone) {
    if (zone.any) {
      if (any_ != nullptr)
        error("same-prefix", "zone '" + any_->id + "' has any too", "one zone is everything that no other zone is",
              zone.at);
      any_ = &zone;
    }
    if (!zone.any && zone.prefixes.empty() && (model_.stage == "build" || model_.stage == "live")) {
      error("no-address", "zone '" + zone.id + "' has no address", "addr: 10.1.0.0/16; needed from stage build on",
            zone.at);
    }
  }

  void claim(Claims& claims, AddressPrefix& prefix, const Element& element, const std::string& apart,
             const std::string& what) {
    std::vector<Claim>& here = claims[{prefix.bytes, prefix.length}];
    for (const Claim& other : here) {
      if (other.apart == apart || other.apart.empty() || apart.empty()) {
        error("same-prefix", prefix.text + " is " + what + " '" + other.element->id + "' too",
              "tell the zones apart by tap, vlan or vni", element.at);
        break;
      }
      prefix.shared = other.prefix->shared = true;
    }
    here.push_back({&element, &prefix, apart});
  }

  // The longest prefix decides which zone an address is in, so that one must be the asset's.
  void check_inside(const AssetElement& asset, const AddressPrefix& prefix, const ZoneElement& zone) {
    const auto [around, mine] = narrowest_around(prefix, zone);
    const std::string there = around != nullptr ? "it is in zone '" + around->id + "'" : "it is in no zone";
    if (!mine && (around != nullptr || !zone.any)) {
      error("outside-zone", prefix.text + " is not in zone '" + zone.id + "'", there, asset.at);
      return;
    }
    if (!mine && !global(prefix)) {
      error("outside-zone", prefix.text + " is not in zone '" + zone.id + "'", "any is global unicast only", asset.at);
      return;
    }
    // Keys sort by bytes: what a prefix covers follows it.
    for (auto next = zone_at_.lower_bound({prefix.bytes, 0}); next != zone_at_.end(); ++next) {
      const AddressPrefix& inner = *next->second[0].prefix;
      if (!contains(prefix, inner)) {
        if (inner.bytes.size() != prefix.bytes.size() || cut(inner, prefix.length).first == prefix.bytes) continue;
        break;
      }
      const Element& other = *next->second[0].element;
      if (other.id == zone.id) continue;
      error("outside-zone", prefix.text + " covers " + inner.text + " of zone '" + other.id + "'", "narrower addresses",
            asset.at);
      return;
    }
  }

  // The element with the longest prefix around this one, and whether the zone is among those that have it.
  std::pair<const Element*, bool> narrowest_around(const AddressPrefix& prefix, const ZoneElement& zone) const {
    for (int64_t length = prefix.length; length >= 0; --length) {
      const auto found = zone_at_.find(cut(prefix, static_cast<uint32_t>(length)));
      if (found == zone_at_.end()) continue;
      for (const Claim& claim : found->second) {
        if (claim.element->id == zone.id) return {claim.element, true};
      }
      return {found->second[0].element, false};
    }
    return {nullptr, false};
  }

  void check_boundaries() {
    std::map<std::pair<std::string, std::string>, const BoundaryElement*> pairs;
    for (const BoundaryElement& boundary : model_.boundaries) {
      if (boundary.from.empty() || boundary.to.empty()) continue;
      if (boundary.from == boundary.to)
        error("no-crossing", "a boundary lies between two zones", "traffic inside a zone: drift.unmodelled.inside",
              boundary.at);
      const auto [old, fresh] = pairs.emplace(std::pair(boundary.from, boundary.to), &boundary);
      if (!fresh)
        error("two-boundaries", "'" + old->second->id + "' already covers " + boundary.from + " to " + boundary.to,
              "one boundary for each direction", boundary.at);
    }
  }

  Model& model_;
  std::vector<Diagnostic>& diagnostics_;
  std::map<std::string, const ZoneElement*> zones_;
  const ZoneElement* any_ = nullptr;
  Claims zone_at_, asset_at_;
};

}  // namespace

void check_places(Model& model, std::vector<Diagnostic>& diagnostics) { PlaceCheck(model, diagnostics).run(); }

}  // namespace glacis::control
