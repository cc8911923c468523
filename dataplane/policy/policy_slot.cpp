#include "dataplane/policy/policy_slot.h"

#include <rte_rcu_qsbr.h>

#include <cstdlib>
#include <utility>

namespace glacis {

Expected<std::unique_ptr<PolicySlot>> PolicySlot::make(uint16_t workers) {
  std::unique_ptr<PolicySlot> slot(new PolicySlot());
  const size_t size = rte_rcu_qsbr_get_memsize(workers);
  slot->qsbr_ = static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size)));
  if (slot->qsbr_ == nullptr || rte_rcu_qsbr_init(slot->qsbr_, workers) != 0) {
    return fail("cannot set up quiescent states for " + std::to_string(workers) + " workers");
  }
  for (uint16_t w = 0; w < workers; ++w) rte_rcu_qsbr_thread_register(slot->qsbr_, w);
  return slot;
}

PolicySlot::~PolicySlot() { std::free(qsbr_); }

void PolicySlot::quiescent(WorkerId worker) { rte_rcu_qsbr_quiescent(qsbr_, worker.value); }
void PolicySlot::online(WorkerId worker) { rte_rcu_qsbr_thread_online(qsbr_, worker.value); }
void PolicySlot::offline(WorkerId worker) { rte_rcu_qsbr_thread_offline(qsbr_, worker.value); }

uint64_t PolicySlot::swap(std::shared_ptr<const Generation> next) {
  const std::scoped_lock lock(mutex_);
  current_.store(next.get(), std::memory_order_release);
  const uint64_t token = rte_rcu_qsbr_start(qsbr_);
  for (Held& held : held_) {
    if (held.token == 0) held.token = token;
  }
  held_.push_back({std::move(next), 0});
  return token;
}

bool PolicySlot::passed(uint64_t token) const { return rte_rcu_qsbr_check(qsbr_, token, false) == 1; }

bool PolicySlot::all_passed(uint64_t token) const {
  const std::scoped_lock lock(mutex_);
  return passed(token);
}

void PolicySlot::release_before(GenerationId oldest) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(
      held_, [&](const Held& held) { return held.token != 0 && held.generation->id() < oldest && passed(held.token); });
}

std::shared_ptr<const Generation> PolicySlot::find(GenerationId id) const {
  const std::scoped_lock lock(mutex_);
  for (const Held& held : held_) {
    if (held.generation->id() == id) return held.generation;
  }
  return nullptr;
}

size_t PolicySlot::held() const {
  const std::scoped_lock lock(mutex_);
  return held_.size();
}

}  // namespace glacis
