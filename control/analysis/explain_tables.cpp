#include "control/analysis/explain_tables.h"

#include <algorithm>

#include "control/threat_model/compile.h"

namespace glacis::control {

std::expected<std::shared_ptr<const Generation>, std::vector<Diagnostic>> built(const v1::Policy& policy) {
  auto generation = build_generation(serialise(policy), GenerationId(1), 1, nullptr);
  if (generation) return std::move(*generation);
  std::vector<Diagnostic> faults;
  for (const Error& fault : generation.error()) faults.push_back({"composition", fault.text(), "", {}});
  return std::unexpected(std::move(faults));
}

RuleIndex index_of(const v1::Policy& policy, uint32_t rule) {
  return RuleIndex(
      static_cast<uint32_t>(std::ranges::find(policy.rules(), rule, &v1::Rule::id) - policy.rules().begin()));
}

bool stands_at(const v1::Policy& policy, const ZoneTable::Place& place, size_t model, const std::string& asset) {
  bool claimed = false, here = false;
  for (const uint32_t index : place.assets) {
    const v1::Asset& one = policy.assets(static_cast<int>(index));
    claimed |= one.model() == model;
    here |= one.model() == model && one.id() == asset;
  }
  if (here || claimed) return here;
  const auto bare = std::ranges::find(policy.assets(), asset, &v1::Asset::id);
  return bare != policy.assets().end() && bare->prefixes_size() == 0 && bare->names_size() == 0 &&
         bare->zone() + 1 == place.zone.value;
}

bool holds(const v1::Policy& policy, const v1::Ends& ends, const ZoneTable::Place& place) {
  if (ends.all()) return true;
  if (std::ranges::any_of(ends.zones(), [&](uint32_t zone) { return zone + 1 == place.zone.value; })) return true;
  return std::ranges::any_of(ends.assets(), [&](uint32_t index) {
    const v1::Asset& asset = policy.assets(static_cast<int>(index));
    return stands_at(policy, place, asset.model(), asset.id());
  });
}

}  // namespace glacis::control
