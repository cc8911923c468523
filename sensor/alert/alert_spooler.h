#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "sensor/alert/spool.h"

namespace glacis::v1 {
class Alert;
}

namespace glacis::sensor {

// From the alert writer into the spool: a bounded queue and the one thread that touches the disk.
// Borrows the spool. `spooled` is called on that thread after records were added.
// Threads: offer by any; start and stop by one.
class AlertSpooler {
 public:
  using Call = std::function<void()>;
  AlertSpooler(Spool& spool, Call spooled, size_t queue = 16'384);
  ~AlertSpooler();

  void start();
  // Spools what is queued, syncs, ends the thread. What is offered afterwards is refused.
  void stop();
  // Takes a copy. False: the queue is full, the alert is lost and counted.
  bool offer(const v1::Alert& alert);
  [[nodiscard]] uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void run();
  void spool(const std::deque<std::string>& records);

  Spool& spool_;
  const Call spooled_;
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  bool stopping_ = false;
  std::atomic<uint64_t> refused_{0};
  std::thread thread_;
};

}  // namespace glacis::sensor
