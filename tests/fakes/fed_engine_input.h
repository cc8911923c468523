#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "dataplane/worker/engine.h"
#include "dataplane/worker/packet_ring.h"
#include "tests/fakes/fed_port.h"
#include "tests/fakes/open_loop_source.h"

namespace glacis {

// What stands before an engine under an open loop: source, ring, port, and the pool that all of its packets fit into.
// Throws when memory is short. Threads: one, beside the engine's and the source's.
struct FedEngineInput {
  FedEngineInput(const std::string& name, uint32_t packets, uint16_t mbuf_room, const OpenLoopSource::Options& options)
      : pool(*MbufPool::make(name, packets + 16'384, mbuf_room)),
        ring(*make_packet_ring(packets)),
        port(ring.get()),
        source(options, *pool, ring.get()) {}

  // Everything that was offered has been taken by the engine; the source has stopped.
  void settle(const Engine& engine) {
    source.stop();
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto taken = [&engine] {
      const EngineCounters c = engine.counters();
      return c.processed + c.dropped();
    };
    while (taken() < source.sent() - source.refused()) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "packets are missing";
      std::this_thread::yield();
    }
  }

  std::unique_ptr<MbufPool> pool;
  RingPointer ring;
  FedPort port;
  OpenLoopSource source;
};

}  // namespace glacis
