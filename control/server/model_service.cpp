// Pushes, the list of active models, and how a rollout goes.
#include <memory>
#include <mutex>
#include <utility>

#include "control/server/ending_reactor.h"
#include "control/server/push_call.h"
#include "control/server/services.h"
#include "glacis/v1/model.grpc.pb.h"

namespace glacis::control {
namespace {

v1::WatchRolloutResponse to_message(const RolloutEvent& event) {
  v1::WatchRolloutResponse out;
  out.set_sensor(event.sensor);
  out.set_tap(event.tap);
  out.set_state(static_cast<v1::RolloutState>(event.state));
  out.set_version(event.version);
  out.set_digest(event.digest);
  for (const std::string& error : event.errors) out.add_errors(error);
  out.set_packets_lost_at_swap(event.lost_at_swap);
  out.set_longest_pause_ns(event.longest_pause_ns);
  out.set_warm_ns(event.warm_ns);
  out.set_time_ns(event.time_ns);
  return out;
}

// Sends what happened, then what happens, until the rollout is over. Owns itself until OnDone.
class Watch final : public grpc::ServerWriteReactor<v1::WatchRolloutResponse> {
 public:
  Watch(Services& services, uint64_t rollout) : services_(services), rollout_(rollout) {
    bell_ = services_.rollout.bell().listen([this] { advance(); });
    advance();
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
    services_.rollout.bell().unlisten(bell_);
    delete this;
  }

 private:
  void advance() {
    const std::lock_guard lock(mutex_);
    if (writing_ || finished_) return;
    const auto news = services_.rollout.events(rollout_, sent_);
    if (!news) return finish({grpc::StatusCode::NOT_FOUND, news.error().text()});
    if (news->events.empty()) {
      if (news->over) finish(grpc::Status::OK);
      return;
    }
    response_ = to_message(news->events.front());
    ++sent_;
    writing_ = true;
    StartWrite(&response_);
  }
  void finish(const grpc::Status& status) {
    if (!std::exchange(finished_, true)) Finish(status);
  }

  Services& services_;
  const uint64_t rollout_;
  uint64_t bell_ = 0;
  std::mutex mutex_;  // guards everything below
  v1::WatchRolloutResponse response_;
  size_t sent_ = 0;
  bool writing_ = false, cancelled_ = false, finished_ = false;
};

class ModelService final : public v1::ModelService::CallbackService {
 public:
  explicit ModelService(Services& services) : services_(services) {}

  grpc::ServerReadReactor<v1::PushModelRequest>* PushModel(grpc::CallbackServerContext* context,
                                                           v1::PushModelResponse* response) override {
    Caller caller;
    grpc::Status refusal;
    if (admit(services_, *context, Api::kModels, caller, refusal)) {
      return PushCall::open(services_, std::move(caller), *context, *response);
    }
    return new EndingReactor<grpc::ServerReadReactor<v1::PushModelRequest>>(refusal);
  }

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest*,
                                       v1::ListModelsResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    Caller caller;
    grpc::Status refusal;
    if (!admit(services_, *context, Api::kModels, caller, refusal)) {
      reactor->Finish(refusal);
      return reactor;
    }
    const bool posted = services_.compiler.post([this, reactor, response] {
      for (const auto& [id, model] : services_.models.stored()) list(model, *response);
      reactor->Finish(grpc::Status::OK);
    });
    if (!posted) reactor->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "busy; try again"});
    return reactor;
  }

  grpc::ServerWriteReactor<v1::WatchRolloutResponse>* WatchRollout(grpc::CallbackServerContext* context,
                                                                   const v1::WatchRolloutRequest* request) override {
    Caller caller;
    grpc::Status refusal;
    if (admit(services_, *context, Api::kModels, caller, refusal)) {
      return new Watch(services_, request->rollout());
    }
    return new EndingReactor<grpc::ServerWriteReactor<v1::WatchRolloutResponse>>(refusal);
  }

 private:
  static void list(const StoredModel& model, v1::ListModelsResponse& response) {
    v1::ActiveModel& out = *response.add_models();
    out.set_id(model.id);
    out.set_version(model.version);
    out.set_digest(model.digest);
    out.set_pushed_by(model.pushed_by);
    out.set_pushed_ns(model.pushed_ns);
    if (!model.files.empty()) out.set_file(model.files[0].name);
  }

  Services& services_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_model_service(Services& services) {
  return std::make_unique<ModelService>(services);
}

}  // namespace glacis::control
