#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace glacis {

// How long a worker's thread was ready to run and did not, of the worker with most: the second number of its schedstat
// (Linux, Documentation/scheduler/sched-stats), in seconds. What is offered as a share of a capacity is that only while
// the worker has the CPU that it had when that was measured.
inline double seconds_kept_waiting() {
  double most = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (!name.starts_with("rte-worker")) continue;
    double ran_ns = 0, waited_ns = 0;
    std::ifstream(task.path() / "schedstat") >> ran_ns >> waited_ns;
    most = std::max(most, waited_ns / 1e9);
  }
  return most;
}

}  // namespace glacis
