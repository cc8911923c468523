#include "sensor/runtime/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>


namespace glacis::sensor {
namespace {

cpu_set_t g_first_cpus;      // what the process was given; written once, before any other thread
bool g_first_cpus_known = false;

std::vector<int> cpus_of(const cpu_set_t& set) {
  std::vector<int> out;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) out.push_back(cpu);
  }
  return out;
}

// "0@(0,1),1@(0,1)": one CPU each from the second on when there are enough, else all share all.
std::string lcore_map(uint32_t lcores, const std::vector<int>& cpus) {
  std::string all;
  for (const int cpu : cpus) all.append(all.empty() ? "" : ",").append(std::to_string(cpu));
  const bool enough = cpus.size() > lcores;
  std::string out = "0@(" + all + ")";
  for (uint32_t i = 1; i <= lcores; ++i) {
    out += "," + std::to_string(i) + "@(" + (enough ? std::to_string(cpus[i]) : all) + ")";
  }
  return out;
}

}  // namespace

Expected<bool> start_eal(const EalOptions& options) {
  if (!g_first_cpus_known) {
    CPU_ZERO(&g_first_cpus);
    sched_getaffinity(0, sizeof g_first_cpus, &g_first_cpus);
    g_first_cpus_known = true;
  }
  if (options.lcores + 1 > RTE_MAX_LCORE) {
    return fail("more lcores than DPDK has (" + std::to_string(RTE_MAX_LCORE) + ")");
  }
  std::vector<std::string> words{"glacis",        "--no-huge",
                                 "--no-shconf",   "--no-pci",
                                 "--no-telemetry", "--log-level=*:error",
                                 "--log-level=error", "--main-lcore=0",
                                 "--lcores=" + lcore_map(options.lcores, cpus_of(g_first_cpus)),
                                 "-m",            std::to_string(options.memory_mb)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    return fail(std::string("DPDK does not start: ") + rte_strerror(rte_errno), "EAL");
  }
  return true;
}

void stop_eal() { rte_eal_cleanup(); }

void use_every_cpu() {
  if (g_first_cpus_known) sched_setaffinity(0, sizeof g_first_cpus, &g_first_cpus);
}

}  // namespace glacis::sensor
