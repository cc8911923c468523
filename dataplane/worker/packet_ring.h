#pragma once

#include <cstddef>
#include <memory>

#include "dataplane/base/error.h"

struct rte_ring;

namespace glacis {

struct RingFree {
  void operator()(rte_ring* ring) const;
};
using RingPointer = std::unique_ptr<rte_ring, RingFree>;

// A ring for exactly `packets` mbufs between one producer and one consumer. What stands in it when it
// goes is lost to the pool: its users read it empty first. Fails without memory. Thread: control.
[[nodiscard]] Expected<RingPointer> make_packet_ring(size_t packets);

}  // namespace glacis
