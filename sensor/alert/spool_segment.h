#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glacis::sensor {

// One record is a header and its bytes: length (4 bytes), CRC32C (4) of sequence and bytes, sequence (8),
// little-endian. A segment is records one after another, nothing else.
inline constexpr size_t kSpoolHeader = 16;
inline constexpr size_t kMaxSpoolRecord = 1U << 20;

struct SpoolRecord {
  uint64_t sequence = 0;
  std::string bytes;
};

// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
[[nodiscard]] uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

void put_record(std::string& out, uint64_t sequence, std::string_view bytes);

struct SegmentScan {
  std::vector<SpoolRecord> records;  // whole and with a good checksum, sequences ascending
  uint64_t end = 0;                  // behind the last of them
  uint64_t corrupt = 0;              // bytes before `end` that are in none of them
};

// Reads what can be read of hostile bytes, sequences above `after` only. A corrupt record costs itself:
// the scan finds the next good one. What is behind `end` is a torn tail or the rest of a longer file.
[[nodiscard]] SegmentScan scan_segment(std::string_view bytes, uint64_t after);

// A segment is read in pieces of this size: a record that begins in the first half is whole in it.
inline constexpr size_t kSpoolPiece = 2 * (kSpoolHeader + kMaxSpoolRecord);

}  // namespace glacis::sensor
