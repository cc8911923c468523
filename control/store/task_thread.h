#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace glacis::control {

// One thread that runs tasks in the order in which they came. The store's write connection, its
// read connection and the compiler each live on one, so that no gRPC callback ever waits for a
// disk. Thread: any. Bounded: post() refuses when `capacity` tasks wait. The destructor runs what
// waits.
class TaskThread {
 public:
  using Task = std::function<void()>;

  explicit TaskThread(size_t capacity = 4096);
  ~TaskThread();
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;

  // false: full or stopping; the task was not taken.
  [[nodiscard]] bool post(Task task);
  // Runs what waits, then ends the thread. Not from the thread itself.
  void stop();

 private:
  void run();

  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;  // under mutex_
  bool stopping_ = false;   // under mutex_
  std::thread thread_;
};

}  // namespace glacis::control
