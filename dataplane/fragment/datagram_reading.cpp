#include "dataplane/fragment/datagram_reading.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/byte_cursor.h"
#include "dataplane/decode/checksum.h"

namespace glacis {
namespace {

constexpr size_t kIpv6Header = 40, kIpv6NextHeader = 6;
constexpr uint8_t kHopByHop = 0, kRouting = 43, kDestinationOptions = 60;

void put16(uint8_t* at, size_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

// Total length, no fragment, checksum (RFC 791, 3.1); "do not fragment" and the reserved bit go too.
void mend_ipv4(std::span<uint8_t> packet, size_t header_bytes) {
  put16(&packet[2], packet.size());
  put16(&packet[6], 0);
  put16(&packet[10], 0);
  put16(&packet[10], ~ones_sum(packet.first(header_bytes)) & 0xffff);
}

}  // namespace

size_t next_header_at(std::span<const uint8_t> header) {
  if (header.size() < kIpv6Header || header[0] >> 4 != 6) return 0;
  ByteCursor rest(header.subspan(kIpv6Header));
  size_t at = kIpv6NextHeader;
  uint8_t kind = header[at];
  while (rest.left() > 0) {
    if (kind != kHopByHop && kind != kRouting && kind != kDestinationOptions) return 0;
    at = kIpv6Header + rest.offset();
    kind = rest.u8();
    const size_t units = rest.u8();
    rest.skip(units * 8 + 6);
    if (!rest.ok()) return 0;
  }
  return at;
}

DatagramReading::DatagramReading(uint32_t most_fragments)
    : buffer_(kMostHeader + kMostDatagram + 1), bytes_(kMostDatagram + 1) {
  // Each fragment adds two bounds to the line that pieces divide.
  pieces_.reserve(size_t{2} * most_fragments + 2);
  next_.reserve(size_t{2} * most_fragments + 2);
}

void DatagramReading::lay(std::span<const FragmentRecord> fragments, const LogArena& arena) {
  conflicts_ = false;
  pieces_.clear();
  for (uint32_t i = 0; i < fragments.size(); ++i) {
    const FragmentRecord& f = fragments[i];
    if (f.offset == 0) first_ = i;
    arena.copy(arena.skip(f.position, f.header_bytes), f.bytes, body() + f.offset);
  }
}

void DatagramReading::lay_over(std::span<const FragmentRecord> fragments, const LogArena& arena, FragmentPolicy policy,
                               Side side) {
  conflicts_ = false;
  pieces_.clear();
  for (uint32_t i = 0; i < fragments.size(); ++i) {
    const FragmentRecord& f = fragments[i];
    if (f.contradicts && side == Side::kPolicy) continue;
    arena.copy(arena.skip(f.position, f.header_bytes), f.bytes, bytes_.data());
    lay_one(i, f.extent(), policy, side);
  }
  first_ = pieces_.empty() ? 0 : pieces_.front().fragment;
}

// The fragment's bytes stand there.
void DatagramReading::take(uint32_t fragment, Extent at, std::span<const uint8_t> bytes, uint32_t offset) {
  if (at.begin == at.end) return;
  std::memcpy(body() + at.begin, bytes.data() + (at.begin - offset), at.end - at.begin);
  if (!next_.empty() && next_.back().fragment == fragment && next_.back().at.end == at.begin) {
    next_.back().at.end = at.end;
  } else {
    next_.push_back({at, fragment});
  }
}

void DatagramReading::lay_one(uint32_t fragment, Extent comes, FragmentPolicy policy, Side side) {
  const std::span<const uint8_t> bytes(bytes_.data(), comes.end - comes.begin);
  uint32_t at = comes.begin;  // what is before it is decided
  next_.clear();
  for (const Piece& piece : pieces_) {
    const Extent held = piece.at;
    if (held.begin > at && at < comes.end) {
      const uint32_t hole_end = std::min(held.begin, comes.end);
      take(fragment, {at, hole_end}, bytes, comes.begin);
      at = hole_end;
    }
    if (held.end <= comes.begin || held.begin >= comes.end) {
      next_.push_back(piece);
      continue;
    }
    const Extent both{std::max(held.begin, comes.begin), std::min(held.end, comes.end)};
    const size_t n = both.end - both.begin;
    conflicts_ = conflicts_ || std::memcmp(body() + both.begin, bytes.data() + (both.begin - comes.begin), n) != 0;
    if (replaces(policy, held, comes) != (side == Side::kPolicy)) {
      next_.push_back(piece);
    } else {
      if (held.begin < both.begin) next_.push_back({{held.begin, both.begin}, piece.fragment});
      take(fragment, both, bytes, comes.begin);
      if (both.end < held.end) next_.push_back({{both.end, held.end}, piece.fragment});
    }
    at = both.end;
  }
  take(fragment, {at, comes.end}, bytes, comes.begin);
  pieces_.swap(next_);
}

uint32_t DatagramReading::reach() const {
  uint32_t end = 0;
  for (const Piece& piece : pieces_) {
    if (piece.at.begin != end) break;
    end = piece.at.end;
  }
  return end;
}

std::span<const uint8_t> DatagramReading::finish(std::span<const FragmentRecord> fragments, const LogArena& arena,
                                                 uint8_t ip_version, uint32_t end) {
  const FragmentRecord& first = fragments[first_];
  const size_t header_bytes = first.header_bytes;
  const std::span<uint8_t> packet(body() - header_bytes, header_bytes + end);
  arena.copy(first.position, header_bytes, packet.data());
  if (ip_version == 4) {
    if (packet.size() > kMostDatagram) return {};
    mend_ipv4(packet, header_bytes);
    return packet;
  }
  if (packet.size() - kIpv6Header > kMostDatagram) return {};
  put16(&packet[4], packet.size() - kIpv6Header);
  packet[next_header_at(packet.first(header_bytes))] = first.protocol;
  return packet;
}

}  // namespace glacis
