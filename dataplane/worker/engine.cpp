#include "dataplane/worker/engine.h"

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <chrono>

#include "dataplane/policy/rule_id.h"

namespace glacis {
namespace {

int run_loop(void* loop) {
  (*static_cast<std::function<void()>*>(loop))();
  return 0;
}

std::atomic<unsigned> g_ring_number{0};  // ring names are process-wide

Expected<RingPointer> make_ring(size_t packets) {
  const std::string name = "glacis_rx" + std::to_string(g_ring_number.fetch_add(1));
  rte_ring* ring = rte_ring_create(name.c_str(), static_cast<unsigned>(packets), SOCKET_ID_ANY,
                                   RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
  if (ring == nullptr) return fail(std::string("no packet ring: ") + rte_strerror(rte_errno), name);
  return RingPointer(ring);
}

}  // namespace

// Names the generation of what the correlator hands on, and tells the slot which ones it has passed.
// Thread: the correlator's.
class Engine::Outlet final : public CorrelatorSink, public PathCatalog {
 public:
  Outlet(PolicySlot& slot, EventSink& sink) : slot_(slot), sink_(sink) {}

  void on_event(const Event& event) override {
    if (const Generation* generation = find(event.generation)) sink_.on_event(event, *generation);
  }
  void on_path(const PathAlert& alert) override {
    if (const Generation* generation = find(alert.generation)) sink_.on_path(alert, *generation);
  }
  void on_passed(GenerationId oldest) override {
    if (last_ && last_->id() < oldest) last_.reset();
    slot_.release_before(oldest);
  }
  std::optional<PathTable> paths_of(GenerationId id) const override {
    const auto generation = slot_.find(id);
    if (!generation) return std::nullopt;
    PathTable out{{generation, &generation->paths()}, {}};
    for (const PathRule& path : generation->paths().paths) out.rules.push_back(rule_id(*generation, path.rule));
    return out;
  }

 private:
  const Generation* find(GenerationId id) {
    if (!last_ || last_->id() != id) last_ = slot_.find(id);
    return last_.get();
  }
  PolicySlot& slot_;
  EventSink& sink_;
  std::shared_ptr<const Generation> last_;
};

void RingFree::operator()(rte_ring* ring) const { rte_ring_free(ring); }

uint32_t lcores_for(uint16_t workers) { return workers == 1 ? 1U : workers + 1U; }

uint64_t EngineCounters::dropped() const {
  uint64_t sum = 0;
  for (const uint64_t n : decode) sum += n;
  return sum;
}

Engine::Engine(const EngineOptions& options, std::vector<RxPort*> ports, EventSink& sink)
    : options_(options), ports_(std::move(ports)), sink_(sink) {}

Expected<std::unique_ptr<Engine>> Engine::make(const EngineOptions& options, std::vector<RxPort*> ports,
                                               EventSink& sink) {
  if (options.workers == 0 || options.burst == 0 || options.burst > kMaxBurst) {
    return fail("an engine needs a worker and a burst of 1 to 64", "engine");
  }
  if (rte_lcore_count() < lcores_for(options.workers) + 1) {
    return fail("DPDK runs with " + std::to_string(rte_lcore_count()) + " lcores, " +
                    std::to_string(lcores_for(options.workers) + 1) + " are needed",
                "engine");
  }
  auto stamp = MbufStampField::register_field();
  if (!stamp) return std::unexpected(stamp.error());
  std::unique_ptr<Engine> engine(new Engine(options, std::move(ports), sink));
  auto slot = PolicySlot::make(options.workers);
  if (!slot) return std::unexpected(slot.error());
  engine->slot_ = std::move(*slot);
  engine->reader_ = std::make_unique<Reader>(options.mode, engine->ports_, *stamp);
  const bool direct = options.workers == 1;
  std::vector<Distributor::Lane> lanes;
  for (uint16_t i = 0; i < options.workers; ++i) {
    rte_ring* ring = nullptr;
    if (!direct) {
      auto made = make_ring(options.packet_ring);
      if (!made) return std::unexpected(made.error());
      ring = made->get();
      engine->rings_.push_back(std::move(*made));
    }
    WorkerOptions worker{WorkerId(i), options.mode, options.poll, options.burst, options.shedding, {}};
    worker.pipeline.mode = options.mode;
    worker.pipeline.way = options.way;
    worker.pipeline.flow_slots = options.flow_slots;
    worker.pipeline.hash_seed = options.hash_seed;
    engine->events_.push_back(std::make_unique<SpscRing<Event>>(options.event_ring));
    engine->workers_.push_back(std::make_unique<Worker>(worker, *engine->slot_, *engine->events_.back(), ring,
                                                        direct ? engine->reader_.get() : nullptr, *stamp,
                                                        engine->stop_));
    lanes.push_back({ring, &engine->workers_.back()->signals()});
  }
  if (!direct) {
    engine->distributor_ = std::make_unique<Distributor>(options.mode, options.poll, options.burst, options.hash_seed,
                                                         *engine->reader_, std::move(lanes), engine->stop_);
  }
  std::vector<WorkerFeed> feeds;
  for (uint16_t i = 0; i < options.workers; ++i) {
    feeds.push_back({engine->events_[i].get(), &engine->workers_[i]->signals().watermark});
  }
  engine->outlet_ = std::make_unique<Outlet>(*engine->slot_, sink);
  const auto order = options.mode == RunMode::kReplay ? EventOrder::kTotal : EventOrder::kArrival;
  engine->correlator_ =
      std::make_unique<Correlator>(std::move(feeds), order, options.event_ring * 4, *engine->outlet_, *engine->outlet_);
  return engine;
}

Engine::~Engine() { stop(); }

Expected<void> Engine::start(std::shared_ptr<const Generation> first) {
  if (auto warmed = warm(*first); !warmed) return std::unexpected(warmed.error());
  offer_streams();
  current_ = std::move(first);
  (void)slot_->swap(current_);
  running_ = true;
  correlator_thread_ = std::thread([this] { correlate(); });
  unsigned lcore = rte_get_next_lcore(-1U, 1, 0);
  for (auto& worker : workers_) {
    launch([w = worker.get()] { w->run(); }, lcore);
    lcore = rte_get_next_lcore(lcore, 1, 0);
  }
  if (distributor_) launch([this] { distributor_->run(); }, lcore);
  return {};
}

void Engine::launch(std::function<void()> loop, unsigned lcore) {
  loops_.push_back([this, loop = std::move(loop)] {
    if (options_.on_loop) options_.on_loop(LoopMoment::kBegins);
    loop();
    if (options_.on_loop) options_.on_loop(LoopMoment::kEnds);
  });
  rte_eal_remote_launch(run_loop, &loops_.back(), lcore);
}

Expected<void> Engine::warm(const Generation& next) {
  warm_.clear();
  if (current_ && current_->shared_patterns() == next.shared_patterns()) return {};
  for (size_t i = 0; i < workers_.size(); ++i) {
    auto made = ScanStreams::make(next.shared_patterns(), options_.scanned_flows);
    if (!made) {
      warm_.clear();
      return std::unexpected(made.error());
    }
    warm_.push_back(std::move(*made));
  }
  return {};
}

void Engine::offer_streams() {
  for (size_t i = 0; i < warm_.size(); ++i) {
    workers_[i]->content().offer(warm_[i].get());
    streams_.push_back(std::move(warm_[i]));
  }
  warm_.clear();
}

// Only after a swap that every worker has passed: none is about to take a set that was offered before.
void Engine::free_streams() {
  std::erase_if(streams_, [&](const std::unique_ptr<ScanStreams>& held) {
    return std::none_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
      return worker->content().in_use() == held.get() || worker->content().offered() == held.get();
    });
  });
}

Swap Engine::swap(std::shared_ptr<const Generation> next) {
  using std::chrono::steady_clock;
  Swap out;
  out.previous_digest = current_->digest();
  out.generation = next->id();
  offer_streams();
  for (auto& worker : workers_) worker->forget_longest_gap();
  out.before = counters();
  const auto began = steady_clock::now();
  current_ = std::move(next);
  const uint64_t token = slot_->swap(current_);
  while (!slot_->all_passed(token)) std::this_thread::sleep_for(std::chrono::microseconds(20));
  out.swap_ns = std::chrono::nanoseconds(steady_clock::now() - began).count();
  out.after = counters();
  out.longest_pause_ns = out.after.longest_gap_ns;
  free_streams();
  // From here on events name the new generation; older ones go once the correlator has passed theirs.
  correlator_->fence(current_->id());
  return out;
}

void Engine::wait() {
  if (!running_) return;
  rte_eal_mp_wait_lcore();
  if (correlator_thread_.joinable()) correlator_thread_.join();
  running_ = false;
}

void Engine::stop() {
  stop_.store(true, std::memory_order_relaxed);
  wait();
}

std::shared_ptr<const Generation> Engine::current() const { return current_; }

void Engine::correlate() {
  for (;;) {
    // Finished before empty: what a worker pushed last is seen by the pass that follows.
    const bool last = std::all_of(workers_.begin(), workers_.end(),
                                  [](const auto& w) { return w->signals().finished.load(std::memory_order_acquire); });
    const size_t taken = correlator_->poll();
    publish_correlator();
    if (taken != 0) continue;
    if (last) break;
    sink_.on_pause();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  correlator_->finish();
  publish_correlator();
  sink_.on_end();
  drained_.store(true, std::memory_order_release);
}

// The correlator's counters, for whoever asks.
void Engine::publish_correlator() {
  late_hits_.store(correlator_->counters().late_hits, std::memory_order_relaxed);
  paths_truncated_.store(correlator_->paths().counters().partials_evicted, std::memory_order_relaxed);
  hurried_hits_.store(correlator_->counters().hurried_hits, std::memory_order_relaxed);
  orphaned_hits_.store(correlator_->counters().orphaned_hits, std::memory_order_relaxed);
  tellings_forgotten_.store(correlator_->paths().counters().tellings_forgotten, std::memory_order_relaxed);
}

EngineCounters Engine::counters() const {
  EngineCounters out;
  for (const RxPort* port : ports_) {
    const RxCounters rx = port->counters();
    out.received += rx.received;
    out.missed += rx.missed;
    out.no_mbuf += rx.no_mbuf;
    out.port_errors += rx.errors;
    out.port_downs += rx.downs;
    out.ports_reattached += rx.reattached;
  }
  if (distributor_) out.ring_full = distributor_->ring_full();
  out.older_packets = reader_->older_packets();
  out.late_hits = late_hits_.load(std::memory_order_relaxed);
  out.paths_truncated = paths_truncated_.load(std::memory_order_relaxed);
  out.hurried_hits = hurried_hits_.load(std::memory_order_relaxed);
  out.orphaned_hits = orphaned_hits_.load(std::memory_order_relaxed);
  out.tellings_forgotten = tellings_forgotten_.load(std::memory_order_relaxed);
  for (const auto& worker : workers_) {
    const CoreCounters& core = worker->counters();
    out.processed += core.processed.get();
    for (size_t i = 0; i < out.decode.size(); ++i) out.decode[i] += core.decode[i].get();
    out.bad_checksum += core.bad_checksum.get();
    out.bytes += core.bytes.get();
    out.flows += core.flows.get();
    out.flows_evicted += core.flows_evicted.get();
    out.violations += core.violations.get();
    out.rules_left_out += core.rules_left_out.get();
    out.rules_unremembered += core.rules_unremembered.get();
    out.step_hits += core.step_hits.get();
    out.stream_gaps += core.stream_gaps.get();
    out.stream_out_of_window += core.stream_out_of_window.get();
    out.events_shed += core.events_shed.get();
    out.records_shed += core.records_shed.get();
    out.scans_shed += core.scans_shed.get();
    out.streams_shed += core.streams_shed.get();
    out.elephants_shed += core.elephants_shed.get();
    out.candidates_capped += core.candidates_capped.get();
    out.streams_refused += core.streams_refused.get();
    out.streams_reopened += core.streams_reopened.get();
    out.longest_gap_ns = std::max(out.longest_gap_ns, static_cast<int64_t>(core.longest_gap_ns.get()));
  }
  return out;
}

}  // namespace glacis
