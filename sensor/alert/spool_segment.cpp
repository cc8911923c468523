#include "sensor/alert/spool_segment.h"

#include <nmmintrin.h>

#include <bit>
#include <cstring>
#include <optional>

namespace glacis::sensor {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
T get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Sequences only grow by what one run can have shed; a wilder jump is a corrupt header.
constexpr uint64_t kFurthestJump = 1ULL << 32;

// Length of the good record at `at`, header included.
std::optional<size_t> good_record(std::string_view bytes, size_t at, uint64_t after) {
  if (bytes.size() - at < kSpoolHeader) return std::nullopt;
  const size_t length = get<uint32_t>(bytes, at);
  if (length > kMaxSpoolRecord || length > bytes.size() - at - kSpoolHeader) return std::nullopt;
  const auto sequence = get<uint64_t>(bytes, at + 8);
  if (sequence <= after || sequence - after > kFurthestJump) return std::nullopt;
  if (crc32c(bytes.substr(at + 8, 8 + length)) != get<uint32_t>(bytes, at + 4)) return std::nullopt;
  return kSpoolHeader + length;
}

}  // namespace

// SSE 4.2 has this polynomial as an instruction, and x86-64-v3 has SSE 4.2.
uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  uint64_t crc = ~seed;
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) crc = _mm_crc32_u64(crc, get<uint64_t>(bytes, i));
  auto rest = static_cast<uint32_t>(crc);
  for (; i < bytes.size(); ++i) rest = _mm_crc32_u8(rest, static_cast<uint8_t>(bytes[i]));
  return ~rest;
}

void put_record(std::string& out, uint64_t sequence, std::string_view bytes) {
  const size_t at = out.size();
  put(out, static_cast<uint32_t>(bytes.size()));
  put(out, uint32_t{0});
  put(out, sequence);
  out.append(bytes);
  const uint32_t crc = crc32c(std::string_view(out).substr(at + 8));
  std::memcpy(out.data() + at + 4, &crc, sizeof crc);
}

SegmentScan scan_segment(std::string_view bytes, uint64_t after) {
  SegmentScan out;
  size_t at = 0;
  while (at + kSpoolHeader <= bytes.size()) {
    const auto length = good_record(bytes, at, after);
    if (!length) {
      ++at;
      continue;
    }
    out.corrupt += at - out.end;
    after = get<uint64_t>(bytes, at + 8);
    out.records.push_back({after, std::string(bytes.substr(at + kSpoolHeader, *length - kSpoolHeader))});
    at += *length;
    out.end = at;
  }
  return out;
}

}  // namespace glacis::sensor
