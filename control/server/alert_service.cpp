// Alerts to the SOC: from the store by cursor, then as they are stored.
#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "control/server/ending_reactor.h"
#include "control/server/services.h"
#include "glacis/v1/soc.grpc.pb.h"

namespace glacis::control {
namespace {

AlertQuery query_of(const v1::AlertFilter& filter) {
  return {static_cast<int>(filter.min_severity()),
          {filter.models().begin(), filter.models().end()},
          {filter.elements().begin(), filter.elements().end()},
          {filter.sensors().begin(), filter.sensors().end()}};
}

// One subscriber. It holds at most one page of the store; a slow one reads on when it has sent that,
// so it costs no memory. Owns itself until OnDone; a read of the store in flight shares it.
class Subscription final : public grpc::ServerWriteReactor<v1::SubscribeResponse> {
 public:
  static Subscription* open(Services& services, const v1::SubscribeRequest& request) {
    const std::shared_ptr<Subscription> subscription(new Subscription(services, request));
    subscription->self_ = subscription;
    subscription->start(request);
    return subscription.get();
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      if (!ok || cancelled_) return finish(grpc::Status::CANCELLED);
    }
    advance();
  }
  // A write in flight may still succeed: OnWriteDone ends the call then.
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (!writing_) finish(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    services_.alerts.bell().unlisten(stored_bell_);
    services_.heartbeat.unlisten(heartbeat_bell_);
    const std::shared_ptr<Subscription> last = std::move(self_);
  }

 private:
  Subscription(Services& services, const v1::SubscribeRequest& request)
      : services_(services), query_(query_of(request.filter())), follow_(request.follow()) {}

  void start(const v1::SubscribeRequest& request) {
    end_ = services_.alerts.last_cursor();
    cursor_ = request.latest() ? end_ : request.after_cursor();
    if (cursor_ > end_) {
      const std::lock_guard lock(mutex_);
      return finish({grpc::StatusCode::OUT_OF_RANGE, "cursor " + std::to_string(cursor_) +
                                                         " is past the newest alert, " + std::to_string(end_) +
                                                         "; was the store replaced? start from 0"});
    }
    // Who asks for the latest does not know where that is until something tells.
    heartbeat_due_ = follow_ && request.latest();
    stored_bell_ = services_.alerts.bell().listen([this] { advance(); });
    heartbeat_bell_ = services_.heartbeat.listen([this] {
      {
        const std::lock_guard lock(mutex_);
        heartbeat_due_ = follow_;
      }
      advance();
    });
    advance();
  }

  // Writes what is at hand, else reads what is stored, else waits for a bell.
  void advance() {
    uint64_t after = 0;
    std::shared_ptr<Subscription> self;
    {
      const std::lock_guard lock(mutex_);
      if (writing_ || finished_) return;
      if (!page_.empty()) return write_alert();
      cursor_ = std::max(cursor_, scanned_);
      if (std::exchange(heartbeat_due_, false)) return write_heartbeat();
      if (reading_) return;
      if (!follow_ && cursor_ >= end_) return finish(grpc::Status::OK);
      if (services_.alerts.last_cursor() <= cursor_) return;
      reading_ = true;
      after = cursor_;
      self = self_;  // OnDone takes it away, but not before finished_
    }
    services_.alerts.read(after, query_, [self](const Expected<AlertPage>& page) { self->took(page); });
  }

  void took(const Expected<AlertPage>& page) {
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      if (finished_) return;
      if (!page) {
        services_.log("alerts not read: " + page.error().text());
        if (!writing_) finish({grpc::StatusCode::UNAVAILABLE, page.error().text()});
        return;
      }
      page_.assign(page->alerts.begin(), page->alerts.end());
      scanned_ = page->scanned;
    }
    advance();
  }

  // Under mutex_, as all below.
  void write_alert() {
    StoredAlert alert = std::move(page_.front());
    page_.pop_front();
    cursor_ = alert.cursor;
    response_.Clear();
    if (!response_.mutable_alert()->ParseFromString(alert.bytes)) {
      services_.log("stored alert " + std::to_string(cursor_) + " cannot be read");
      response_.clear_alert();
    }
    write();
  }
  void write_heartbeat() {
    response_.Clear();
    write();
  }
  void write() {
    response_.set_cursor(cursor_);
    const uint64_t last = services_.alerts.last_cursor();
    response_.set_lag(last > cursor_ ? last - cursor_ : 0);
    writing_ = true;
    StartWrite(&response_);
  }
  void finish(const grpc::Status& status) {
    if (!std::exchange(finished_, true)) Finish(status);
  }

  Services& services_;
  const AlertQuery query_;
  const bool follow_;
  std::shared_ptr<Subscription> self_;
  uint64_t stored_bell_ = 0, heartbeat_bell_ = 0;
  uint64_t end_ = 0;  // without `follow`: where it ends

  std::mutex mutex_;  // guards everything below
  v1::SubscribeResponse response_;
  std::deque<StoredAlert> page_;
  uint64_t cursor_ = 0, scanned_ = 0;
  bool writing_ = false, reading_ = false, heartbeat_due_ = false;
  bool cancelled_ = false, finished_ = false;
};

class AlertService final : public v1::AlertService::CallbackService {
 public:
  explicit AlertService(Services& services) : services_(services) {}

  grpc::ServerWriteReactor<v1::SubscribeResponse>* Subscribe(grpc::CallbackServerContext* context,
                                                             const v1::SubscribeRequest* request) override {
    Caller caller;
    grpc::Status refusal;
    if (admit(services_, *context, Api::kAlerts, caller, refusal)) {
      return Subscription::open(services_, *request);
    }
    return new EndingReactor<grpc::ServerWriteReactor<v1::SubscribeResponse>>(refusal);
  }

 private:
  Services& services_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_alert_service(Services& services) {
  return std::make_unique<AlertService>(services);
}

}  // namespace glacis::control
