#include "control/threat_model/places.h"

#include <algorithm>
#include <unordered_set>

namespace glacis::control {
namespace {

template <class Map>
auto find(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}

template <class List, class Map>
void index(const List& list, Map& map) {
  for (const auto& element : list) map.emplace(element.id, &element);
}

bool is_any(const EndNames& ends) { return ends.empty() || std::ranges::find(ends, "any") != ends.end(); }

}  // namespace

Places::Places(const Model& model) : model_(model) {
  index(model.zones, zones_);
  index(model.assets, assets_);
  index(model.flows, flows_);
  index(model.data, data_);
  index(model.taps, taps_);
}

const ZoneElement* Places::zone(const std::string& name) const { return find(zones_, name); }
const AssetElement* Places::asset(const std::string& name) const { return find(assets_, name); }
const FlowElement* Places::flow(const std::string& name) const { return find(flows_, name); }
const DataElement* Places::data(const std::string& name) const { return find(data_, name); }

const ZoneElement* Places::zone_around(const std::string& name) const {
  if (const AssetElement* found = asset(name)) return zone(found->zone);
  return zone(name);
}

bool Places::holds(const std::string& outer, const std::string& inner) const {
  if (outer == "any" || outer == inner) return true;
  const AssetElement* found = asset(inner);
  return found != nullptr && found->zone == outer;
}

bool Places::holds(const EndNames& outer, const EndNames& inner) const {
  if (is_any(outer)) return true;
  if (is_any(inner)) return false;
  return std::ranges::all_of(inner, [&](const std::string& one) {
    return std::ranges::any_of(outer, [&](const std::string& around) { return holds(around, one); });
  });
}

bool Places::meets(const EndNames& a, const EndNames& b) const {
  if (is_any(a) || is_any(b)) return true;
  return std::ranges::any_of(a, [&](const std::string& one) {
    return std::ranges::any_of(b, [&](const std::string& other) { return meets(one, other); });
  });
}

std::vector<const ZoneElement*> Places::zones(const EndNames& ends) const {
  const bool all = is_any(ends);
  std::unordered_set<const ZoneElement*> named;
  for (const std::string& name : ends) named.insert(zone_around(name));
  std::vector<const ZoneElement*> out;
  for (const ZoneElement& zone : model_.zones) {
    if (all || named.contains(&zone)) out.push_back(&zone);
  }
  return out;
}

std::vector<std::string> Places::taps(const ZoneElement& from, const ZoneElement& to) const {
  std::vector<std::string> out;
  for (const ZoneElement* end : {&from, &to}) {
    for (const std::string& name : end->taps) {
      const TapElement* tap = find(taps_, name);
      const bool known = std::ranges::find(out, name) != out.end();
      if (tap != nullptr && !known && sees(*tap, from, to)) out.push_back(name);
    }
  }
  return out;
}

std::string Places::judge(const ZoneElement& from, const ZoneElement& to) const {
  return judging_tap(from, to, [&](const std::string& name) {
    const TapElement* tap = find(taps_, name);
    return tap != nullptr && sees(*tap, from, to);
  });
}

bool Places::seen(const EndNames& from, const EndNames& to) const {
  const auto responders = zones(to);
  return std::ranges::any_of(zones(from), [&](const ZoneElement* a) {
    return std::ranges::any_of(responders, [&](const ZoneElement* b) { return !taps(*a, *b).empty(); });
  });
}

uint32_t Places::sensitivity(const AssetElement& asset) const {
  uint32_t out = 0;
  for (const std::string& name : asset.holds) {
    if (const DataElement* held = data(name)) out = std::max(out, held->sensitivity);
  }
  return out;
}

bool sees(const TapElement& tap, const ZoneElement& from, const ZoneElement& to) {
  if (from.id == to.id) return std::ranges::find(tap.inside, from.id) != tap.inside.end();
  return std::ranges::none_of(tap.without, [&](const auto& pair) {
    return (pair.first == from.id && pair.second == to.id) || (pair.first == to.id && pair.second == from.id);
  });
}

bool ports_hold(const std::vector<PortSpan>& outer, const std::vector<PortSpan>& inner) {
  if (outer.empty()) return true;
  if (inner.empty()) return false;
  return std::ranges::all_of(inner, [&](const PortSpan& one) {
    return std::ranges::any_of(outer, [&](const PortSpan& o) { return o.first <= one.first && one.last <= o.last; });
  });
}

bool ports_meet(const std::vector<PortSpan>& a, const std::vector<PortSpan>& b) {
  if (a.empty() || b.empty()) return true;
  return std::ranges::any_of(a, [&](const PortSpan& x) {
    return std::ranges::any_of(b, [&](const PortSpan& y) { return x.first <= y.last && y.first <= x.last; });
  });
}

}  // namespace glacis::control
