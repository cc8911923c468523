#include "sensor/alert/alert_spooler.h"

#include <chrono>
#include <utility>

#include "glacis/v1/alert.pb.h"

namespace glacis::sensor {
namespace {
constexpr std::chrono::milliseconds kSyncEvery{50};
}

AlertSpooler::AlertSpooler(Spool& spool, Call spooled, size_t queue)
    : spool_(spool), spooled_(std::move(spooled)), most_(queue) {}

AlertSpooler::~AlertSpooler() { stop(); }

void AlertSpooler::start() {
  thread_ = std::thread([this] { run(); });
}

void AlertSpooler::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  spool(std::exchange(queue_, {}));  // where it was never started
}

void AlertSpooler::spool(const std::deque<std::string>& records) {
  for (const std::string& bytes : records) spool_.append(bytes);
  if (!records.empty() && spooled_) spooled_();
}

bool AlertSpooler::offer(const v1::Alert& alert) {
  std::string bytes = alert.SerializeAsString();
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || queue_.size() >= most_) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    queue_.push_back(std::move(bytes));
  }
  changed_.notify_one();
  return true;
}

void AlertSpooler::run() {
  auto next_sync = std::chrono::steady_clock::now() + kSyncEvery;
  for (bool ending = false; !ending;) {
    std::deque<std::string> taken;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, next_sync, [this] { return stopping_ || !queue_.empty(); });
      taken.swap(queue_);
      ending = stopping_;
    }
    spool(taken);
    if (ending || std::chrono::steady_clock::now() >= next_sync) {
      spool_.sync();
      next_sync = std::chrono::steady_clock::now() + kSyncEvery;
    }
  }
}

}  // namespace glacis::sensor
