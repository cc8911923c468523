#pragma once

#include <cstdint>

#include "dataplane/stream/chunk_arena.h"
#include "dataplane/stream/overlap.h"
#include "dataplane/stream/tcp_segment.h"

namespace glacis {

// What one direction keeps behind a hole: the bytes of the main reading, and beside them, where segments differed, what
// the other reading has at the same place. Of three versions of a byte the one that lost last is kept.
struct Waiting {
  ChunkList main, losers;
  uint32_t bytes = 0;  // of main
  [[nodiscard]] bool empty() const { return main.empty(); }
};

// Whether a segment said otherwise than what waits, and whether something of it found no room.
struct Placed {
  bool conflict = false, full = false;
};

// The steps on Waiting of one holder. Work is linear in the chunks that the holder has. Thread: the arena's.
class WaitingRoom {
 public:
  WaitingRoom(ChunkArena& arena, HolderIndex holder) : arena_(arena), holder_(holder) {}

  // Lays a segment into `waiting`: where it meets bytes the policy decides, what loses goes to the losers.
  // When it finds no room a part of it is in; the caller hands the whole on.
  Placed place(Waiting& waiting, SeqBytes segment, OverlapPolicy policy);
  // Stretches without a hole.
  [[nodiscard]] uint32_t pieces(const ChunkList& list) const;
  // Everything is given back.
  void drop(Waiting& waiting);

 private:
  bool settle(Waiting& waiting, SeqBytes segment, SeqRange piece, ChunkIndex first, OverlapPolicy policy, Placed& out);
  [[nodiscard]] SeqRange first_to_last_difference(ChunkIndex first, SeqBytes segment) const;
  void overwrite(ChunkIndex first, SeqBytes bytes);
  bool put_loser(ChunkList& losers, SeqBytes bytes);
  bool fill(ChunkList& list, SeqBytes bytes, uint32_t& added);

  ChunkArena& arena_;
  HolderIndex holder_;
};

}  // namespace glacis
