#include "dataplane/zone/zone_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace glacis {
namespace {

constexpr uint32_t kBlocks = 65'536;

uint32_t tail_of(const IpAddress& address) {
  uint32_t out;
  std::memcpy(&out, address.bytes.data() + 12, sizeof out);
  return __builtin_bswap32(out);
}

}  // namespace

ZoneTable::ZoneTable(std::vector<IpAddress> starts, std::vector<PlaceId> place_of, std::vector<Place> places)
    : starts_(std::move(starts)), place_of_(std::move(place_of)), places_(std::move(places)), v4_(kBlocks + 1) {
  for (uint32_t block = 0; block < kBlocks; ++block) {
    const auto first = IpAddress::v4(static_cast<uint8_t>(block >> 8), static_cast<uint8_t>(block), 0, 0);
    v4_[block] = static_cast<uint32_t>(std::lower_bound(starts_.begin(), starts_.end(), first) - starts_.begin());
  }
  const auto behind = [](const IpAddress& start) {
    return !start.is_v4() && IpAddress::v4(255, 255, 255, 255) < start;
  };
  std::ranges::transform(starts_, std::back_inserter(tails_), tail_of);
  std::ranges::transform(places_, std::back_inserter(zone_of_), &Place::zone);
  v4_[kBlocks] = static_cast<uint32_t>(std::find_if(starts_.begin(), starts_.end(), behind) - starts_.begin());
}

namespace {

// How many of the ascending `values` are not above `value`. Without a branch that would be wrong every second
// time; a few are counted at once (vector code) instead of halved one behind the other.
size_t not_above(std::span<const uint32_t> values, uint32_t value) {
  constexpr size_t kFew = 64;
  const uint32_t* at = values.data();
  size_t left = values.size();
  while (left > kFew) {
    const size_t half = left / 2;
    at += half & -static_cast<size_t>(at[half - 1] <= value);
    left -= half;
  }
  uint32_t few = 0;
  for (size_t i = 0; i < left; ++i) few += at[i] <= value ? 1 : 0;
  return static_cast<size_t>(at - values.data()) + few;
}

}  // namespace

PlaceId ZoneTable::place(const IpAddress& address) const {
  size_t behind;  // the first start that lies behind the address
  if (address.is_v4() && !v4_.empty()) {
    const size_t block = size_t{address.bytes[12]} << 8 | address.bytes[13];
    const size_t first = v4_[block];
    behind = first + not_above(std::span(tails_).subspan(first, v4_[block + 1] - first), tail_of(address));
  } else {
    behind = static_cast<size_t>(std::ranges::upper_bound(starts_, address) - starts_.begin());
  }
  return behind == 0 ? PlaceId(0) : place_of_[behind - 1];
}

bool never_crosses(const IpAddress& address) {
  const auto b = address.wire();
  if (b.size() == 4) {
    return b[0] == 127 || b[0] >= 224 || b[0] == 0;
  }
  if (b[0] == 0xff) return true;
  const bool zeros = std::all_of(b.begin(), b.end() - 1, [](uint8_t x) { return x == 0; });
  return zeros && b[15] <= 1;  // :: and ::1
}

bool global_unicast(const IpAddress& address) {
  if (never_crosses(address)) return false;
  const auto b = address.wire();
  if (b.size() == 4) {
    const bool rfc1918 = b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168);
    const bool cgnat = b[0] == 100 && (b[1] & 0xc0) == 64;  // RFC 6598
    const bool link_local = b[0] == 169 && b[1] == 254;
    return !rfc1918 && !cgnat && !link_local;
  }
  const bool ula = (b[0] & 0xfe) == 0xfc;                         // RFC 4193
  const bool link_local = b[0] == 0xfe && (b[1] & 0xc0) == 0x80;  // RFC 4291, 2.5.6
  return !ula && !link_local;
}

}  // namespace glacis
