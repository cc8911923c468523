#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/anomaly.h"
#include "dataplane/decode/decode.h"
#include "dataplane/fragment/defragmenter.h"
#include "dataplane/packet/burst.h"
#include "dataplane/packet/layers.h"
#include "dataplane/policy/generation.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/event_out.h"
#include "dataplane/worker/fragment_teller.h"

struct rte_mbuf;
struct rte_mempool;

namespace glacis {

// Of one joiner. Threads: written by its own, read by any.
struct JoinerCounters {
  CoreCounter fragments;      // that were taken: all but those that made a datagram whole
  CoreCounter datagrams;      // that were put together
  CoreCounter no_room;        // datagrams that were whole and lost: no mbuf was left for them, or none is so large
  CoreCounter readings_lost;  // other readings that did not fit behind their datagram: kMostDatagram
  AnomalyCounters anomalies;
};

// The fragments that one thread reads -> datagrams, each a packet of its own (LinkType::kDatagram) with the time and
// the ordinal of the fragment that made it whole. It stands in that fragment's mbuf if that is large enough, else in
// one of the pool for large ones, which is borrowed; no such mbuf left: a replay waits for one, live the datagram is
// lost and counted. An IPv4 fragment whose header checksum is wrong joins nothing: every receiver drops it.
// What a fragment shows that is taken, and a datagram that never is whole, goes to a teller. Owns that; borrows its
// ring. Thread: the one that reads.
class FragmentJoiner {
 public:
  static constexpr uint32_t kMostDatagram = 65'535;  // bytes with their other reading, in an mbuf of as many
  static constexpr uint16_t kPrivateBytes = 64;      // of each mbuf of the pool for large ones

  // `checksums`: kKnownGood joins whatever the header's checksum is.
  FragmentJoiner(RunMode mode, const DefragmentOptions& options, Checksums checksums, rte_mempool* large,
                 SpscRing<Event>& events)
      : mode_(mode),
        verifies_(checksums == Checksums::kVerify),
        defragmenter_(options),
        large_(large),
        teller_(mode, events, options.seed) {}

  // Takes the mbuf of packet i of the burst, a fragment; `layers` is decode()'s word on it with the result kFragment.
  // The datagram that it made whole, the caller's then; null: none, and the fragment has been counted. Overlaps are
  // decided as `generation` says of the target, when the datagram's first fragment came; its steps hear of what is odd.
  [[nodiscard]] rte_mbuf* join(const Burst& burst, uint16_t i, const Layers& layers, const Generation& generation);
  // Gives up what has waited too long.
  void advance(Nanos clock, const Generation& generation);
  // Nothing more comes: gives up all that waits.
  void finish(const Generation& generation);

  [[nodiscard]] const JoinerCounters& counters() const { return counters_; }
  [[nodiscard]] const FragmentTellerCounters& told() const { return teller_.counters(); }

 private:
  [[nodiscard]] rte_mbuf* add(rte_mbuf* mbuf, const Fragment& fragment, const Layers& layers, AnomalySet& shown,
                              const Generation& generation);
  [[nodiscard]] auto when_ended(const Generation& generation) {
    return [this, &generation](const EndedDatagram& datagram) {
      counters_.anomalies.add(datagram.anomalies);
      teller_.tell(FragmentFinding(datagram), generation);
    };
  }
  [[nodiscard]] bool is_spoilt(const rte_mbuf* fragment, const Layers& layers) const;
  [[nodiscard]] rte_mbuf* mbuf_for(rte_mbuf* fragment, size_t bytes);
  [[nodiscard]] rte_mbuf* place(rte_mbuf* fragment, const Reassembled& whole, const Layers& layers, AnomalySet& shown);
  void take(rte_mbuf* fragment);

  const RunMode mode_;
  const bool verifies_;
  Defragmenter defragmenter_;
  rte_mempool* const large_;
  FragmentTeller teller_;
  JoinerCounters counters_;
};

// What a defragmenter needs of a frame; `layers` is decode()'s word on it with the result kFragment. Borrows its bytes.
[[nodiscard]] Fragment fragment_of(std::span<const uint8_t> frame, const Layers& layers, Nanos time);
// The layers of a joiner's datagram.
[[nodiscard]] Layers layers_of_datagram(const rte_mbuf* mbuf, const DecodeOptions& options);
// Those of the packet as another end reads it, and its bytes; empty: all read it alike.
[[nodiscard]] std::span<const uint8_t> other_reading(const rte_mbuf* mbuf);
[[nodiscard]] Layers layers_of_other_reading(const rte_mbuf* mbuf);

}  // namespace glacis
