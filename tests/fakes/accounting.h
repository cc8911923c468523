#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "dataplane/worker/engine.h"

namespace glacis {

// Of an engine that stands still: received = processed + every named loss.
inline void expect_accounted(const EngineCounters& c) {
  EXPECT_EQ(c.received, c.processed + c.dropped() + c.ring_full + c.duplicates_dropped)
      << "processed " << c.processed << ", not keyed " << c.dropped() << ", ring full " << c.ring_full
      << ", duplicates " << c.duplicates_dropped;
  EXPECT_TRUE(c.balanced());
  EXPECT_LE(c.handed_over, c.received + c.datagrams) << "a packet changes hands once, and so does a datagram";
}

// And of a source that knows what it has sent: sent = missed + no_mbuf + port_errors + received.
inline void expect_accounted(const EngineCounters& c, uint64_t sent) {
  EXPECT_EQ(sent, c.missed + c.no_mbuf + c.port_errors + c.received)
      << "missed " << c.missed << ", no mbuf " << c.no_mbuf << ", refused by the port " << c.port_errors;
  expect_accounted(c);
}

}  // namespace glacis
