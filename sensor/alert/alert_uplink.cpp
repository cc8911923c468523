#include "sensor/alert/alert_uplink.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "glacis/v1/sensor.grpc.pb.h"
#include "sensor/alert/delivery_ledger.h"
#include "sensor/policy/backoff.h"
#include "sensor/policy/write_watch.h"

namespace glacis::sensor {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Stream = grpc::ClientReaderWriter<v1::DeliverRequest, v1::DeliverResponse>;

constexpr size_t kMostAlerts = 100;      // of one request, as the contract says
constexpr int64_t kHurry_ms = 100;       // between two attempts while stop() waits
constexpr size_t kMostBytes = 1U << 20;  // and far below gRPC's 4 MiB

}  // namespace

class AlertUplink::Sender {
 public:
  Sender(UplinkOptions options, Spool& spool, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)),
        spool_(spool),
        channel_(std::move(channel)),
        stub_(v1::SensorService::NewStub(channel_)) {}

  void start() {
    thread_ = std::thread([this] { dial(); });
  }

  void wake() {
    {
      const std::scoped_lock lock(mutex_);
      ++pokes_;
    }
    changed_.notify_all();
  }

  void stop(int64_t drain_ms) {
    {
      std::unique_lock lock(mutex_);
      if (thread_.joinable() && drain_ms > 0) {
        draining_ = true;
        changed_.notify_all();
        const auto until = SteadyClock::now() + std::chrono::milliseconds(drain_ms);
        changed_.wait_until(lock, until, [this] { return spool_.counters().held == 0; });
      }
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  UplinkCounters counters() const {
    const std::scoped_lock lock(mutex_);
    return counters_;
  }

 private:
  void dial() {
    Backoff backoff(options_.first_wait_ms, options_.longest_wait_ms, options_.seed);
    for (;;) {
      grpc::ClientContext context;
      {
        const std::scoped_lock lock(mutex_);
        if (stopping_) return;
        context_ = &context;
        broken_ = false;
        ++counters_.streams;
      }
      hold_stream(context);
      std::unique_lock lock(mutex_);
      if (counters_.connected) backoff.reset();
      counters_.connected = false;
      context_ = nullptr;
      // At the end there is no time to be polite: control may be back since the last attempt.
      const bool hurried = draining_;
      const int64_t wait_ms = hurried ? kHurry_ms : backoff.next_ms();
      changed_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                        [this, hurried] { return stopping_ || draining_ != hurried; });
    }
  }

  void hold_stream(grpc::ClientContext& context) {
    spool_.rewind();
    {
      const std::scoped_lock lock(mutex_);
      last_answer_ = SteadyClock::now();
      given_up_ = false;
    }
    const auto stream = stub_->Deliver(&context);
    std::thread answers([this, &stream] { read_answers(*stream); });
    WriteWatch watch(context, patience());
    write_until_broken(*stream, watch);
    // Not cancelled: that would hide the reason that control gives. The stream is broken, or it was given up.
    answers.join();
    const std::string why = watch.finish(*stream);
    const std::scoped_lock lock(mutex_);
    counters_.last_error =
        "delivery of alerts ended: " + (given_up_ ? std::string("control acknowledges nothing") : why);
  }

  void read_answers(Stream& stream) {
    v1::DeliverResponse response;
    while (stream.Read(&response)) {
      uint64_t done = 0;
      {
        const std::scoped_lock lock(mutex_);
        done = ledger_.committed(response.spool(), response.committed());
        if (done != 0) {
          counters_.connected = true;
          last_answer_ = SteadyClock::now();
        }
      }
      if (done != 0) forget(response.spool(), done);
    }
    {
      const std::scoped_lock lock(mutex_);
      broken_ = true;
    }
    changed_.notify_all();
  }

  void forget(const std::string& spool, uint64_t sequence) {
    spool_.acknowledge(spool, sequence);
    changed_.notify_all();  // stop() may wait for it
  }

  void write_until_broken(Stream& stream, WriteWatch& watch) {
    uint64_t seen = 0;
    do {
      for (SpoolBatch batch = spool_.read(kMostAlerts); !batch.records.empty(); batch = spool_.read(kMostAlerts)) {
        if (!send(stream, batch, watch)) return;
      }
    } while (rest(seen));
  }

  std::chrono::milliseconds patience() const { return std::chrono::milliseconds(options_.answer_wait_ms); }

  // Until there may be more to send; false: this stream is over. One that has answers outstanding for
  // too long is over too: what it carried is sent again on the next.
  bool rest(uint64_t& seen) {
    std::unique_lock lock(mutex_);
    const auto changed = [&] { return stopping_ || broken_ || pokes_ != seen; };
    while (!changed()) {
      if (ledger_.outstanding() && SteadyClock::now() - last_answer_ > patience()) {
        given_up_ = true;
        context_->TryCancel();
        return false;
      }
      changed_.wait_for(lock, std::min(patience(), std::chrono::milliseconds(1'000)), changed);
    }
    seen = pokes_;
    return !stopping_ && !broken_;
  }

  bool send(Stream& stream, const SpoolBatch& batch, WriteWatch& watch) {
    for (size_t at = 0; at < batch.records.size();) {
      const v1::DeliverRequest request = next_request(batch, at);
      const auto alerts = static_cast<uint64_t>(request.alerts_size());
      if (alerts != 0 && !watch.write(stream, request)) return false;
      const std::scoped_lock lock(mutex_);
      counters_.sent += alerts;
      counters_.batches += alerts != 0 ? 1 : 0;
    }
    return true;
  }

  // As much of the batch from `at` on as one request may carry; moves `at` behind it. In the ledger before
  // it is on the wire, because its answer may be quicker than the return of the write.
  v1::DeliverRequest next_request(const SpoolBatch& batch, size_t& at) {
    v1::DeliverRequest request;
    request.set_sensor(options_.sensor);
    request.set_spool(batch.spool);
    uint64_t unreadable = 0, sent = 0, read = 0;
    const uint64_t known = read_before(batch.spool);
    for (size_t bytes = 0;
         at < batch.records.size() && (bytes == 0 || bytes + batch.records[at].bytes.size() <= kMostBytes); ++at) {
      const SpoolRecord& record = batch.records[at];
      bytes += record.bytes.size();
      read = record.sequence;
      if (add(record, batch.spool, request)) {
        sent = record.sequence;
      } else if (record.sequence > known) {
        ++unreadable;
      }
    }
    uint64_t done = 0;
    {
      const std::scoped_lock lock(mutex_);
      counters_.unreadable += unreadable;
      if (!ledger_.outstanding()) last_answer_ = SteadyClock::now();  // waiting begins here
      done = ledger_.taken(batch.spool, read, sent);
    }
    if (done != 0) forget(batch.spool, done);
    return request;
  }

  uint64_t read_before(const std::string& spool) const {
    const std::scoped_lock lock(mutex_);
    return ledger_.read(spool);
  }

  bool add(const SpoolRecord& record, const std::string& spool, v1::DeliverRequest& request) const {
    v1::Alert& alert = *request.add_alerts();
    if (!alert.ParseFromString(record.bytes)) {
      request.mutable_alerts()->RemoveLast();
      return false;
    }
    alert.mutable_id()->set_sensor(options_.sensor);
    alert.mutable_id()->set_spool(spool);
    alert.mutable_id()->set_sequence(record.sequence);
    return true;
  }

  const UplinkOptions options_;
  Spool& spool_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::SensorService::Stub> stub_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool draining_ = false;  // stop() waits for the rest to be delivered
  bool broken_ = false;
  bool given_up_ = false;  // the stream that is open, for want of answers
  uint64_t pokes_ = 0;
  DeliveryLedger ledger_;
  SteadyClock::time_point last_answer_;     // that was news, or when waiting for one began
  grpc::ClientContext* context_ = nullptr;  // of the stream that is open
  UplinkCounters counters_;
  std::thread thread_;
};

AlertUplink::AlertUplink(UplinkOptions options, Spool& spool, std::shared_ptr<grpc::Channel> channel)
    : sender_(std::make_unique<Sender>(std::move(options), spool, std::move(channel))) {}

AlertUplink::~AlertUplink() { sender_->stop(0); }

void AlertUplink::start() { sender_->start(); }
void AlertUplink::wake() { sender_->wake(); }
void AlertUplink::stop(int64_t drain_ms) { sender_->stop(drain_ms); }
UplinkCounters AlertUplink::counters() const { return sender_->counters(); }

}  // namespace glacis::sensor
