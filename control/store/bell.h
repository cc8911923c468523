#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace glacis::control {

// Wakes those who wait for something new. Thread: any. A listener must not call back into the bell;
// after unlisten() returns it is not called any more.
class Bell {
 public:
  using Listener = std::function<void()>;

  uint64_t listen(Listener listener) {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(++last_, std::move(listener));
    return last_;
  }
  void unlisten(uint64_t id) {
    const std::lock_guard lock(mutex_);
    listeners_.erase(id);
  }
  void ring() {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, listener] : listeners_) listener();
  }

 private:
  std::mutex mutex_;
  std::map<uint64_t, Listener> listeners_;  // under mutex_
  uint64_t last_ = 0;                       // under mutex_
};

}  // namespace glacis::control
