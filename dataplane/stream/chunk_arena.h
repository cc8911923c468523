#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/huge_array.h"
#include "dataplane/base/ids.h"
#include "dataplane/stream/tcp_segment.h"

namespace glacis {

using ChunkIndex = Id<struct ChunkTag, uint32_t>;    // 0: none
using HolderIndex = Id<struct HolderTag, uint32_t>;  // one direction of one stream

// Some bytes in sequence, and which chunk comes behind them in their list.
struct Chunk {
  static constexpr size_t kBytes = 1008;
  uint32_t seq;
  ChunkIndex next;
  uint32_t bytes;
  uint32_t spare;
  std::array<uint8_t, kBytes> data;

  [[nodiscard]] uint32_t end() const { return seq + bytes; }
  [[nodiscard]] SeqBytes content() const { return {seq, std::span(data).first(bytes)}; }
};
static_assert(sizeof(Chunk) == 1024);

// The memory of one worker for bytes that wait: a fixed number of chunks, taken and given one by one, and who holds
// how many, so that room can be made where most is held. Every call takes constant time (amortised in give()).
// Construction: cold. Everything else: the worker that owns it.
class ChunkArena {
 public:
  // At most `most_held` chunks for each of `holders`.
  ChunkArena(size_t chunks, uint32_t holders, uint32_t most_held);

  // None when all are taken or the holder has its most.
  [[nodiscard]] ChunkIndex take(HolderIndex holder);
  void give(HolderIndex holder, ChunkIndex chunk);

  [[nodiscard]] Chunk& at(ChunkIndex chunk) { return chunks_[chunk.value]; }
  [[nodiscard]] const Chunk& at(ChunkIndex chunk) const { return chunks_[chunk.value]; }
  [[nodiscard]] size_t unused() const { return unused_; }
  [[nodiscard]] uint32_t held(HolderIndex holder) const { return holders_[holder.value].held; }
  [[nodiscard]] uint32_t most_held() const { return most_held_; }
  // One of those who hold most. Only while some chunk is held.
  [[nodiscard]] HolderIndex holds_most() const { return HolderIndex(by_held_[highest_]); }

 private:
  static constexpr uint32_t kNobody = UINT32_MAX;
  struct Holder {
    uint32_t held = 0, before = kNobody, behind = kNobody;  // in the list of those who hold as many
  };
  void leave(uint32_t holder);
  void enter(uint32_t holder);

  const uint32_t most_held_;
  HugeArray<Chunk> chunks_;
  ChunkIndex free_;  // a list by Chunk::next
  size_t unused_ = 0;
  std::vector<Holder> holders_;
  std::vector<uint32_t> by_held_;  // by number of chunks: the first who holds as many
  uint32_t highest_ = 0;
};

// Chunks in order of their sequence numbers, without overlap.
struct ChunkList {
  ChunkIndex first, last;
  [[nodiscard]] bool empty() const { return first.value == 0; }
};

}  // namespace glacis
