#include "dataplane/worker/packet_ring.h"

#include <rte_errno.h>
#include <rte_ring.h>

#include <atomic>
#include <string>

namespace glacis {
namespace {

std::atomic<unsigned> g_ring_number{0};  // ring names are process-wide

}  // namespace

void RingFree::operator()(rte_ring* ring) const { rte_ring_free(ring); }

Expected<RingPointer> make_packet_ring(size_t packets) {
  const std::string name = "glacis_rx" + std::to_string(g_ring_number.fetch_add(1));
  rte_ring* ring = rte_ring_create(name.c_str(), static_cast<unsigned>(packets), SOCKET_ID_ANY,
                                   RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
  if (ring == nullptr) return fail(std::string("no packet ring: ") + rte_strerror(rte_errno), name);
  return RingPointer(ring);
}

}  // namespace glacis
