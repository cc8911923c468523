#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace glacis {

// The last bytes that were handed on in one direction, as a ring: what a segment that is sent again is held against.
// After a conflict it has what the other reading has. Bytes are named by how far they lie before the end. Plain data.
class StreamHistory {
 public:
  static constexpr size_t kBytes = 512;

  [[nodiscard]] size_t size() const { return size_; }
  void clear() { size_ = 0; }

  void push(std::span<const uint8_t> bytes) {
    if (bytes.size() >= kBytes) {
      std::memcpy(ring_.data(), bytes.data() + (bytes.size() - kBytes), kBytes);
      end_ = 0;
      size_ = kBytes;
      return;
    }
    const size_t first = std::min(bytes.size(), kBytes - end_);
    std::memcpy(ring_.data() + end_, bytes.data(), first);
    std::memcpy(ring_.data(), bytes.data() + first, bytes.size() - first);
    end_ = static_cast<uint16_t>((end_ + bytes.size()) % kBytes);
    size_ = static_cast<uint16_t>(std::min(kBytes, size_ + bytes.size()));
  }

  // Whether the bytes that begin `back` before the end are others; back <= size(), bytes.size() <= back.
  [[nodiscard]] bool differs(size_t back, std::span<const uint8_t> bytes) const {
    const auto [at, first] = place(back, bytes.size());
    return std::memcmp(ring_.data() + at, bytes.data(), first) != 0 ||
           std::memcmp(ring_.data(), bytes.data() + first, bytes.size() - first) != 0;
  }
  // Likewise; they stand there from now on.
  void rewrite(size_t back, std::span<const uint8_t> bytes) {
    const auto [at, first] = place(back, bytes.size());
    std::memcpy(ring_.data() + at, bytes.data(), first);
    std::memcpy(ring_.data(), bytes.data() + first, bytes.size() - first);
  }
  // The out.size() bytes that begin `back` before the end.
  void copy(size_t back, std::span<uint8_t> out) const {
    const auto [at, first] = place(back, out.size());
    std::memcpy(out.data(), ring_.data() + at, first);
    std::memcpy(out.data() + first, ring_.data(), out.size() - first);
  }

 private:
  struct Place {
    size_t at, first;  // where it begins, and how much of it lies there before the ring goes round
  };
  [[nodiscard]] Place place(size_t back, size_t bytes) const {
    const size_t at = (end_ + kBytes - back) % kBytes;
    return {at, std::min(bytes, kBytes - at)};
  }

  uint16_t end_ = 0, size_ = 0;
  std::array<uint8_t, kBytes> ring_{};
};

}  // namespace glacis
