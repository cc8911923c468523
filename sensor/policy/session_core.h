#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sensor/policy/offer_assembly.h"
#include "sensor/policy/policy_store.h"
#include "sensor/policy/policy_target.h"

namespace glacis::v1 {
class Activate;
class PolicyStatus;
class SessionResponse;
}  // namespace glacis::v1

namespace glacis::sensor {

// What a sensor makes of control's messages, without gRPC and without threads of its own: offers in,
// statuses out, warming and activating in between. One offer is in hand at a time, the newest; what
// becomes of an older one is told to nobody, but that it came into use is (nonce 0). At most 256 statuses
// wait; beyond that the oldest goes.
// Borrows target and store. Threads: take, begin_stream, next_status, version, digest by any (mutex);
// work by one, and it alone calls the target, with the mutex free.
class SessionCore {
 public:
  SessionCore(PolicyTarget& target, PolicyStore& store, StoredPolicy running);
  ~SessionCore();

  // A new stream: its nonces start again, what the old one left undone is forgotten, and the policy in
  // use, if any, is told with nonce 0.
  void begin_stream();
  void take(const v1::SessionResponse& message);
  // Warms or activates if that is due at `now_ns` (Unix time); false: nothing was.
  bool work(int64_t now_ns);
  // When work() has something to do without a further message.
  [[nodiscard]] std::optional<int64_t> due_ns() const;
  // Statuses in their order; null: none.
  [[nodiscard]] std::unique_ptr<v1::PolicyStatus> next_status();

  struct View {
    uint64_t version = 0, highest = 0;
    std::string digest, store_error;
    uint64_t warmed = 0, activated = 0, rejected = 0;
  };
  [[nodiscard]] View view() const;

 private:
  using OfferPointer = std::shared_ptr<const Offer>;
  void take_piece(const v1::PolicyOffer& piece);
  void take_activate(const v1::Activate& activate);
  void warm(const OfferPointer& offer);
  void activate(const OfferPointer& offer);
  // nonce, version and digest of `offer`, and what is in use. With the mutex held.
  v1::PolicyStatus& say(const Offer& offer, int state);
  void say_running();
  void reject(const Offer& offer, const std::vector<Error>& errors);
  [[nodiscard]] std::optional<Error> fault_of(const Offer& offer) const;

  PolicyTarget& target_;
  PolicyStore& store_;
  mutable std::mutex mutex_;
  OfferAssembly assembly_;
  OfferPointer offer_;  // in hand; null: none
  bool warm_ = false;
  bool activate_ = false;
  int64_t activate_at_ns_ = 0;
  uint64_t running_version_ = 0;
  std::string running_digest_;
  std::deque<std::unique_ptr<v1::PolicyStatus>> statuses_;
  View counts_;
};

}  // namespace glacis::sensor
