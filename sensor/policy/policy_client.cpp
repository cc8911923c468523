#include "sensor/policy/policy_client.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "glacis/v1/sensor.grpc.pb.h"
#include "sensor/policy/backoff.h"
#include "sensor/policy/control_presence.h"
#include "sensor/policy/session_core.h"
#include "sensor/policy/write_watch.h"

namespace glacis::sensor {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Stream = grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>;

// Control that refuses a sensor says so at once; one that still reads after so many heartbeats serves it.
constexpr int kBeatsUntilServed = 3;

int64_t unix_now_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

class PolicyClient::Session {
 public:
  Session(PolicyClientOptions options, PolicyTarget& target, PolicyStore& store, StoredPolicy running,
          std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)),
        channel_(std::move(channel)),
        stub_(v1::SensorService::NewStub(channel_)),
        core_(target, store, std::move(running)),
        presence_(options_.say) {}

  void start() {
    dialler_ = std::thread([this] { dial(); });
    worker_ = std::thread([this] { work(); });
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    changed_.notify_all();
    if (dialler_.joinable()) dialler_.join();
    if (worker_.joinable()) worker_.join();
  }

  PolicyClientStatus status() const {
    const SessionCore::View view = core_.view();
    PolicyClientStatus out;
    out.version = view.version;
    out.digest = view.digest;
    out.warmed = view.warmed;
    out.activated = view.activated;
    out.rejected = view.rejected;
    out.store_error = view.store_error;
    const std::scoped_lock lock(mutex_);
    out.connected = context_ != nullptr && !broken_ && channel_->GetState(false) == GRPC_CHANNEL_READY;
    out.last_error = last_error_;
    return out;
  }

 private:
  void poke() {
    {
      const std::scoped_lock lock(mutex_);
      ++pokes_;
    }
    changed_.notify_all();
  }

  // Until the next poke, `until` or the end; false: the end.
  bool rest(uint64_t& seen, SteadyClock::time_point until) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [&] { return stopping_ || pokes_ != seen; });
    seen = pokes_;
    return !stopping_;
  }

  void dial() {
    Backoff backoff(options_.first_wait_ms, options_.longest_wait_ms, options_.seed);
    for (;;) {
      grpc::ClientContext context;
      {
        const std::scoped_lock lock(mutex_);
        if (stopping_) return;
        context_ = &context;
        broken_ = false;
      }
      const bool heard = hold_stream(context);
      if (heard) backoff.reset();
      std::unique_lock lock(mutex_);
      context_ = nullptr;
      changed_.wait_for(lock, std::chrono::milliseconds(backoff.next_ms()), [this] { return stopping_; });
    }
  }

  // Whether control said anything before the stream ended.
  bool hold_stream(grpc::ClientContext& context) {
    core_.begin_stream();
    const auto stream = stub_->Session(&context);
    std::atomic<bool> heard = false;
    std::thread answers([this, &stream, &heard] {
      v1::SessionResponse response;
      while (stream->Read(&response)) {
        heard = true;
        core_.take(response);
        poke();
      }
      {
        const std::scoped_lock lock(mutex_);
        broken_ = true;
      }
      poke();
    });
    WriteWatch watch(context, std::chrono::milliseconds(options_.write_wait_ms));
    if (watch.write(*stream, hello())) write_until_broken(*stream, watch, heard);
    // Not cancelled: that would hide the reason that control gives. The stream is broken, or stop() cancels it.
    answers.join();
    const std::string why = watch.finish(*stream);
    bool stopping = false;
    {
      const std::scoped_lock lock(mutex_);
      last_error_ = "session with the control plane ended: " + why;
      stopping = stopping_;
    }
    if (!stopping) presence_.ended(why);
    return heard;
  }

  void write_until_broken(Stream& stream, WriteWatch& watch, const std::atomic<bool>& heard) {
    uint64_t seen = 0;
    int beats = 0;
    auto beat = SteadyClock::now();
    do {
      {
        const std::scoped_lock lock(mutex_);
        if (broken_) return;
      }
      while (auto status = core_.next_status()) {
        v1::SessionRequest request;
        *request.mutable_policy_status() = std::move(*status);
        if (!watch.write(stream, request)) return;
      }
      if (SteadyClock::now() >= beat) {
        if (!watch.write(stream, heartbeat())) return;
        if (heard || ++beats >= kBeatsUntilServed) presence_.serves();
        beat = SteadyClock::now() + std::chrono::milliseconds(options_.heartbeat_ms);
      }
    } while (rest(seen, beat));
  }

  v1::SessionRequest hello() const {
    const SessionCore::View view = core_.view();
    v1::SessionRequest request;
    v1::Hello& hello = *request.mutable_hello();
    hello.set_sensor(options_.sensor);
    hello.add_taps(options_.tap);
    hello.set_software_version(options_.software_version);
    for (const uint32_t language : options_.languages) hello.add_languages(language);
    for (const std::string& feature : options_.features) hello.add_features(feature);
    hello.set_running_digest(view.digest);
    hello.set_highest_version(view.highest);
    return request;
  }

  v1::SessionRequest heartbeat() const {
    const SessionCore::View view = core_.view();
    v1::SessionRequest request;
    v1::Heartbeat& beat = *request.mutable_heartbeat();
    beat.set_time_ns(unix_now_ns());
    beat.set_running_version(view.version);
    beat.set_running_digest(view.digest);
    if (options_.heartbeat) options_.heartbeat(beat);
    if (!view.store_error.empty()) {
      beat.set_health(v1::HEALTH_DEGRADED);
      beat.add_reasons("the policy in use could not be stored: " + view.store_error);
    }
    return request;
  }

  void work() {
    uint64_t seen = 0;
    for (;;) {
      while (core_.work(unix_now_ns())) poke();
      // An activation at a time of day is looked for each second, so a clock that is set is followed.
      std::chrono::nanoseconds wait = std::chrono::seconds(1);
      if (const auto due = core_.due_ns()) {
        wait = std::min(wait, std::chrono::nanoseconds(std::max<int64_t>(*due - unix_now_ns(), 0)));
      }
      if (!rest(seen, SteadyClock::now() + wait)) return;
    }
  }

  const PolicyClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::SensorService::Stub> stub_;
  SessionCore core_;
  ControlPresence presence_;  // the dialling thread
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool broken_ = false;
  uint64_t pokes_ = 0;
  grpc::ClientContext* context_ = nullptr;  // of the stream that is open
  std::string last_error_;
  std::thread dialler_, worker_;
};

PolicyClient::PolicyClient(PolicyClientOptions options, PolicyTarget& target, PolicyStore& store, StoredPolicy running,
                           std::shared_ptr<grpc::Channel> channel)
    : session_(std::make_unique<Session>(std::move(options), target, store, std::move(running), std::move(channel))) {}

PolicyClient::~PolicyClient() { session_->stop(); }

void PolicyClient::start() { session_->start(); }
void PolicyClient::stop() { session_->stop(); }
PolicyClientStatus PolicyClient::status() const { return session_->status(); }

}  // namespace glacis::sensor
