#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <span>

namespace glacis {

// An IPv4 or IPv6 address, 16 bytes in network order; IPv4 is held as ::ffff:a.b.c.d (RFC 4291,
// 2.5.5.2), so one comparison and one table serve both.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  static constexpr IpAddress v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
  }
  // `b` must hold 4 or 16 bytes; anything else gives ::.
  static IpAddress from_bytes(std::span<const uint8_t> b) {
    IpAddress out;
    if (b.size() == 4) return v4(b[0], b[1], b[2], b[3]);
    if (b.size() == 16) std::copy(b.begin(), b.end(), out.bytes.begin());
    return out;
  }
  [[nodiscard]] constexpr bool is_v4() const {
    struct Words {
      uint64_t head;
      uint32_t middle, tail;
    };
    const auto words = std::bit_cast<Words>(bytes);
    return words.head == 0 && words.middle == 0xffff0000;  // little endian
  }
  // The 4 or 16 bytes that stand on the wire.
  [[nodiscard]] std::span<const uint8_t> wire() const {
    return is_v4() ? std::span<const uint8_t>(bytes).subspan(12) : std::span<const uint8_t>(bytes);
  }
  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

}  // namespace glacis
