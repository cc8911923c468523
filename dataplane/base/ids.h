#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace glacis {

// A number that means one thing. Bare integers never cross a header.
template <class Tag, class Rep>
struct Id {
  Rep value{};
  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  friend constexpr auto operator<=>(Id, Id) = default;
};

using ZoneId = Id<struct ZoneTag, uint16_t>;          // position in the generation's zones; 0 = unknown
using PlaceId = Id<struct PlaceTag, uint32_t>;        // addresses that no rule tells apart; 0 = unknown
using RuleId = Id<struct RuleTag, uint32_t>;          // stable across pushes; 0 = none
using RuleIndex = Id<struct RuleIndexTag, uint32_t>;  // position in one generation's rules
inline constexpr RuleIndex kNoRule{UINT32_MAX};
using PathIndex = Id<struct PathTag, uint16_t>;           // position in one generation's abuse paths
using StepIndex = Id<struct StepTag, uint16_t>;           // position in a path's flattened steps, as written
using FlowIndex = Id<struct FlowTag, uint32_t>;           // slot of one worker's flow table
using FlowId = Id<struct FlowIdTag, uint64_t>;            // of key, start and ordinal; < 2^53
using GenerationId = Id<struct GenerationTag, uint32_t>;  // counts swaps in this process, from 1
using WorkerId = Id<struct WorkerTag, uint16_t>;
using PortId = Id<struct PortTag, uint16_t>;      // position in the sensor's ports
using Ordinal = Id<struct OrdinalTag, uint64_t>;  // of a packet in the merged input, from 1

// Nanoseconds of event time: since the Unix epoch as a point, or a span between two.
using Nanos = Id<struct NanosTag, int64_t>;
constexpr Nanos operator+(Nanos a, Nanos b) { return Nanos(a.value + b.value); }
constexpr Nanos operator-(Nanos a, Nanos b) { return Nanos(a.value - b.value); }
constexpr Nanos milliseconds(int64_t n) { return Nanos(n * 1'000'000); }
constexpr Nanos seconds(int64_t n) { return Nanos(n * 1'000'000'000); }

}  // namespace glacis

template <class Tag, class Rep>
struct std::hash<glacis::Id<Tag, Rep>> {
  size_t operator()(glacis::Id<Tag, Rep> id) const { return std::hash<Rep>{}(id.value); }
};
