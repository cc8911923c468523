#include "sensor/runtime/machine_memory.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "dataplane/worker/pipeline.h"

namespace glacis::sensor {
namespace {

constexpr uint64_t kShare = 16, kStep = 65'536, kMost = uint64_t{16} << 20;

// The number behind `word` in a file of lines "word number ..."; none: not there, or no number ("max").
std::optional<uint64_t> number_after(const std::string& path, const std::string& word) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(word)) continue;
    const char* const text = line.c_str() + word.size();
    char* end = nullptr;
    const uint64_t out = std::strtoull(text, &end, 10);
    if (end != text) return out;
  }
  return std::nullopt;
}

// "0::/system.slice/glacis-sensor.service" of /proc/self/cgroup.
std::string control_group(const std::string& root) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return root + "/sys/fs/cgroup" + line.substr(3);
  }
  return "";
}

// What the group and those around it leave, the least of them.
uint64_t left_by_group(const std::string& root) {
  uint64_t least = UINT64_MAX;
  const std::string top = root + "/sys/fs/cgroup";
  for (std::string group = control_group(root); group.size() > top.size(); group.resize(group.rfind('/'))) {
    const auto most = number_after(group + "/memory.max", ""), used = number_after(group + "/memory.current", "");
    if (most && used) least = std::min(least, *most - std::min(*most, *used));
  }
  return least;
}

}  // namespace

uint64_t available_memory(const std::string& root) {
  const auto kib = number_after(root + "/proc/meminfo", "MemAvailable:");
  return kib ? std::min(*kib * 1024, left_by_group(root)) : 0;
}

uint32_t flow_slots_for(uint64_t available, uint32_t workers) {
  const uint64_t slots = available / kShare / std::max<uint32_t>(workers, 1) / Pipeline::bytes_per_flow();
  return static_cast<uint32_t>(std::clamp(slots / kStep * kStep, kStep, kMost));
}

}  // namespace glacis::sensor
