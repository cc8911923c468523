#pragma once

#include <cstddef>
#include <cstdint>

namespace glacis {

// Packets that wait for a worker behind a distributor, or for it in all other workers' rings.
inline constexpr size_t kPacketRing = 4096;

// Who reads the ports. kEveryWorker: worker i reads queue i of each port that has it.
enum class Reading : uint8_t { kOnlyWorker, kDistributor, kEveryWorker };

// By the number of workers and of queues of the port that has most. All below: thread: any.
[[nodiscard]] Reading reading_of(uint16_t workers, uint16_t most_queues);
// Lcores that an engine needs beside the main one: its workers and a distributor, if there is one.
[[nodiscard]] uint32_t lcores_for(uint16_t workers, uint16_t most_queues = 1);
// Room of each ring between an ordered pair of workers that read queues of their own; `workers` > 1.
[[nodiscard]] size_t hand_over_room(uint16_t workers, size_t packet_ring);

// Mbufs that stand somewhere else than in the pool, at most. A pool of as many never runs empty: what is lost
// is lost to a full ring, under its name.
struct MbufNeed {
  uint64_t devices = 0;  // receive rings; the caller's (device_mbufs)
  uint64_t rings = 0;    // between distributor and workers, or between workers
  uint64_t bursts = 0;   // in the hands of those who read and work
  uint64_t caches = 0;   // kept by lcores, the main one too, for their own next allocation
  [[nodiscard]] uint64_t total() const { return devices + rings + bursts + caches; }
};
[[nodiscard]] MbufNeed mbuf_need(uint16_t workers, uint16_t most_queues, uint16_t burst, size_t packet_ring);

}  // namespace glacis
