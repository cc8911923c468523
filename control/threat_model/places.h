#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// Zones, assets and `any`, any of them; none: any.
using EndNames = std::vector<std::string>;

// How the places of a model lie in each other, by name: `any` holds all, a zone its assets. Two assets of a zone, and
// two zones, have nothing in common. What holds only as a union (a zone that is all of its assets) is not seen.
// Borrows the model. Thread: any.
class Places {
 public:
  explicit Places(const Model& model);

  [[nodiscard]] const Model& model() const { return model_; }
  // Null: no such name.
  [[nodiscard]] const ZoneElement* zone(const std::string& name) const;
  [[nodiscard]] const AssetElement* asset(const std::string& name) const;
  [[nodiscard]] const FlowElement* flow(const std::string& name) const;
  [[nodiscard]] const DataElement* data(const std::string& name) const;
  // A zone itself, an asset's zone; null: any.
  [[nodiscard]] const ZoneElement* zone_around(const std::string& name) const;

  [[nodiscard]] bool holds(const std::string& outer, const std::string& inner) const;
  [[nodiscard]] bool meets(const std::string& a, const std::string& b) const { return holds(a, b) || holds(b, a); }
  // Each of the inner ones is in one of the outer ones.
  [[nodiscard]] bool holds(const EndNames& outer, const EndNames& inner) const;
  [[nodiscard]] bool meets(const EndNames& a, const EndNames& b) const;
  // In which they can lie, each once, in the model's order; of any: all.
  [[nodiscard]] std::vector<const ZoneElement*> zones(const EndNames& ends) const;

  // Taps that see flows from one zone to another, or inside one, in the order of the initiator's, then the
  // responder's.
  [[nodiscard]] std::vector<std::string> taps(const ZoneElement& from, const ZoneElement& to) const;
  // Of them the one that judges those flows; empty: none sees them.
  [[nodiscard]] std::string judge(const ZoneElement& from, const ZoneElement& to) const;
  // Whether a tap sees some flow between these ends.
  [[nodiscard]] bool seen(const EndNames& from, const EndNames& to) const;
  // The worst loss among the data that it holds, 0-5.
  [[nodiscard]] uint32_t sensitivity(const AssetElement& asset) const;

 private:
  const Model& model_;
  std::unordered_map<std::string, const ZoneElement*> zones_;
  std::unordered_map<std::string, const AssetElement*> assets_;
  std::unordered_map<std::string, const FlowElement*> flows_;
  std::unordered_map<std::string, const DataElement*> data_;
  std::unordered_map<std::string, const TapElement*> taps_;
};

// Whether a tap that both ends' zones, or one, name sees what is between them.
[[nodiscard]] bool sees(const TapElement& tap, const ZoneElement& from, const ZoneElement& to);
// "Exactly" 9: a tap that both zones list, else the initiator's first, else the responder's first; of those for which
// `sees_pair(name)` holds. Empty: none.
template <class SeesPair>
[[nodiscard]] std::string judging_tap(const ZoneElement& from, const ZoneElement& to, SeesPair sees_pair) {
  for (const std::string& tap : from.taps) {
    if (std::ranges::find(to.taps, tap) != to.taps.end() && sees_pair(tap)) return tap;
  }
  for (const ZoneElement* zone : {&from, &to}) {
    for (const std::string& tap : zone->taps) {
      if (sees_pair(tap)) return tap;
    }
  }
  return "";
}
// None: any port.
[[nodiscard]] bool ports_hold(const std::vector<PortSpan>& outer, const std::vector<PortSpan>& inner);
[[nodiscard]] bool ports_meet(const std::vector<PortSpan>& a, const std::vector<PortSpan>& b);

}  // namespace glacis::control
