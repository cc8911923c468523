#include "control/exchange/geometry.h"

namespace glacis::control {
namespace {

// The smallest that holds the centre, other than `but`.
const ZoneBox* around(const Box& node, const std::vector<ZoneBox>& zones, const ZoneBox* but) {
  const ZoneBox* out = nullptr;
  for (const ZoneBox& zone : zones) {
    if (&zone == but || !zone.box.holds(node.left + node.width / 2, node.top + node.height / 2)) continue;
    if (but != nullptr && zone.box.area() <= but->box.area()) continue;
    if (out == nullptr || zone.box.area() < out->box.area()) out = &zone;
  }
  return out;
}

}  // namespace

std::string zone_around(const Box& node, const std::vector<ZoneBox>& zones) {
  const ZoneBox* const found = around(node, zones, nullptr);
  return found == nullptr ? "" : found->zone;
}

std::vector<std::pair<std::string, std::string>> nested(const std::vector<ZoneBox>& zones) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const ZoneBox& zone : zones) {
    if (const ZoneBox* const outer = around(zone.box, zones, &zone)) out.emplace_back(zone.zone, outer->zone);
  }
  return out;
}

}  // namespace glacis::control
