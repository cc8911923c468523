#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/fragment/fragment_policy.h"
#include "dataplane/fragment/log_arena.h"

namespace glacis {

inline constexpr uint32_t kMostDatagram = 65'535;  // bytes: of IPv4 with its header, of IPv6 without the first 40
inline constexpr uint32_t kMostHeader = 2048;      // bytes of the headers that stand before the datagram

// A fragment that is held: its header (of the first one alone) and its bytes, in this order, in its datagram's log.
struct FragmentRecord {
  LogPosition position = {};
  uint16_t offset = 0, bytes = 0;
  uint16_t header_bytes = 0;
  uint8_t protocol = 0;
  bool more = false;
  bool contradicts = false;  // its datagram's end: no part of what the policy reads

  [[nodiscard]] Extent extent() const { return {offset, uint32_t{offset} + bytes}; }
};

// As the policy decides, or the other way.
enum class Side : uint8_t { kPolicy, kOpposite };

// A datagram put together in one way, in a buffer of its own. Work for `n` fragments: each byte is compared and copied
// once; if some overlap, each fragment walks the pieces before it, at most 2n.
// Thread: its worker.
class DatagramReading {
 public:
  explicit DatagramReading(uint32_t most_fragments);

  // Of fragments that do not overlap; all are used.
  void lay(std::span<const FragmentRecord> fragments, const LogArena& arena);
  // Of any, in the order in which they came; kPolicy leaves out those that contradict the end.
  void lay_over(std::span<const FragmentRecord> fragments, const LogArena& arena, FragmentPolicy policy, Side side);

  // Of what was laid last: whether some byte came with two values, and how many there are before the first hole.
  [[nodiscard]] bool conflicts() const { return conflicts_; }
  [[nodiscard]] uint32_t reach() const;
  // Bytes before `end` with the header of the fragment that has the first one, mended. Empty: larger than IP allows.
  [[nodiscard]] std::span<const uint8_t> finish(std::span<const FragmentRecord> fragments, const LogArena& arena,
                                                uint8_t ip_version, uint32_t end);

 private:
  struct Piece {
    Extent at;
    uint32_t fragment;
  };

  void take(uint32_t fragment, Extent at, std::span<const uint8_t> bytes, uint32_t offset);
  void lay_one(uint32_t fragment, Extent comes, FragmentPolicy policy, Side side);
  [[nodiscard]] uint8_t* body() { return buffer_.data() + kMostHeader; }

  std::vector<uint8_t> buffer_;       // the header ends where the body begins, at kMostHeader
  std::vector<uint8_t> bytes_;        // of the fragment that is laid
  std::vector<Piece> pieces_, next_;  // in order, no two overlap
  uint32_t first_ = 0;                // the fragment that has byte 0, of those that do not overlap
  bool conflicts_ = false;
};

// Where the byte stands that says what follows the headers in front of an IPv6 fragment header; 0: they are not what
// they should be (RFC 8200, 4.5: hop-by-hop, destination options and routing may stand there).
[[nodiscard]] size_t next_header_at(std::span<const uint8_t> header);

}  // namespace glacis
