#include "dataplane/worker/engine.h"

#include <rte_launch.h>
#include <rte_lcore.h>

#include <algorithm>
#include <chrono>
#include <span>

#include "dataplane/policy/rule_id.h"

namespace glacis {
namespace {

int run_loop(void* loop) {
  (*static_cast<std::function<void()>*>(loop))();
  return 0;
}

uint16_t most_queues(std::span<RxPort* const> ports) {
  uint16_t most = 1;
  for (const RxPort* port : ports) most = std::max(most, port->queues());
  return most;
}

// A queue that nobody reads fills and loses all that comes.
Expected<void> check_queues(const EngineOptions& options, std::span<RxPort* const> ports) {
  for (const RxPort* port : ports) {
    const uint16_t queues = port->queues();
    if (queues == 1) continue;
    const std::string has = "has " + std::to_string(queues) + " queues";
    if (options.mode == RunMode::kReplay) return fail(has + ", a replay reads one", std::string(port->name()));
    if (queues != options.workers) {
      return fail(has + " and " + std::to_string(options.workers) + " workers read them", std::string(port->name()),
                  "as many queues as workers, or one queue");
    }
  }
  return {};
}

Expected<void> check_lcores(uint32_t needed) {
  if (rte_lcore_count() >= needed) return {};
  return fail(
      "DPDK runs with " + std::to_string(rte_lcore_count()) + " lcores, " + std::to_string(needed) + " are needed",
      "engine");
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

Engine::Engine(const EngineOptions& options, std::vector<RxPort*> ports, EventSink& sink)
    : options_(options), ports_(std::move(ports)), sink_(sink) {}

Expected<std::unique_ptr<Engine>> Engine::make(const EngineOptions& options, std::vector<RxPort*> ports,
                                               EventSink& sink) {
  if (options.workers == 0 || options.burst == 0 || options.burst > kMaxBurst) {
    return fail("an engine needs a worker and a burst of 1 to 64", "engine");
  }
  if (auto fine = check_queues(options, ports); !fine) return std::unexpected(fine.error());
  const uint16_t queues = most_queues(ports);
  if (auto fine = check_lcores(lcores_for(options.workers, queues) + 1); !fine) return std::unexpected(fine.error());
  auto stamp = MbufStampField::register_field();
  if (!stamp) return std::unexpected(stamp.error());
  std::unique_ptr<Engine> engine(new Engine(options, std::move(ports), sink));
  auto slot = PolicySlot::make(static_cast<uint16_t>(lcores_for(options.workers, queues)));
  if (!slot) return std::unexpected(slot.error());
  engine->slot_ = std::move(*slot);
  const Reading reading = reading_of(options.workers, queues);
  engine->make_event_rings(reading);
  if (auto made = engine->make_inputs(reading, *stamp); !made) return std::unexpected(made.error());
  engine->make_workers(*stamp);
  if (reading == Reading::kDistributor) engine->make_distributor(*stamp);
  engine->make_correlator();
  return engine;
}

// One for each thread that tells something.
void Engine::make_event_rings(Reading reading) {
  const size_t rings = options_.workers + (reading == Reading::kDistributor ? size_t{1} : 0);
  for (size_t i = 0; i < rings; ++i) events_.push_back(std::make_unique<SpscRing<Event>>(options_.event_ring));
}

Expected<void> Engine::make_inputs(Reading reading, MbufStampField stamp) {
  if (reading == Reading::kEveryWorker) {
    auto between = HandOverRings::make(options_.workers, hand_over_room(options_.workers, options_.packet_ring));
    if (!between) return std::unexpected(between.error());
    between_ = std::move(*between);
  }
  const uint16_t readers = between_ ? options_.workers : 1;
  for (uint16_t i = 0; i < readers; ++i) {
    readers_.push_back(
        std::make_unique<Reader>(options_.mode, ports_, stamp, Reader::Share{i, readers}, options_.duplicates));
  }
  if (auto made = make_joiners(); !made) return made;
  for (uint16_t i = 0; i < options_.workers; ++i) {
    WorkerInput input;
    if (reading == Reading::kDistributor) {
      auto ring = make_packet_ring(options_.packet_ring);
      if (!ring) return std::unexpected(ring.error());
      rings_.push_back(std::move(*ring));
      input.ring = rings_.back().get();
    } else {
      input.reader = readers_[i].get();
    }
    if (between_) {
      hand_overs_.push_back(std::make_unique<HandOver>(WorkerId(i), options_.hash_seed, options_.decode.vlan_in_key,
                                                       *between_, *joiners_[i], stamp));
      input.hand_over = hand_overs_.back().get();
    }
    inputs_.push_back(input);
  }
  return {};
}

// One for each thread that reads, over one pool for large datagrams: a burst of them, and what may wait.
Expected<void> Engine::make_joiners() {
  constexpr uint32_t kLarge = 128;
  static std::atomic<uint32_t> made{0};
  auto pool = MbufPool::make("datagrams" + std::to_string(made++), kLarge, 0xffff, FragmentJoiner::kPrivateBytes);
  if (!pool) return std::unexpected(pool.error());
  large_datagrams_ = std::move(*pool);
  DefragmentOptions options = options_.fragments;
  options.seed = options_.hash_seed;
  // A distributor is the only reader and has the last ring; worker i's is ring i.
  const size_t first_ring = readers_.size() == 1 ? events_.size() - 1 : 0;
  for (size_t i = 0; i < readers_.size(); ++i) {
    joiners_.push_back(std::make_unique<FragmentJoiner>(options_.mode, options, options_.decode.checksums,
                                                        large_datagrams_->get(), *events_[first_ring + i]));
  }
  return {};
}

void Engine::make_workers(MbufStampField stamp) {
  for (uint16_t i = 0; i < options_.workers; ++i) {
    WorkerOptions worker{WorkerId(i), options_.mode, options_.poll, options_.burst, options_.shedding, {}};
    worker.pipeline.mode = options_.mode;
    worker.pipeline.way = options_.way;
    worker.pipeline.flow_slots = options_.flow_slots;
    worker.pipeline.timeouts = options_.timeouts;
    worker.pipeline.hash_seed = options_.hash_seed;
    worker.pipeline.decode = options_.decode;
    if (inputs_[i].ring == nullptr && inputs_[i].hand_over == nullptr) worker.pipeline.joiner = joiners_[i].get();
    workers_.push_back(std::make_unique<Worker>(worker, *slot_, *events_[i], inputs_[i], stamp, stop_));
  }
}

void Engine::make_distributor(MbufStampField stamp) {
  std::vector<Distributor::Lane> lanes;
  lanes.reserve(workers_.size());
  for (size_t i = 0; i < workers_.size(); ++i) lanes.push_back({inputs_[i].ring, &workers_[i]->signals()});
  distributor_ = std::make_unique<Distributor>(options_.mode, options_.poll, options_.burst, options_.hash_seed,
                                               options_.decode.vlan_in_key, *slot_, *readers_.front(),
                                               *joiners_.front(), stamp, std::move(lanes), stop_);
}

void Engine::make_correlator() {
  std::vector<WorkerFeed> feeds;
  feeds.reserve(events_.size());
  for (size_t i = 0; i < workers_.size(); ++i) {
    feeds.push_back({events_[i].get(), &workers_[i]->signals().watermark});
  }
  if (distributor_) feeds.push_back({events_.back().get(), &distributor_->told_to()});
  outlet_ = std::make_unique<Outlet>(*slot_, sink_);
  const auto order = options_.mode == RunMode::kReplay ? EventOrder::kTotal : EventOrder::kArrival;
  correlator_ = std::make_unique<Correlator>(std::move(feeds), order, options_.event_ring * 4, *outlet_, *outlet_);
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
    loops_over_.fetch_add(1, std::memory_order_release);
  });
  rte_eal_remote_launch(run_loop, &loops_.back(), lcore);
}

Expected<void> Engine::warm(const Generation& next) {
  warm_.clear();
  if (current_ && current_->shared_patterns() == next.shared_patterns()) return {};
  const StreamOptions streams{options_.scanned_flows, options_.stream_depth, options_.stream_waiting_bytes};
  for (size_t i = 0; i < workers_.size(); ++i) {
    auto made = ScanStreams::make(next.shared_patterns(), streams);
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
  forget_longest_gap();
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

void Engine::forget_longest_gap() {
  for (auto& worker : workers_) worker->forget_longest_gap();
}

void Engine::wait() {
  if (!running_) return;
  rte_eal_mp_wait_lcore();
  // All have said so by now. How DPDK orders what they did before this is hidden in its library.
  (void)loops_over_.load(std::memory_order_acquire);
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

void Engine::add_ports(EngineCounters& out) const {
  for (const RxPort* port : ports_) {
    const RxCounters rx = port->counters();
    out.received += rx.received;
    out.missed += rx.missed;
    out.no_mbuf += rx.no_mbuf;
    out.port_errors += rx.errors;
    out.port_downs += rx.downs;
    out.ports_reattached += rx.reattached;
  }
  for (const auto& reader : readers_) {
    out.older_packets += reader->older_packets();
    out.duplicates += reader->duplicates();
    out.duplicates_dropped += reader->duplicates_dropped();
  }
  if (distributor_) out.ring_full = distributor_->ring_full();
  for (const auto& hand_over : hand_overs_) {
    out.ring_full += hand_over->ring_full();
    out.handed_over += hand_over->handed_over();
  }
}

EngineLoad Engine::load() const {
  EngineLoad out;
  for (size_t i = 0; i < workers_.size(); ++i) {
    const ShedState shed = workers_[i]->signals().shed.load(std::memory_order_relaxed);
    if (shed.worse_than(out.shed)) out = {shed, WorkerId(static_cast<uint16_t>(i))};
  }
  return out;
}

}  // namespace glacis
