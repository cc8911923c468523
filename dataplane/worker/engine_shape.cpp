#include "dataplane/worker/engine_shape.h"

#include <algorithm>

#include "dataplane/port/mbuf_pool.h"

namespace glacis {

Reading reading_of(uint16_t workers, uint16_t most_queues) {
  if (workers == 1) return Reading::kOnlyWorker;
  return most_queues == 1 ? Reading::kDistributor : Reading::kEveryWorker;
}

uint32_t lcores_for(uint16_t workers, uint16_t most_queues) {
  return workers + (reading_of(workers, most_queues) == Reading::kDistributor ? 1U : 0U);
}

size_t hand_over_room(uint16_t workers, size_t packet_ring) {
  return std::max<size_t>(packet_ring / (workers - 1U), 1);
}

MbufNeed mbuf_need(uint16_t workers, uint16_t most_queues, uint16_t burst, size_t packet_ring) {
  const uint64_t lcores = lcores_for(workers, most_queues);
  MbufNeed out;
  out.bursts = lcores * burst;
  out.caches = (lcores + 1) * kMostCached;
  switch (reading_of(workers, most_queues)) {
    case Reading::kOnlyWorker:
      break;
    case Reading::kDistributor:
      out.rings = uint64_t{workers} * packet_ring;
      break;
    case Reading::kEveryWorker:
      out.rings = uint64_t{workers} * (workers - 1U) * hand_over_room(workers, packet_ring);
      break;
  }
  return out;
}

}  // namespace glacis
