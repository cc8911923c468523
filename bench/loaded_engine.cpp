#include "bench/loaded_engine.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace glacis::bench {

Expected<std::unique_ptr<LoadedEngine>> LoadedEngine::make(const Setting& setting, const LoadOptions& options,
                                                           std::shared_ptr<const Generation> policy) {
  const auto out_of = [&](auto& made) { return std::unexpected(made.error()); };
  std::unique_ptr<LoadedEngine> out(new LoadedEngine(options));
  out->handshakes_ = out->traffic_.handshakes(0, options.traffic.flows);
  out->round_ = out->traffic_.round();
  auto mbufs = MbufTraffic::blank(out->traffic_.shapes(), kRingMbufs);
  if (!mbufs) return out_of(mbufs);
  out->mbufs_ = std::move(*mbufs);
  out->port_ = std::make_unique<RingPort>(out->mbufs_->mbufs(),
                                          RingOptions{.shapes = out->traffic_.shapes(),
                                                      .verified = true,
                                                      .taker = Taker::kFrees,
                                                      .loop = &out->loop_,
                                                      .places = out->round_.places,
                                                      .others_until = out->round_.others_until},
                                          setting.stamp);
  out->port_->play(out->handshakes_, out->round_.packets);
  EngineOptions engine_options;
  engine_options.mode = RunMode::kLive;
  engine_options.poll = PollStyle::kBusy;
  engine_options.shedding = options.shedding;
  engine_options.scanned_flows = options.scanned_flows;
  engine_options.timeouts = kNoTimeouts;
  auto engine = Engine::make(engine_options, {out->port_.get()}, out->sink_);
  if (!engine) return out_of(engine);
  out->engine_ = std::move(*engine);
  if (auto started = out->engine_->start(std::move(policy)); !started) return out_of(started);
  while (out->engine_->counters().processed < out->handshakes_.size() + out->round_.packets.size()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return out;
}

Expected<double> LoadedEngine::capacity(int64_t span_ns) {
  loop_.flood();
  const int64_t from = loop_.clock_ns();
  let_pass(span_ns);
  std::vector<double> rates;
  for (const OpenLoop::Window& window : loop_.windows(from, loop_.clock_ns())) {
    rates.push_back(static_cast<double>(window.packets) * 1e9 / OpenLoop::kWindow_ns);
  }
  if (rates.empty()) return fail("the worker's clock was past what it remembers before the capacity was measured");
  return median(rates);
}

}  // namespace glacis::bench
