#include "sensor/policy/write_watch.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>

namespace glacis::sensor {
namespace {
// When every message has been read, the end is here already or a moment away.
constexpr std::chrono::milliseconds kEndPatience{1'000};
}  // namespace

WriteWatch::WriteWatch(grpc::ClientContext& context, std::chrono::milliseconds patience)
    : context_(context), patience_(patience), thread_([this] { watch(); }) {}

WriteWatch::~WriteWatch() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void WriteWatch::begin(Waiting waiting) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_ = waiting;
    ++changes_;
  }
  changed_.notify_one();
}

void WriteWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    const uint64_t seen = changes_;
    const auto changed = [&] { return ended_ || changes_ != seen; };
    if (waiting_ != Waiting::kNot) {
      const auto patience = waiting_ == Waiting::kForEnd ? std::min(patience_, kEndPatience) : patience_;
      if (changed_.wait_for(lock, patience, changed)) continue;
      if (stalled_ == Waiting::kNot) stalled_ = waiting_;
      context_.TryCancel();
    }
    changed_.wait(lock, changed);
  }
}

std::string WriteWatch::why(const grpc::Status& status) const {
  const std::scoped_lock lock(mutex_);
  if (stalled_ == Waiting::kForWrite) return "control is there and does not read";
  if (stalled_ == Waiting::kForEnd) return "control sent what is no message";
  return status.ok() ? "control closed it" : status.error_message();
}

}  // namespace glacis::sensor
