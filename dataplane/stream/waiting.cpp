#include "dataplane/stream/waiting.h"

#include <algorithm>
#include <cstring>

namespace glacis {
namespace {

// The part of `bytes` in [begin, end); empty when there is none.
SeqBytes cut(SeqBytes bytes, uint32_t begin, uint32_t end) {
  const auto size = static_cast<int32_t>(bytes.bytes.size());
  const int32_t from = std::clamp(seq_diff(begin, bytes.seq), 0, size);
  const int32_t to = std::clamp(seq_diff(end, bytes.seq), from, size);
  return bytes.head(static_cast<size_t>(to)).behind(static_cast<size_t>(from));
}

}  // namespace

Placed WaitingRoom::place(Waiting& waiting, SeqBytes segment, OverlapPolicy policy) {
  Placed out;
  // What waits is decided on as it was before this segment.
  const bool behind_all = !waiting.empty() && seq_diff(segment.seq, arena_.at(waiting.main.last).end()) >= 0;
  ChunkIndex at = behind_all ? ChunkIndex() : waiting.main.first;
  while (at.value != 0 && seq_diff(segment.end(), arena_.at(at).seq) > 0) {
    const ChunkIndex first = at;
    SeqRange piece{arena_.at(at).seq, arena_.at(at).end()};
    for (at = arena_.at(at).next; at.value != 0 && arena_.at(at).seq == piece.end; at = arena_.at(at).next) {
      piece.end = arena_.at(at).end();
    }
    if (seq_diff(piece.end, segment.seq) > 0) out.full |= !settle(waiting, segment, piece, first, policy, out);
  }
  out.full |= !fill(waiting.main, segment, waiting.bytes);
  return out;
}

// The segment meets one piece. Only what lies between the first and the last byte that differ is in question.
bool WaitingRoom::settle(Waiting& waiting, SeqBytes segment, SeqRange piece, ChunkIndex first, OverlapPolicy policy,
                         Placed& out) {
  const SeqRange differs = first_to_last_difference(first, cut(segment, piece.begin, piece.end));
  if (differs.begin == differs.end) return true;
  out.conflict = true;
  const SeqBytes fresh = cut(segment, differs.begin, differs.end);
  if (!new_bytes_win(policy, {segment.seq, segment.end()}, piece)) return put_loser(waiting.losers, fresh);
  bool room = true;
  for (ChunkIndex at = first; at.value != 0 && seq_diff(arena_.at(at).seq, differs.end) < 0; at = arena_.at(at).next) {
    const SeqBytes old = cut(arena_.at(at).content(), differs.begin, differs.end);
    if (!old.bytes.empty()) room = put_loser(waiting.losers, old) && room;
  }
  overwrite(first, fresh);
  return room;
}

SeqRange WaitingRoom::first_to_last_difference(ChunkIndex first, SeqBytes segment) const {
  SeqRange out{segment.seq, segment.seq};
  bool any = false;
  for (ChunkIndex at = first; at.value != 0 && seq_diff(arena_.at(at).seq, segment.end()) < 0;
       at = arena_.at(at).next) {
    const Chunk& chunk = arena_.at(at);
    const SeqBytes fresh = cut(segment, chunk.seq, chunk.end());
    if (fresh.bytes.empty()) continue;
    const auto old = cut(chunk.content(), fresh.seq, fresh.end()).bytes;
    if (std::memcmp(fresh.bytes.data(), old.data(), old.size()) == 0) continue;
    for (size_t i = 0; i < old.size(); ++i) {
      if (fresh.bytes[i] == old[i]) continue;
      if (!any) out.begin = fresh.seq + static_cast<uint32_t>(i);
      any = true;
      out.end = fresh.seq + static_cast<uint32_t>(i) + 1;
    }
  }
  return any ? out : SeqRange{};
}

// Where the list from `first` on has bytes.
void WaitingRoom::overwrite(ChunkIndex first, SeqBytes bytes) {
  for (ChunkIndex at = first; at.value != 0 && seq_diff(arena_.at(at).seq, bytes.end()) < 0; at = arena_.at(at).next) {
    Chunk& chunk = arena_.at(at);
    const SeqBytes part = cut(bytes, chunk.seq, chunk.end());
    if (!part.bytes.empty()) std::memcpy(&chunk.data[part.seq - chunk.seq], part.bytes.data(), part.bytes.size());
  }
}

bool WaitingRoom::put_loser(ChunkList& losers, SeqBytes bytes) {
  overwrite(losers.first, bytes);
  uint32_t added = 0;
  return fill(losers, bytes, added);
}

// Adds what the list does not have yet.
bool WaitingRoom::fill(ChunkList& list, SeqBytes bytes, uint32_t& added) {
  ChunkIndex before, at = list.first;
  if (!list.empty() && seq_diff(bytes.seq, arena_.at(list.last).end()) >= 0) {
    before = list.last;
    at = ChunkIndex();
  }
  while (!bytes.bytes.empty()) {
    while (at.value != 0 && seq_diff(arena_.at(at).end(), bytes.seq) <= 0) {
      before = at;
      at = arena_.at(at).next;
    }
    size_t room = bytes.bytes.size();
    if (at.value != 0) {
      const Chunk& chunk = arena_.at(at);
      const int32_t hole = seq_diff(chunk.seq, bytes.seq);
      if (hole <= 0) {
        bytes = bytes.behind(std::min<size_t>(room, chunk.end() - bytes.seq));
        continue;
      }
      room = std::min(room, static_cast<size_t>(hole));
    }
    if (before.value != 0 && arena_.at(before).end() == bytes.seq && arena_.at(before).bytes < Chunk::kBytes) {
      Chunk& chunk = arena_.at(before);
      const size_t n = std::min(room, Chunk::kBytes - chunk.bytes);
      std::memcpy(&chunk.data[chunk.bytes], bytes.bytes.data(), n);
      chunk.bytes += static_cast<uint32_t>(n);
      added += static_cast<uint32_t>(n);
      bytes = bytes.behind(n);
      continue;
    }
    const ChunkIndex fresh = arena_.take(holder_);
    if (fresh.value == 0) return false;
    Chunk& chunk = arena_.at(fresh);
    chunk.seq = bytes.seq;
    chunk.bytes = 0;
    chunk.next = at;
    (before.value != 0 ? arena_.at(before).next : list.first) = fresh;
    if (at.value == 0) list.last = fresh;
    before = fresh;
  }
  return true;
}

uint32_t WaitingRoom::pieces(const ChunkList& list) const {
  uint32_t out = 0, end = 0;
  for (ChunkIndex at = list.first; at.value != 0; at = arena_.at(at).next) {
    if (out == 0 || arena_.at(at).seq != end) ++out;
    end = arena_.at(at).end();
  }
  return out;
}

void WaitingRoom::drop(Waiting& waiting) {
  for (ChunkList* list : {&waiting.main, &waiting.losers}) {
    for (ChunkIndex at = list->first; at.value != 0;) {
      const ChunkIndex next = arena_.at(at).next;
      arena_.give(holder_, at);
      at = next;
    }
  }
  waiting = {};
}

}  // namespace glacis
