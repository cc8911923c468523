#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace glacis {

// Reads big-endian fields from bytes off the wire and cannot pass their end: a read that would do so
// returns 0, reads nothing and leaves `ok()` false for good. Check once, after a group of reads.
class ByteCursor {
 public:
  explicit ByteCursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t offset() const { return offset_; }
  [[nodiscard]] size_t left() const { return bytes_.size() - offset_; }

  uint8_t u8() { return static_cast<uint8_t>(read(1)); }
  uint16_t u16() { return static_cast<uint16_t>(read(2)); }
  uint32_t u32() { return read(4); }
  void skip(size_t n) { static_cast<void>(take(n)); }

  // The next n bytes; empty (and not ok) when there are fewer.
  std::span<const uint8_t> take(size_t n) {
    if (!ok_ || n > left()) {
      ok_ = false;
      return {};
    }
    const auto out = bytes_.subspan(offset_, n);
    offset_ += n;
    return out;
  }

 private:
  uint32_t read(size_t n) {
    uint32_t value = 0;
    for (const uint8_t byte : take(n)) value = value << 8 | byte;
    return value;
  }

  std::span<const uint8_t> bytes_;
  size_t offset_ = 0;
  bool ok_ = true;
};

}  // namespace glacis
