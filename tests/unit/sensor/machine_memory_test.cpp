#include "sensor/runtime/machine_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "dataplane/worker/pipeline.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::sensor {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;

class MachineMemory : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path whole = folder_.path() + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  [[nodiscard]] uint64_t available() const { return available_memory(folder_.path()); }

  TemporaryFolder folder_;
};

TEST_F(MachineMemory, IsWhatTheKernelCallsAvailable) {
  EXPECT_EQ(available(), 0U);
  write("/proc/meminfo", "MemTotal:       24576000 kB\nMemFree:  1 kB\nMemAvailable:    8388608 kB\n");
  EXPECT_EQ(available(), 8 * kGiB);
}

TEST_F(MachineMemory, IsNoMoreThanAnyControlGroupLeaves) {
  write("/proc/meminfo", "MemAvailable:    8388608 kB\n");
  write("/proc/self/cgroup", "0::/system.slice/glacis-sensor.service\n");
  write("/sys/fs/cgroup/system.slice/glacis-sensor.service/memory.max", "max\n");
  write("/sys/fs/cgroup/system.slice/glacis-sensor.service/memory.current", "1\n");
  EXPECT_EQ(available(), 8 * kGiB);
  write("/sys/fs/cgroup/system.slice/memory.max", std::to_string(2 * kGiB) + "\n");
  write("/sys/fs/cgroup/system.slice/memory.current", std::to_string(kGiB / 2) + "\n");
  EXPECT_EQ(available(), 3 * kGiB / 2);
  write("/sys/fs/cgroup/system.slice/memory.current", std::to_string(3 * kGiB) + "\n");
  EXPECT_EQ(available(), 0U);
}

TEST_F(MachineMemory, FlowsTakeASixteenthOfItWithinBounds) {
  const uint32_t alone = flow_slots_for(16 * kGiB, 1);
  EXPECT_LE(uint64_t{alone} * Pipeline::bytes_per_flow(), kGiB);
  EXPECT_GT(uint64_t{alone} * Pipeline::bytes_per_flow(), kGiB * 9 / 10);
  EXPECT_LE(flow_slots_for(16 * kGiB, 4) * 4, alone);
  EXPECT_EQ(flow_slots_for(0, 1), 65'536U);
  EXPECT_EQ(flow_slots_for(1024 * kGiB, 1), 16U << 20);
}

}  // namespace
}  // namespace glacis::sensor
