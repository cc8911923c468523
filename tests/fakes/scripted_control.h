#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "glacis/v1/sensor.grpc.pb.h"

namespace glacis {

// A control plane that does what a test says, on a Unix socket. Each stream runs its script on a thread
// of its own; `n` counts the streams of its kind from 1. The scripts are set before start().
class ScriptedControl final : public v1::SensorService::Service {
 public:
  using SessionStream = grpc::ServerReaderWriter<v1::SessionResponse, v1::SessionRequest>;
  using DeliverStream = grpc::ServerReaderWriter<v1::DeliverResponse, v1::DeliverRequest>;
  std::function<grpc::Status(int n, SessionStream&)> session;
  std::function<grpc::Status(int n, DeliverStream&)> deliver;

  explicit ScriptedControl(const std::string& folder) : address_("unix:" + folder + "/control.sock") {}
  ~ScriptedControl() override { stop(); }

  [[nodiscard]] const std::string& address() const { return address_; }
  void start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) std::abort();
  }
  // Ends every stream; start() may follow.
  void stop() {
    if (server_ == nullptr) return;
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
    stopping_ = false;
  }

  // For scripts: waits until the test lets go, or the end. Lets a stream stay open without reading.
  void hold() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || released_; });
  }
  void release() {
    {
      const std::scoped_lock lock(mutex_);
      released_ = true;
    }
    changed_.notify_all();
  }

 private:
  grpc::Status Session(grpc::ServerContext*, SessionStream* stream) override {
    return session ? session(++sessions_, *stream) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status Deliver(grpc::ServerContext*, DeliverStream* stream) override {
    return deliver ? deliver(++delivers_, *stream) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }

  const std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::atomic<int> sessions_{0}, delivers_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false, released_ = false;
};

// What happened on other threads, to wait for. A wait that is never satisfied fails the test after a
// minute; its length decides nothing else.
class Happened {
 public:
  template <class Change>
  void note(Change change) {
    {
      const std::scoped_lock lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  template <class Condition>
  [[nodiscard]] bool wait_for(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), condition);
  }
  template <class Read>
  [[nodiscard]] auto read(Read read) {
    const std::scoped_lock lock(mutex_);
    return read();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Waits for what has no signal of its own, such as a counter.
template <class Condition>
[[nodiscard]] bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace glacis
