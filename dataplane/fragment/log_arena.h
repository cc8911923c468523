#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "dataplane/base/huge_array.h"

namespace glacis {

// Bytes in the order they came, as a chain of chunks of a LogArena. Plain data; the arena frees what it holds.
struct ByteLog {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t first = kNone, last = kNone;
  uint32_t used = 0;    // bytes of the last chunk
  uint32_t chunks = 0;  // in the chain
};

// Where bytes of a log begin.
struct LogPosition {
  uint32_t chunk = ByteLog::kNone, at = 0;
};

// Chunks of one size and a free list; memory is taken and touched at construction. Full: its owner asks
// before it appends. Owned by the defragmenter. Thread: its worker.
class LogArena {
 public:
  static constexpr uint32_t kChunkBytes = 2048;

  explicit LogArena(uint32_t chunks) : chunks_(chunks), next_(chunks), free_(chunks) {
    for (uint32_t i = 0; i < chunks; ++i) next_[i] = i + 1 < chunks ? i + 1 : ByteLog::kNone;
    free_head_ = chunks == 0 ? ByteLog::kNone : 0;
  }

  [[nodiscard]] uint32_t free() const { return free_; }
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(next_.size()); }
  [[nodiscard]] size_t bytes() const { return chunks_.bytes() + next_.size() * sizeof(uint32_t); }
  // Chunks that the log needs beside its own to take so many bytes more.
  [[nodiscard]] static uint32_t chunks_for(const ByteLog& log, size_t bytes) {
    const size_t left = log.chunks == 0 ? 0 : kChunkBytes - log.used;
    return bytes <= left ? 0 : static_cast<uint32_t>((bytes - left + kChunkBytes - 1) / kChunkBytes);
  }

  // Adds the bytes to the log's end; its owner has seen that as many chunks as they need are free. Where they begin.
  LogPosition append(ByteLog& log, std::span<const uint8_t> bytes) {
    if (log.chunks == 0 || log.used == kChunkBytes) add_chunk(log);
    const LogPosition begin{log.last, log.used};
    while (!bytes.empty()) {
      if (log.used == kChunkBytes) add_chunk(log);
      const size_t n = std::min<size_t>(bytes.size(), kChunkBytes - log.used);
      std::memcpy(chunks_[log.last].data() + log.used, bytes.data(), n);
      log.used += static_cast<uint32_t>(n);
      bytes = bytes.subspan(n);
    }
    return begin;
  }

  // The `n` bytes that begin at `from`, piece by piece, until `on_piece` says false. Whether it never did.
  template <class OnPiece>
  bool read(LogPosition from, size_t n, OnPiece&& on_piece) const {
    while (n > 0) {
      if (from.at == kChunkBytes) from = {next_[from.chunk], 0};
      const size_t piece = std::min<size_t>(n, kChunkBytes - from.at);
      if (!on_piece(std::span<const uint8_t>(chunks_[from.chunk].data() + from.at, piece))) return false;
      from.at += static_cast<uint32_t>(piece);
      n -= piece;
    }
    return true;
  }
  void copy(LogPosition from, size_t n, uint8_t* to) const {
    read(from, n, [&to](std::span<const uint8_t> piece) {
      std::memcpy(to, piece.data(), piece.size());
      to += piece.size();
      return true;
    });
  }
  // Where the bytes go on behind the next `n`.
  [[nodiscard]] LogPosition skip(LogPosition from, size_t n) const {
    while (from.at + n > kChunkBytes) {
      n -= kChunkBytes - from.at;
      from = {next_[from.chunk], 0};
    }
    return {from.chunk, static_cast<uint32_t>(from.at + n)};
  }

  void release(ByteLog& log) {
    if (log.chunks != 0) {
      next_[log.last] = free_head_;
      free_head_ = log.first;
      free_ += log.chunks;
    }
    log = ByteLog{};
  }

 private:
  using Chunk = std::array<uint8_t, kChunkBytes>;

  void add_chunk(ByteLog& log) {
    const uint32_t chunk = free_head_;
    free_head_ = next_[chunk];
    --free_;
    next_[chunk] = ByteLog::kNone;
    (log.chunks == 0 ? log.first : next_[log.last]) = chunk;
    log.last = chunk;
    log.used = 0;
    ++log.chunks;
  }
  HugeArray<Chunk> chunks_;
  std::vector<uint32_t> next_;  // of a log's chain, or of the free ones
  uint32_t free_head_ = ByteLog::kNone;
  uint32_t free_;
};

}  // namespace glacis
