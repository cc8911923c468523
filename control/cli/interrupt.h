#pragma once

#include <signal.h>

#include <stop_token>
#include <thread>

namespace glacis::control {

// SIGINT and SIGTERM as a stop request for as long as it lives. Make it before anything that starts
// threads: they inherit that these signals are blocked. Thread: one.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t before_{};
  std::stop_source stop_;
  std::thread waiter_;
};

}  // namespace glacis::control
