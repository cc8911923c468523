#pragma once

#include <cstddef>
#include <cstdint>

namespace glacis {

// How a family of targets reads a datagram whose fragments overlap: of each piece that is held and each fragment that
// comes, whose bytes stay. A piece is what is left of a fragment, without a hole; both are compared as they stand
// then, as kernels trim their lists. Sources: Shankar, Paxson, "Active Mapping" (2003), Novak, "Target-Based
// Fragmentation Reassembly" (2005), RFC 5722, RFC 8200 (4.5).
enum class FragmentPolicy : uint8_t {
  kFirst,     // what is held stays
  kLast,      // what comes stays
  kBsd,       // what is held stays if it begins before what comes or with it
  kBsdRight,  // what comes stays if it begins with what is held or behind it
  kLinux,     // what is held stays if it begins before what comes (to 4.18)
  kWindows,   // what comes stays if it reaches beyond what is held on both sides
  kSolaris,   // as Windows, or if both end together
  kDiscard,   // an overlap discards the datagram, unless what comes was held before in full: Linux since 2018, Windows
              // 10, IPv6. Inspection reads it as kFirst does, and the other way.
  kCount,
};

// What most hosts do today; kFirst and kLast are the readings that inspection gets.
inline constexpr FragmentPolicy kDefaultFragmentPolicy = FragmentPolicy::kDiscard;

// Bytes [begin, end) of a datagram.
struct Extent {
  uint32_t begin = 0, end = 0;
};

// Whether the bytes of `comes` replace those of `held` where both have some.
[[nodiscard]] constexpr bool replaces(FragmentPolicy policy, Extent held, Extent comes) {
  switch (policy) {
    case FragmentPolicy::kLast:
      return true;
    case FragmentPolicy::kBsd:
      return held.begin > comes.begin;
    case FragmentPolicy::kBsdRight:
      return held.begin <= comes.begin;
    case FragmentPolicy::kLinux:
      return held.begin >= comes.begin;
    case FragmentPolicy::kWindows:
      return comes.begin < held.begin && comes.end > held.end;
    case FragmentPolicy::kSolaris:
      return comes.begin < held.begin && comes.end >= held.end;
    case FragmentPolicy::kFirst:
    case FragmentPolicy::kDiscard:
    case FragmentPolicy::kCount:
      break;
  }
  return false;
}

// Of two ends of a datagram: the BSDs' lists end where their last piece does, others leave out what contradicts the
// end that came first.
[[nodiscard]] constexpr bool takes_highest_end(FragmentPolicy policy) {
  return policy == FragmentPolicy::kLast || policy == FragmentPolicy::kBsd || policy == FragmentPolicy::kBsdRight ||
         policy == FragmentPolicy::kSolaris;
}

// Linux cuts what is no multiple of eight bytes off a fragment that is not the last; others refuse it (RFC 791, 3.2).
[[nodiscard]] constexpr bool cuts_odd_bytes(FragmentPolicy policy, uint8_t ip_version) {
  return ip_version == 4 && (policy == FragmentPolicy::kLinux || policy == FragmentPolicy::kDiscard);
}

}  // namespace glacis
