#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/base/ids.h"
#include "dataplane/policy/generation.h"

struct rte_rcu_qsbr;

namespace glacis {

// The one pointer that a swap changes. Workers, and a distributor as one more, read it once per burst and report
// quiescent states (rte_rcu_qsbr); a generation is freed when every worker, the correlator and the alert drain have
// passed it. Threads: swap, all_passed, find by any (a mutex, never a worker); the rest by worker `id`.
class PolicySlot {
 public:
  // `workers`: the distributor among them.
  [[nodiscard]] static Expected<std::unique_ptr<PolicySlot>> make(uint16_t workers);
  ~PolicySlot();
  PolicySlot(const PolicySlot&) = delete;
  PolicySlot& operator=(const PolicySlot&) = delete;

  // Worker: what is current; valid until its next quiescent(). Null before the first swap. The acquire
  // pairs with swap's release, so the tables are seen built.
  [[nodiscard]] const Generation* current() const { return current_.load(std::memory_order_acquire); }
  void quiescent(WorkerId worker);
  void online(WorkerId worker);
  // Before sleeping and at the end: this worker holds no generation.
  void offline(WorkerId worker);

  // Makes `next` current and returns a token; all_passed(token) says whether every online worker has
  // reported since. Never waits.
  [[nodiscard]] uint64_t swap(std::shared_ptr<const Generation> next);
  [[nodiscard]] bool all_passed(uint64_t token) const;
  // Everything before `oldest` has left the correlator and the drain; frees what workers passed too.
  void release_before(GenerationId oldest);
  // A generation that is still held; null when it is gone.
  [[nodiscard]] std::shared_ptr<const Generation> find(GenerationId id) const;
  [[nodiscard]] size_t held() const;

 private:
  PolicySlot() = default;
  // With the mutex held: rte_rcu_qsbr_check keeps what it found last in plain memory, so two callers must
  // not meet in it, and one that only reads it must come after the one that saw the workers pass.
  [[nodiscard]] bool passed(uint64_t token) const;
  struct Held {
    std::shared_ptr<const Generation> generation;
    uint64_t token;  // of the swap that replaced it; 0: current
  };
  std::atomic<const Generation*> current_{nullptr};
  rte_rcu_qsbr* qsbr_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<Held> held_;  // guarded by mutex_
};

}  // namespace glacis
