#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/port/mbuf_pool.h"
#include "tests/fakes/frames.h"

struct rte_mbuf;
struct rte_ring;

namespace glacis {

// What stands between the packets of the conversations, one for each: first fragments of datagrams that are never
// whole, from a hundred sources; or segments of flows of their own, behind a new hole each.
enum class Flood : uint8_t { kNone, kFragments, kOutOfOrder };

// TCP conversations into a ring, in order within each flow. Paced by the clock and never waiting: what
// is due is offered at once, and what the ring or the pool refuses is lost here and counted here.
// Borrows pool and ring. Threads: start, stop and measure by one; counters by any.
class OpenLoopSource {
 public:
  struct Options {
    uint16_t flows = 2000;
    uint16_t payload_bytes = 600;
    uint16_t forbidden_every = 100;  // each so many flows go to port 22
    Flood flood = Flood::kNone;
  };
  OpenLoopSource(const Options& options, MbufPool& pool, rte_ring* ring);
  ~OpenLoopSource() { stop(); }

  // Handshakes of all flows, then their data as fast as the ring takes it; packets per second over
  // `packets`. This one waits for room: it measures what is behind the ring.
  [[nodiscard]] double measure_capacity(uint64_t packets);
  void start(double packets_per_s);
  void stop();
  // Each conversation's client says this, cut in the middle, the second half first. Stopped; waits for room.
  void say(std::string_view text);

  [[nodiscard]] uint64_t sent() const { return sent_.load(std::memory_order_acquire); }
  [[nodiscard]] uint64_t refused() const { return refused_.load(std::memory_order_acquire); }

 private:
  struct Flow {
    frames::Ends ends;
    frames::Tcp tcp;
    std::vector<uint8_t> frame;  // a data segment; sequence and checksum move on
    uint32_t sequence = 0;
    uint32_t hole = 0;  // bytes left out behind each segment
  };
  enum class WhenFull : uint8_t { kWait, kLose };

  void add_flow(uint16_t number, uint32_t hole, std::vector<Flow>& to);
  void greet();
  void run(double packets_per_s);
  void send(uint64_t count, WhenFull when_full);
  [[nodiscard]] rte_mbuf* next_packet();
  [[nodiscard]] rte_mbuf* next_of(std::vector<Flow>& flows, size_t& next);
  [[nodiscard]] rte_mbuf* next_fragment();
  [[nodiscard]] rte_mbuf* mbuf_of(const std::vector<uint8_t>& frame);
  [[nodiscard]] bool drained() const;
  void put(rte_mbuf** packets, unsigned count, WhenFull when_full);

  MbufPool& pool_;
  rte_ring* const ring_;
  const Options options_;
  std::vector<Flow> flows_, flood_flows_;
  std::vector<uint8_t> fragment_;
  std::vector<std::vector<uint8_t>> greetings_;
  size_t next_ = 0, next_of_flood_ = 0;
  uint64_t made_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> sent_{0}, refused_{0};
  std::thread thread_;
};

}  // namespace glacis
