#include "dataplane/worker/engine.h"

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace glacis {
namespace {

int run_worker(void* worker) {
  static_cast<Worker*>(worker)->run();
  return 0;
}

int run_distributor(void* distributor) {
  static_cast<Distributor*>(distributor)->run();
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
    WorkerOptions worker{WorkerId(i), options.mode, options.poll, options.burst, {}};
    worker.pipeline = {options.mode, options.flow_slots, {}, options.hash_seed};
    engine->events_.push_back(std::make_unique<SpscRing<Event>>(options.event_ring));
    engine->workers_.push_back(std::make_unique<Worker>(worker, *engine->slot_, *engine->events_.back(),
                                                        ring, direct ? engine->reader_.get() : nullptr,
                                                        *stamp, engine->stop_));
    lanes.push_back({ring, &engine->workers_.back()->signals()});
  }
  if (!direct) {
    engine->distributor_ =
        std::make_unique<Distributor>(options.mode, options.poll, options.burst, options.hash_seed,
                                      *engine->reader_, std::move(lanes), engine->stop_);
  }
  return engine;
}

Engine::~Engine() { stop(); }

void Engine::start(std::shared_ptr<const Generation> first) {
  current_ = std::move(first);
  (void)slot_->swap(current_);
  running_ = true;
  drain_thread_ = std::thread([this] { drain(); });
  unsigned lcore = rte_get_next_lcore(-1U, 1, 0);
  for (auto& worker : workers_) {
    rte_eal_remote_launch(run_worker, worker.get(), lcore);
    lcore = rte_get_next_lcore(lcore, 1, 0);
  }
  if (distributor_) rte_eal_remote_launch(run_distributor, distributor_.get(), lcore);
}

Swap Engine::swap(std::shared_ptr<const Generation> next) {
  using std::chrono::steady_clock;
  Swap out;
  out.previous_digest = current_->digest();
  out.generation = next->id();
  for (auto& worker : workers_) worker->forget_longest_gap();
  out.before = counters();
  const auto began = steady_clock::now();
  current_ = std::move(next);
  const uint64_t token = slot_->swap(current_);
  while (!slot_->all_passed(token)) std::this_thread::sleep_for(std::chrono::microseconds(20));
  out.swap_ns = std::chrono::nanoseconds(steady_clock::now() - began).count();
  out.after = counters();
  out.longest_pause_ns = out.after.longest_gap_ns;
  // From here on events name the new generation; older ones may go once what is in the rings is out.
  Retire retire{current_->id(), {}};
  for (auto& ring : events_) retire.pushed.push_back(ring->pushed());
  const std::scoped_lock lock(retire_mutex_);
  retire_.push_back(std::move(retire));
  return out;
}

void Engine::wait() {
  if (!running_) return;
  rte_eal_mp_wait_lcore();
  if (drain_thread_.joinable()) drain_thread_.join();
  running_ = false;
}

void Engine::stop() {
  stop_.store(true, std::memory_order_relaxed);
  wait();
}

std::shared_ptr<const Generation> Engine::current() const { return current_; }

Nanos Engine::watermark() const {
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const auto& worker : workers_) {
    least = std::min(least, worker->signals().watermark.load(std::memory_order_acquire));
  }
  return Nanos(least);
}

void Engine::drain() {
  cpu_set_t every;
  CPU_ZERO(&every);
  for (unsigned i = 0; i < CPU_SETSIZE; ++i) CPU_SET(i, &every);
  sched_setaffinity(0, sizeof every, &every);  // the kernel keeps what the process may use
  EventOrder order;
  for (;;) {
    // Finished before empty: what a worker pushed last is seen by the pass that follows.
    const bool last = std::all_of(workers_.begin(), workers_.end(), [](const auto& w) {
      return w->signals().finished.load(std::memory_order_acquire);
    });
    const bool idle = !drain_once(order);
    forget_old_generations();
    if (last && idle) break;
    if (idle) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  sink_.on_end();
  drained_.store(true, std::memory_order_release);
}

bool Engine::drain_once(EventOrder& order) {
  const auto tell = [this](const Event& event) {
    if (!drain_generation_ || drain_generation_->id() != event.generation) {
      drain_generation_ = slot_->find(event.generation);
    }
    if (drain_generation_) sink_.on_event(event, *drain_generation_);
  };
  // Read before the rings: every event before it is in them, or out already.
  const Nanos until = watermark();
  bool some = false;
  Event event;
  for (auto& ring : events_) {
    // What was pushed by now covers the watermark; what comes meanwhile waits for the next pass.
    const uint64_t upto = ring->pushed();
    uint64_t taken = 0;
    for (uint64_t n = upto - ring->popped(); taken < n && ring->pop(event); ++taken) {
      if (options_.mode == RunMode::kReplay) {
        order.add(event);
      } else {
        tell(event);
      }
    }
    some = some || taken != 0;
  }
  const size_t held = order.size();
  order.release(until, tell);
  if (until.value != std::numeric_limits<int64_t>::max()) sink_.on_time(until);
  return some || order.size() != held;
}

void Engine::forget_old_generations() {
  const std::scoped_lock lock(retire_mutex_);
  while (!retire_.empty()) {
    const Retire& first = retire_.front();
    for (size_t i = 0; i < events_.size(); ++i) {
      if (events_[i]->popped() < first.pushed[i]) return;
    }
    // The drain may hold the last one; it lets go when an event names a newer.
    slot_->release_before(first.oldest);
    retire_.erase(retire_.begin());
  }
}

EngineCounters Engine::counters() const {
  EngineCounters out;
  for (const RxPort* port : ports_) {
    const RxCounters rx = port->counters();
    out.received += rx.received;
    out.missed += rx.missed;
    out.no_mbuf += rx.no_mbuf;
    out.port_errors += rx.errors;
  }
  if (distributor_) out.ring_full = distributor_->ring_full();
  for (const auto& worker : workers_) {
    const CoreCounters& core = worker->counters();
    out.processed += core.processed.get();
    for (size_t i = 0; i < out.decode.size(); ++i) out.decode[i] += core.decode[i].get();
    out.bad_checksum += core.bad_checksum.get();
    out.bytes += core.bytes.get();
    out.flows += core.flows.get();
    out.flows_evicted += core.flows_evicted.get();
    out.violations += core.violations.get();
    out.step_hits += core.step_hits.get();
    out.events_shed += core.events_shed.get();
    out.streams_refused += core.streams_refused.get();
    out.older_packets += core.older_packets.get();
    out.longest_gap_ns =
        std::max(out.longest_gap_ns, static_cast<int64_t>(core.longest_gap_ns.get()));
  }
  return out;
}

}  // namespace glacis
