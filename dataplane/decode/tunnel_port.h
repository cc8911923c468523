#pragma once

#include <cstdint>

namespace glacis {

inline constexpr uint32_t kPortVxlan = 4789, kPortOldVxlan = 8472, kPortGeneve = 6081, kPortGtpU = 2152,
                          kPortTeredo = 3544;

// Whether a UDP datagram may be a tunnel's by its ports. Teredo's servers answer from theirs; the others are told by
// the destination in both directions. One bit of 64 says no for 15 of 16 datagrams.
[[nodiscard]] inline bool may_be_tunnel(uint32_t source, uint32_t destination) {
  constexpr auto bit = [](uint32_t port) { return uint64_t{1} << (port & 63); };
  constexpr uint64_t kSome =
      bit(kPortVxlan) | bit(kPortOldVxlan) | bit(kPortGeneve) | bit(kPortGtpU) | bit(kPortTeredo);
  if (source == kPortTeredo) [[unlikely]]
    return true;
  if ((kSome >> (destination & 63) & 1) == 0) [[likely]]
    return false;
  return destination == kPortVxlan || destination == kPortOldVxlan || destination == kPortGeneve ||
         destination == kPortGtpU || destination == kPortTeredo;
}

}  // namespace glacis
