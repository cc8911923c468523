#include "sensor/runtime/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>

#include <span>

namespace glacis::sensor {
namespace {

std::vector<int> own_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> out;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) out.push_back(cpu);
  }
  return out;
}

std::string cpu_list(std::span<const int> cpus) {
  std::string out;
  for (const int cpu : cpus) out.append(out.empty() ? "(" : ",").append(std::to_string(cpu));
  return out + ")";
}

// "0@(0,1),1@(2),2@(3)": the last CPUs are one lcore's each when there are enough, else all share all.
std::string lcore_map(uint32_t lcores, std::span<const int> cpus) {
  const bool enough = cpus.size() > lcores;
  const auto slow = enough ? cpus.first(cpus.size() - lcores) : cpus;
  std::string out = "0@" + cpu_list(slow);
  for (uint32_t i = 1; i <= lcores; ++i) {
    out += "," + std::to_string(i) + "@" + cpu_list(enough ? cpus.subspan(slow.size() + i - 1, 1) : cpus);
  }
  return out;
}

}  // namespace

std::vector<std::string> eal_words(const EalOptions& options, std::span<const int> cpus) {
  std::vector<std::string> words{"glacis",
                                 "--no-telemetry",
                                 "--log-level=*:error",
                                 "--log-level=error",
                                 "--main-lcore=0",
                                 "--lcores=" + lcore_map(options.lcores, cpus),
                                 "-m",
                                 std::to_string(options.memory_mb)};
  if (options.cards.empty()) {
    words.insert(words.end(), {"--no-huge", "--no-shconf", "--no-pci"});
    return words;
  }
  words.emplace_back("--in-memory");
  for (const std::string& card : options.cards) words.insert(words.end(), {"--allow", card});
  return words;
}

Expected<bool> start_eal(const EalOptions& options) {
  if (options.lcores + 1 > RTE_MAX_LCORE) {
    return fail("more lcores than DPDK has (" + std::to_string(RTE_MAX_LCORE) + ")");
  }
  std::vector<std::string> words = eal_words(options, own_cpus());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    return fail(std::string("DPDK does not start: ") + rte_strerror(rte_errno), "EAL",
                options.cards.empty() ? "" : "a card needs " + std::to_string(options.memory_mb) + " MiB of hugepages");
  }
  return true;
}

void stop_eal() { rte_eal_cleanup(); }

}  // namespace glacis::sensor
