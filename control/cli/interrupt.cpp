#include "control/cli/interrupt.h"

#include <pthread.h>

namespace glacis::control {
namespace {

sigset_t interrupts() {
  sigset_t out;
  sigemptyset(&out);
  sigaddset(&out, SIGINT);
  sigaddset(&out, SIGTERM);
  return out;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t waited_for = interrupts();
  pthread_sigmask(SIG_BLOCK, &waited_for, &before_);
  waiter_ = std::thread([this, waited_for] {
    int signal = 0;
    sigwait(&waited_for, &signal);
    stop_.request_stop();
  });
}

Interrupt::~Interrupt() {
  pthread_kill(waiter_.native_handle(), SIGTERM);  // to it alone: it waits, or has ended
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace glacis::control
