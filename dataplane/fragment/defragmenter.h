#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/huge_array.h"
#include "dataplane/fragment/covered_units.h"
#include "dataplane/fragment/datagram_reading.h"
#include "dataplane/fragment/fragment.h"
#include "dataplane/fragment/log_arena.h"
#include "dataplane/fragment/pending_table.h"

namespace glacis {

// Puts IPv4 and IPv6 datagrams together (RFC 791, 3.2; RFC 815; RFC 8200, 4.5) within memory that is taken and touched
// at construction. Fragments are copied as they come and read when their datagram is whole, so that every target
// family's way with overlaps, and its opposite, are one function.
// Owned by a worker; results are lent until its next add(). Thread: its worker. Nothing fails once it is made; throws
// std::bad_alloc; limits of 0 are taken as 1.
// Full: the oldest datagram goes, first of all lone late fragments. A source that is at its share loses its own oldest
// one instead. Ages and ends go by the fragments' times, whenever advance() is called.
// Work: a fragment that overlaps is compared with one that had its place and length and looks at the datagram's
// records, at most most_fragments; a whole datagram costs what DatagramReading says, for one or both readings.
class Defragmenter {
 public:
  explicit Defragmenter(const DefragmentOptions& options);

  // `policy` is that of the destination; the datagram's first fragment decides. Of IPv6 it should be kDiscard. Calls
  // on_end(EndedDatagram) for each datagram whose time was over by this fragment's, if it has the same key, or that
  // made room.
  template <class OnEnd>
  [[nodiscard]] Reassembled add(const Fragment& fragment, FragmentPolicy policy, OnEnd&& on_end) {
    ended_.clear();
    const Reassembled out = take(fragment, policy);
    for (const EndedDatagram& ended : ended_) on_end(ended);
    return out;
  }

  // on_end(EndedDatagram) for each whose time is over at `clock`, but at most `budget`; late ones go without a word and
  // count. A clock that runs back changes nothing.
  template <class OnEnd>
  void advance(Nanos clock, OnEnd&& on_end, size_t budget = SIZE_MAX) {
    for (uint32_t i = 0; budget > 0 && (i = table_.due(clock)) != PendingTable::kNone; --budget) {
      ended_.clear();
      end(i, DatagramEnd::kTimedOut, table_[i].deadline);
      for (const EndedDatagram& ended : ended_) on_end(ended);
    }
  }

  [[nodiscard]] const DefragmentCounters& counters() const { return counters_; }
  [[nodiscard]] uint32_t pending() const { return table_.size(); }
  [[nodiscard]] uint64_t free_bytes() const { return uint64_t{arena_.free()} * LogArena::kChunkBytes; }
  // All that was taken from the machine.
  [[nodiscard]] size_t bytes() const;

 private:
  // Keys that were whole lately, by their hash; the newest stays where two meet.
  struct Finished {
    uint64_t hash = 0;
    Nanos time;
  };

  [[nodiscard]] Reassembled take(const Fragment& fragment, FragmentPolicy policy);
  [[nodiscard]] Reassembled put(uint32_t index, const Fragment& fragment, std::span<const uint8_t> body,
                                AnomalySet found);
  [[nodiscard]] Reassembled refuse(FragmentRefusal refusal, AnomalySet found);
  [[nodiscard]] Reassembled give_up(uint32_t index, FragmentRefusal refusal, AnomalySet found, Nanos time);
  [[nodiscard]] uint32_t start(const DatagramKey& key, uint64_t hash, const Fragment& fragment, FragmentPolicy policy);
  [[nodiscard]] bool is_repeated(uint32_t index, const Fragment& fragment, std::span<const uint8_t> body) const;
  [[nodiscard]] FragmentRefusal make_room(uint32_t index, size_t bytes, Nanos time);
  void keep(uint32_t index, const Fragment& fragment, std::span<const uint8_t> body, bool contradicts);
  [[nodiscard]] Reassembled assemble(uint32_t index, AnomalySet found, Nanos time);
  void end(uint32_t index, DatagramEnd how, Nanos time);
  void release(uint32_t index);
  [[nodiscard]] std::span<FragmentRecord> records(uint32_t index) {
    return {records_.begin() + size_t{index} * most_fragments_, table_[index].fragments};
  }

  const DefragmentOptions options_;
  const uint32_t most_fragments_;
  LogArena arena_;
  PendingTable table_;
  CoveredUnits covered_;
  HugeArray<FragmentRecord> records_;
  std::vector<Finished> finished_;
  uint32_t share_chunks_, share_datagrams_;
  DatagramReading reading_, other_;
  std::vector<EndedDatagram> ended_;
  DefragmentCounters counters_;
};

}  // namespace glacis
