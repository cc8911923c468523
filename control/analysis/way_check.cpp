#include <algorithm>
#include <string>

#include "control/analysis/reach.h"
#include "control/analysis/static_check.h"

namespace glacis::control {
namespace {

constexpr uint32_t kLittleTrust = 30, kSensitive = 4;
constexpr size_t kMostWays = 32;  // of one pair of places; the shortest

class WayCheck {
 public:
  WayCheck(const Places& places, std::vector<Diagnostic>& out) : places_(places), reach_(places), out_(out) {
    for (const AbuseElement& abuse : places.model().abuse) cases_.push_back(steps_of(abuse, places));
  }

  void run() {
    for (const AssetElement& asset : places_.model().assets) {
      if (places_.sensitivity(asset) < kSensitive) continue;
      for (const ZoneElement& zone : places_.model().zones) {
        if (zone.trust < kLittleTrust && zone.id != asset.zone) check(zone, asset);
      }
    }
  }

 private:
  void check(const ZoneElement& from, const AssetElement& asset) {
    const Ways found = reach_.ways(from.id, asset.id, kMostWays);
    const auto unwalked = std::ranges::find_if(found.ways, [this](const Way& way) {
      return std::ranges::none_of(cases_, [&](const auto& steps) { return reach_.walks(steps, way); });
    });
    if (unwalked == found.ways.end()) return;
    std::string way = reach_.spots()[unwalked->front().from].name();
    for (const Hop& hop : *unwalked) way += " > " + reach_.spots()[hop.to].name();
    out_.push_back({"unwalked-way", "no case walks the way " + way,
                    "an abuse case about its first and last hop, or narrower lines", asset.at});
  }

  const Places& places_;
  const Reach reach_;
  std::vector<std::vector<CaseStep>> cases_;
  std::vector<Diagnostic>& out_;
};

}  // namespace

void check_ways(const Places& places, std::vector<Diagnostic>& out) { WayCheck(places, out).run(); }

}  // namespace glacis::control
