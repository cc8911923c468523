#pragma once

#include <gtest/gtest.h>

#include "dataplane/worker/engine.h"

namespace glacis {

// The two sums that hold at any overload, once the engine stands still: what the sender sent was lost
// before the engine or received by it; what was received was processed or lost under one name.
inline void expect_every_packet_accounted(uint64_t sent, const EngineCounters& c) {
  EXPECT_EQ(sent, c.missed + c.no_mbuf + c.port_errors + c.received)
      << "missed " << c.missed << ", no mbuf " << c.no_mbuf << ", refused by the port " << c.port_errors
      << ", received " << c.received;
  EXPECT_TRUE(c.balanced()) << "received " << c.received << ", processed " << c.processed << ", not keyed "
                            << c.dropped() << ", ring full " << c.ring_full;
}

}  // namespace glacis
