#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>

#include "control/server/services.h"
#include "glacis/v1/sensor.pb.h"

namespace glacis::control {

// One stream of a sensor: its hello, statuses and heartbeats in, policies in pieces out. One read and
// one write are in flight at most. Owns itself until OnDone; the rollout shares it until it is gone.
class SensorSession final : public grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>, public SensorLink {
 public:
  static SensorSession* open(Services& services, Caller caller);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

  void offer(uint64_t nonce, PolicyImage policy) override;
  void replaced() override;

 private:
  SensorSession(Services& services, Caller caller) : services_(services), caller_(std::move(caller)) {}
  grpc::Status take(const v1::SessionRequest& request);
  grpc::Status take_hello(const v1::Hello& hello);
  void finish(const grpc::Status& status);
  void write_next();  // under mutex_

  Services& services_;
  const Caller caller_;
  std::shared_ptr<SensorSession> self_;
  v1::SessionRequest request_;  // of the read in flight
  std::string sensor_;          // "" before hello

  std::mutex mutex_;  // guards everything below
  v1::SessionResponse response_;
  PolicyImage policy_;  // being sent; null: none
  uint64_t nonce_ = 0;
  size_t offset_ = 0;
  bool writing_ = false, finished_ = false;
};

}  // namespace glacis::control
