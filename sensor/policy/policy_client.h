#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sensor/policy/policy_store.h"
#include "sensor/policy/policy_target.h"

namespace grpc {
class Channel;
}
namespace glacis::v1 {
class Heartbeat;
}

namespace glacis::sensor {

struct PolicyClientOptions {
  std::string sensor;
  std::string tap;
  std::string software_version;
  std::vector<uint32_t> languages;    // kPolicyLanguage
  std::vector<std::string> features;  // kPolicyFeatures
  int64_t heartbeat_ms = 1'000;
  int64_t first_wait_ms = 200;  // before the second attempt; doubles with jitter
  int64_t longest_wait_ms = 10'000;
  int64_t write_wait_ms = 30'000;  // a stream on which control reads nothing for so long is given up
  uint64_t seed = 1;               // of the jitter
  // Adds health, reasons and counters to a heartbeat; time and policy are filled in, and a policy that
  // could not be stored makes it DEGRADED. Any thread.
  std::function<void(v1::Heartbeat&)> heartbeat;
  // Hears once when control refuses this sensor or is away, with the reason, and once when it is back.
  // The dialling thread.
  std::function<void(const std::string&)> say;
};

struct PolicyClientStatus {
  bool connected = false;  // a session stream is open and control has not ended it
  uint64_t version = 0;    // in use; 0: none from control
  std::string digest;
  uint64_t warmed = 0, activated = 0, rejected = 0;  // offers
  std::string store_error;                           // the last policy could not be kept; empty: it was
  std::string last_error;                            // why the last stream ended
};

// The sensor's side of the Session stream: says hello, takes offers, warms and activates them through
// the target, answers each with WARMED, ACTIVE or REJECTED and every reason, and sends a heartbeat
// every second. An offer that is older than the highest version trusted, does not match its digest or
// does not build changes nothing. What was activated is stored before ACTIVE is said.
// Control that is away changes nothing: the client dials again with jitter.
// Borrows target and store. Threads: its own for the stream, its answers and for warming; status by
// any; start and stop by one.
class PolicyClient {
 public:
  // `running`: what the target runs already (from the store), if anything; its bytes are not needed.
  PolicyClient(PolicyClientOptions options, PolicyTarget& target, PolicyStore& store, StoredPolicy running,
               std::shared_ptr<grpc::Channel> channel);
  ~PolicyClient();

  void start();
  void stop();
  [[nodiscard]] PolicyClientStatus status() const;

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace glacis::sensor
