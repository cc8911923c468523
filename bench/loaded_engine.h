#pragma once

#include <memory>

#include "bench/known_flows.h"
#include "bench/open_loop.h"
#include "bench/parts.h"
#include "bench/ring_port.h"
#include "dataplane/worker/engine.h"

namespace glacis::bench {

struct LoadOptions {
  TrafficOptions traffic;
  Shedding shedding = Shedding::kOn;
  size_t scanned_flows = 4096;
  size_t windows = 60'000;  // of 10 ms, that the open loop remembers
};

// The sensor's own engine with one worker, behind a port that an open loop feeds: packets come by the worker's clock
// and never wait for it. Nothing else needs a CPU but the thread that watches, and what that builds.
// Threads: one, beside the engine's own.
class LoadedEngine {
 public:
  // All flows are known when it returns. Fails when memory is short. Needs a second lcore.
  [[nodiscard]] static Expected<std::unique_ptr<LoadedEngine>> make(const Setting& setting, const LoadOptions& options,
                                                                    std::shared_ptr<const Generation> policy);
  ~LoadedEngine() {
    if (engine_) engine_->stop();
  }
  LoadedEngine(const LoadedEngine&) = delete;
  LoadedEngine& operator=(const LoadedEngine&) = delete;

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] OpenLoop& loop() { return loop_; }
  // Packets a second when more than can be worked on are waiting, over this time.
  [[nodiscard]] Expected<double> capacity(int64_t span_ns);
  // Waits for so much of the worker's time.
  void let_pass(int64_t span_ns) { loop_.wait_until(loop_.clock_ns() + span_ns); }
  // After engine().stop().
  [[nodiscard]] const RingPort& port() const { return *port_; }

 private:
  explicit LoadedEngine(const LoadOptions& options) : traffic_(options.traffic), loop_(options.windows) {}

  class Ignore final : public EventSink {
   public:
    void on_event(const Event&, const Generation&) override {}
    void on_path(const PathAlert&, const Generation&) override {}
  };

  const Traffic traffic_;
  std::vector<PacketEnds> handshakes_;
  Traffic::Round round_;
  std::unique_ptr<MbufTraffic> mbufs_;
  OpenLoop loop_;
  std::unique_ptr<RingPort> port_;
  Ignore sink_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace glacis::bench
