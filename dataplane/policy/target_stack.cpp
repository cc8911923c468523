#include "dataplane/policy/target_stack.h"

#include <array>
#include <map>
#include <utility>

#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

// By v1::Stack. What each policy was measured on stands with its sources in fragment_policy.h and overlap.h, what no
// paper says in this folder's README.
constexpr std::array<TargetStack, v1::Stack_ARRAYSIZE> kStacks = {{
    {},                                                   // not said
    {FragmentPolicy::kDiscard, OverlapPolicy::kLinux},    // linux
    {FragmentPolicy::kLinux, OverlapPolicy::kLinux},      // linux-old
    {FragmentPolicy::kDiscard, OverlapPolicy::kFirst},    // windows
    {FragmentPolicy::kWindows, OverlapPolicy::kWindows},  // windows-xp
    {FragmentPolicy::kBsd, OverlapPolicy::kBsd},          // bsd
    {FragmentPolicy::kFirst, OverlapPolicy::kBsd},        // macos
    {FragmentPolicy::kSolaris, OverlapPolicy::kSolaris},  // solaris
    {FragmentPolicy::kFirst, OverlapPolicy::kSolaris},    // hpux
    {FragmentPolicy::kLast, OverlapPolicy::kLast},        // cisco
}};

// What assets without addresses say, by zone of the table and model; the first of a model that says something.
using Unclaimed = std::map<std::pair<uint16_t, uint32_t>, v1::Stack>;

Unclaimed unclaimed_of(const v1::Policy& policy) {
  Unclaimed out;
  for (const v1::Asset& asset : policy.assets()) {
    const bool stands = asset.prefixes_size() == 0 && asset.names_size() == 0;
    if (stands && asset.stack() != v1::STACK_UNSPECIFIED) {
      out.try_emplace({static_cast<uint16_t>(asset.zone() + 1), asset.model()}, asset.stack());
    }
  }
  return out;
}

// Both lists are in the order of models.
v1::Stack stack_at(const ZoneTable::Place& place, const v1::Policy& policy, const Unclaimed& unclaimed) {
  auto rest = unclaimed.lower_bound({place.zone.value, 0});
  const auto rest_before = [&](uint32_t model) {
    return rest != unclaimed.end() && rest->first.first == place.zone.value && rest->first.second < model;
  };
  for (const uint32_t index : place.assets) {
    const v1::Asset& asset = policy.assets(static_cast<int>(index));
    if (rest_before(asset.model())) return rest->second;
    if (asset.stack() != v1::STACK_UNSPECIFIED) return asset.stack();
    if (rest_before(asset.model() + 1)) ++rest;  // its model has an asset here
  }
  if (rest_before(UINT32_MAX)) return rest->second;
  return place.zone.value == 0 ? v1::STACK_UNSPECIFIED : policy.zones(place.zone.value - 1).stack();
}

}  // namespace

std::vector<TargetStack> stacks_of(const v1::Policy& policy, std::span<const ZoneTable::Place> places) {
  const Unclaimed unclaimed = unclaimed_of(policy);
  std::vector<TargetStack> out;
  out.reserve(places.size());
  for (const ZoneTable::Place& place : places) out.push_back(kStacks[stack_at(place, policy, unclaimed)]);
  return out;
}

}  // namespace glacis
