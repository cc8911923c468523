#include <algorithm>

#include "control/analysis/threat_search.h"

namespace glacis::control {
namespace {

using Facts = ThreatFacts;

constexpr uint32_t kMuchTrust = 70, kSensitive = 4, kLittleTrust = 30, kValuable = 4;

template <class Holds, class Says>
std::vector<Occurrence> assets(const Facts& facts, Holds holds, Says says) {
  std::vector<Occurrence> out;
  for (const AssetElement& asset : facts.model().assets) {
    if (!holds(asset)) continue;
    const std::string sentence = says(asset);
    out.push_back({asset.id, sentence, asset.at, {}, {asset.id}, asset.id, sentence, {}, {}});
  }
  return out;
}

template <class Holds, class Says>
std::vector<Occurrence> zones(const Facts& facts, Holds holds, Says says) {
  std::vector<Occurrence> out;
  for (const ZoneElement& zone : facts.model().zones) {
    if (!holds(zone)) continue;
    const std::string sentence = says(zone);
    out.push_back({zone.id, sentence, zone.at, {}, {zone.id}, zone.id, sentence, {}, {}});
  }
  return out;
}

// What to write at the element; no case answers it.
std::vector<Occurrence> edited(std::vector<Occurrence> found, const std::string& section, const std::string& key) {
  for (Occurrence& one : found) one.edit = section + ": {" + one.element + ": {..., " + key + "}}";
  return found;
}

bool has_kind(const AssetElement& asset, std::initializer_list<std::string_view> kinds) {
  return std::ranges::find(kinds, asset.kind) != kinds.end();
}

bool has_inside_tap(const Facts& facts, const ZoneElement& zone) { return !facts.places().taps(zone, zone).empty(); }

bool holds_sensitive(const Facts& facts, const ZoneElement& zone) {
  return std::ranges::any_of(facts.model().assets, [&](const AssetElement& asset) {
    return asset.zone == zone.id && facts.places().sensitivity(asset) >= kSensitive;
  });
}

bool reached_by(const Facts& facts, const AssetElement& asset, std::initializer_list<std::string_view> kinds) {
  return std::ranges::any_of(facts.flows_to(asset.id), [&](const FlowElement* flow) {
    return std::ranges::any_of(kinds, [&](std::string_view kind) { return facts.ends_in(flow->from, kind); });
  });
}

const ThreatSearch kPlaceThreats[] = {
    {{"flat-and-sensitive", Stride::kElevation, "a flat zone holds data of sensitivity 4 or more"},
     [](const Facts& facts) {
       return zones(
           facts, [&](const ZoneElement& z) { return z.flat && holds_sensitive(facts, z); },
           [](const ZoneElement& z) { return "Any host of " + z.id + " that falls opens the store beside it"; });
     }},
    {{"flat-and-trusted", Stride::kElevation, "a flat zone of trust 70 or more"},
     [](const Facts& facts) {
       return zones(
           facts, [](const ZoneElement& z) { return z.flat && z.trust >= kMuchTrust; },
           [](const ZoneElement& z) { return "One compromised host in " + z.id + " reaches all others there"; });
     }},
    {{"flat-and-blind", Stride::kRepudiation, "no tap sees inside a flat zone"},
     [](const Facts& facts) {
       return zones(
           facts, [&](const ZoneElement& z) { return z.flat && !has_inside_tap(facts, z); },
           [](const ZoneElement& z) { return "Movement from host to host inside " + z.id + " is seen by nobody"; });
     }},
    {{"untapped-zone", Stride::kRepudiation, "a zone without taps"},
     [](const Facts& facts) {
       return edited(zones(
                         facts, [](const ZoneElement& z) { return z.taps.empty(); },
                         [](const ZoneElement& z) {
                           return "What enters and leaves " + z.id + " is seen at its other ends only, or not at all";
                         }),
                     "zones", "taps: [TAP]");
     }},
    {{"open-egress", Stride::kDisclosure, "no never line closes a zone of trust 70 or more to the internet"},
     [](const Facts& facts) {
       auto out = zones(
           facts, [&](const ZoneElement& z) { return !z.any && z.trust >= kMuchTrust && !facts.egress_guarded(z); },
           [](const ZoneElement& z) { return "A host in " + z.id + " calls out to whoever commands it"; });
       for (Occurrence& found : out) {
         std::swap(found.from, found.to);
         found.never = "from: " + found.element + ", to: INTERNET";
       }
       return out;
     }},
    {{"no-environment", Stride::kSpoofing, "a zone without env where others have one"},
     [](const Facts& facts) {
       const bool used = std::ranges::any_of(facts.model().zones, [](const ZoneElement& z) { return !z.env.empty(); });
       return edited(
           zones(
               facts, [&](const ZoneElement& z) { return used && z.env.empty() && z.trust >= kMuchTrust && !z.any; },
               [](const ZoneElement& z) { return "An identity of another environment goes unnoticed in " + z.id; }),
           "zones", "env: NAME");
     }},
    {{"unguarded-store", Stride::kDisclosure, "a store of sensitivity 4 or more that no never line guards"},
     [](const Facts& facts) {
       auto out = assets(
           facts,
           [&](const AssetElement& a) { return facts.places().sensitivity(a) >= kSensitive && !facts.guarded(a.id); },
           [](const AssetElement& a) {
             return "Nothing says who must never reach " + a.id + ", which holds " + text_of(a.holds);
           });
       for (Occurrence& found : out) found.never = "from: ZONE, to: " + found.element;
       return out;
     }},
    {{"unwatched-store", Stride::kDisclosure, "no case looks at a store of sensitivity 4 or more"},
     [](const Facts& facts) {
       return assets(
           facts,
           [&](const AssetElement& a) { return facts.places().sensitivity(a) >= kSensitive && !facts.watched(a.id); },
           [](const AssetElement& a) { return "Somebody takes " + text_of(a.holds) + " out of " + a.id; });
     }},
    {{"valuable-and-ownerless", Stride::kRepudiation, "an asset of value 4 or more without an owner"},
     [](const Facts& facts) {
       return edited(assets(
                         facts, [](const AssetElement& a) { return a.value >= kValuable && a.owner.empty(); },
                         [](const AssetElement& a) { return "Nobody answers for " + a.id; }),
                     "assets", "owner: WHO");
     }},
    {{"exposed-and-unwatched", Stride::kElevation, "no case looks at an exposed asset"},
     [](const Facts& facts) {
       return assets(
           facts, [&](const AssetElement& a) { return a.exposed && !facts.watched(a.id); },
           [](const AssetElement& a) { return "An attacker from outside takes over " + a.id; });
     }},
    {{"exposed-admin", Stride::kElevation, "an exposed asset that administers others"},
     [](const Facts& facts) {
       return assets(
           facts,
           [](const AssetElement& a) { return a.exposed && has_kind(a, {"admin", "jump-host", "build", "backup"}); },
           [](const AssetElement& a) { return "An attacker from outside administers what " + a.id + " administers"; });
     }},
    {{"exposed-store", Stride::kDisclosure, "an exposed store"},
     [](const Facts& facts) {
       return assets(
           facts, [](const AssetElement& a) { return a.exposed && has_kind(a, {"store", "queue"}); },
           [](const AssetElement& a) { return "Whoever finds " + a.id + " reads it from outside"; });
     }},
    {{"identity-provider-unwatched", Stride::kSpoofing, "no case looks at an identity provider"},
     [](const Facts& facts) {
       return assets(
           facts, [&](const AssetElement& a) { return has_kind(a, {"identity-provider"}) && !facts.watched(a.id); },
           [](const AssetElement& a) { return "Passwords are guessed, or tickets forged, at " + a.id; });
     }},
    {{"remote-access-unwatched", Stride::kSpoofing, "no case looks at a way in from outside"},
     [](const Facts& facts) {
       return assets(
           facts, [&](const AssetElement& a) { return has_kind(a, {"remote-access"}) && !facts.watched(a.id); },
           [](const AssetElement& a) { return "A stolen account comes in by " + a.id; });
     }},
    {{"third-party-unwatched", Stride::kDisclosure, "no case looks at a third party"},
     [](const Facts& facts) {
       auto out = assets(
           facts,
           [&](const AssetElement& a) {
             return has_kind(a, {"third-party"}) && !facts.watched(a.id) && !facts.flows_to(a.id).empty();
           },
           [](const AssetElement& a) { return "What goes to " + a.id + " is more than was agreed"; });
       return out;
     }},
    {{"third-party-comes-in", Stride::kElevation, "a third party starts flows to trust of 70 or more"},
     [](const Facts& facts) {
       auto out = assets(
           facts,
           [&](const AssetElement& a) {
             return has_kind(a, {"third-party"}) &&
                    std::ranges::any_of(facts.flows_from(a.id), [&](const FlowElement* flow) {
                      return std::ranges::find(flow->from, a.id) != flow->from.end() &&
                             facts.most_trust(flow->to) >= kMuchTrust;
                    });
           },
           [](const AssetElement& a) { return "Whoever breaks into " + a.id + " comes in by its line"; });
       for (Occurrence& found : out) std::swap(found.from, found.to);
       return out;
     }},
    {{"build-reaches-production", Stride::kTampering, "a build system has lines to trust of 70 or more"},
     [](const Facts& facts) {
       auto out = assets(
           facts,
           [&](const AssetElement& a) {
             return has_kind(a, {"build"}) && std::ranges::any_of(facts.flows_from(a.id), [&](const FlowElement* flow) {
                      return facts.most_trust(flow->to) >= kMuchTrust;
                    });
           },
           [](const AssetElement& a) { return "What is put into " + a.id + " runs in production"; });
       for (Occurrence& found : out) std::swap(found.from, found.to);
       return out;
     }},
    {{"backup-reached", Stride::kTampering, "services and users reach what keeps the copies"},
     [](const Facts& facts) {
       return assets(
           facts,
           [&](const AssetElement& a) {
             return has_kind(a, {"backup"}) && reached_by(facts, a, {"users", "workstation", "service", "api"});
           },
           [](const AssetElement& a) { return "Who encrypts the data deletes its copies in " + a.id + " first"; });
     }},
    {{"monitoring-reached", Stride::kRepudiation, "users reach what watches"},
     [](const Facts& facts) {
       return assets(
           facts,
           [&](const AssetElement& a) {
             return has_kind(a, {"monitoring"}) && reached_by(facts, a, {"users", "workstation"});
           },
           [](const AssetElement& a) { return "Traces are deleted in " + a.id; });
     }},
    {{"device-beside-data", Stride::kElevation, "a device stands in a zone with data of sensitivity 4 or more"},
     [](const Facts& facts) {
       return assets(
           facts,
           [&](const AssetElement& a) {
             const ZoneElement* zone = facts.places().zone(a.zone);
             return has_kind(a, {"device"}) && zone != nullptr && holds_sensitive(facts, *zone);
           },
           [](const AssetElement& a) {
             return "A device that nobody patches, " + a.id + ", opens the store beside it";
           });
     }},
    {{"invisible-data", Stride::kDisclosure, "data of sensitivity 4 or more that no pattern shows"},
     [](const Facts& facts) {
       std::vector<Occurrence> out;
       for (const DataElement& data : facts.model().data) {
         if (data.sensitivity < kSensitive || !data.pattern.empty()) continue;
         out.push_back({data.id,
                        "Nobody would notice " + data.id + " in clear text on a wire",
                        data.at,
                        {},
                        {},
                        "",
                        "",
                        {},
                        "data: {" + data.id + ": {..., seen_as: {pattern: REGEX}}}"});
       }
       return out;
     }},
    {{"data-may-travel", Stride::kDisclosure, "no never line says where data of sensitivity 4 or more must not be"},
     [](const Facts& facts) {
       std::vector<Occurrence> out;
       for (const DataElement& data : facts.model().data) {
         const bool guarded = std::ranges::any_of(facts.model().nevers, [&](const NeverElement& never) {
           return std::ranges::find(never.carries, data.id) != never.carries.end();
         });
         if (data.sensitivity < kSensitive || guarded) continue;
         out.push_back({data.id,
                        data.id + " is copied to where it does not belong",
                        data.at,
                        {},
                        {},
                        "",
                        "",
                        "carries: " + data.id + ", except: [FLOW]",
                        {}});
       }
       return out;
     }},
    {{"boundary-allows-all", Stride::kElevation, "a boundary upwards allows what no line models"},
     [](const Facts& facts) {
       std::vector<Occurrence> out;
       for (const BoundaryElement& b : facts.model().boundaries) {
         const ZoneElement *from = facts.places().zone(b.from), *to = facts.places().zone(b.to);
         if (b.unmodelled != 1 || from == nullptr || to == nullptr || from->trust >= to->trust) continue;
         const std::string sentence = "Anything in " + b.from + " reaches anything in " + b.to + " without a word";
         out.push_back({b.id, sentence, b.at, {b.from}, {b.to}, b.to, sentence, {}, {}});
       }
       return out;
     }},
    {{"outside-in-one-step", Stride::kElevation, "an asset of value 4 or more is one line away from trust below 30"},
     [](const Facts& facts) {
       return assets(
           facts,
           [&](const AssetElement& a) {
             return a.value >= kValuable && std::ranges::any_of(facts.flows_to(a.id), [&](const FlowElement* flow) {
                      return facts.least_trust(flow->from) < kLittleTrust;
                    });
           },
           [](const AssetElement& a) { return "One fault in what answers outside is enough to take " + a.id; });
     }},
};

}  // namespace

std::span<const ThreatSearch> place_threats() { return kPlaceThreats; }

}  // namespace glacis::control
