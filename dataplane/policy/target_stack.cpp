#include "dataplane/policy/target_stack.h"

#include <array>

#include "dataplane/policy/address_plan.h"
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
    {FragmentPolicy::kLinux, OverlapPolicy::kOldLinux},   // linux-2.2
    {FragmentPolicy::kBsdRight, OverlapPolicy::kBsd},     // hp-jetdirect
}};

v1::Stack stack_at(const ZoneTable::Place& place, const v1::Policy& policy, const AddressPlan& plan) {
  for (const uint32_t index : plan.assets_at(place)) {
    const v1::Stack says = policy.assets(static_cast<int>(index)).stack();
    if (says != v1::STACK_UNSPECIFIED) return says;
  }
  return place.zone.value == 0 ? v1::STACK_UNSPECIFIED : policy.zones(place.zone.value - 1).stack();
}

}  // namespace

std::vector<TargetStack> stacks_of(const v1::Policy& policy, const AddressPlan& plan) {
  std::vector<TargetStack> out;
  out.reserve(plan.places().size());
  for (const ZoneTable::Place& place : plan.places()) out.push_back(kStacks[stack_at(place, policy, plan)]);
  return out;
}

}  // namespace glacis
