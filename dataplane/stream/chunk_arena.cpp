#include "dataplane/stream/chunk_arena.h"

namespace glacis {

ChunkArena::ChunkArena(size_t chunks, uint32_t holders, uint32_t most_held)
    : most_held_(most_held), chunks_(chunks + 1), unused_(chunks), holders_(holders), by_held_(most_held + 1, kNobody) {
  for (size_t i = chunks; i > 0; --i) {
    chunks_[i].next = free_;
    free_ = ChunkIndex(static_cast<uint32_t>(i));
  }
}

// Who holds none is in no list.
void ChunkArena::leave(uint32_t holder) {
  Holder& h = holders_[holder];
  if (h.held == 0) return;
  if (h.behind != kNobody) holders_[h.behind].before = h.before;
  (h.before != kNobody ? holders_[h.before].behind : by_held_[h.held]) = h.behind;
}

void ChunkArena::enter(uint32_t holder) {
  Holder& h = holders_[holder];
  h.before = kNobody;
  h.behind = kNobody;
  if (h.held == 0) return;
  uint32_t& first = by_held_[h.held];
  h.behind = first;
  if (first != kNobody) holders_[first].before = holder;
  first = holder;
}

ChunkIndex ChunkArena::take(HolderIndex holder) {
  Holder& h = holders_[holder.value];
  if (free_.value == 0 || h.held >= most_held_) return {};
  const ChunkIndex out = free_;
  free_ = at(out).next;
  --unused_;
  leave(holder.value);
  ++h.held;
  enter(holder.value);
  highest_ = std::max(highest_, h.held);
  return out;
}

void ChunkArena::give(HolderIndex holder, ChunkIndex chunk) {
  at(chunk).next = free_;
  free_ = chunk;
  ++unused_;
  leave(holder.value);
  --holders_[holder.value].held;
  enter(holder.value);
  while (highest_ > 0 && by_held_[highest_] == kNobody) --highest_;
}

}  // namespace glacis
