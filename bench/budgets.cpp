#include "bench/budgets.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "dataplane/flow/flow_table.h"

namespace glacis::bench {
namespace {

struct Budget {
  const char* name;
  const char* unit;
  double most, stretch;
};

// Whether it is within.
bool print(const Budget& budget, double value) {
  const char* const verdict = value <= budget.stretch ? "ok, stretch reached" : value <= budget.most ? "ok" : "short";
  std::printf("%-7s %7.1f %-3s budget %5.0f stretch %5.0f %s\n", budget.name, value, budget.unit, budget.most,
              budget.stretch, verdict);
  return value <= budget.most;
}

// The line of that name with about so many flows in bursts of 64; null: it was left out.
const Result* line(std::span<const Result> results, const char* name, uint64_t flows) {
  const auto found = std::ranges::find_if(results, [&](const Result& r) {
    const Subject& s = r.subject;
    return s.name == name && s.burst == 64 && s.flows >= flows / 2 && s.flows <= flows * 2;
  });
  return found == results.end() ? nullptr : &*found;
}

double bytes_per_flow() {
  constexpr size_t kFlows = 1'000'000;
  return static_cast<double>(FlowTable(kFlows, FlowTimeouts{}, 1).bytes()) / kFlows;
}

}  // namespace

int print_budgets(std::span<const Result> results, const Generation& policy) {
  struct Timed {
    Budget budget;
    const char* line;
    uint64_t flows;
  };
  constexpr Timed kTimed[] = {{{"P1/10k", "ns", 32, 25}, "known flows", 10'000},
                              {{"P1/1M", "ns", 48, 38}, "known flows", 1'000'000},
                              {{"P1/16M", "ns", 75, 60}, "known flows", 16'000'000},
                              {{"P2", "ns", 400, 250}, "every packet a new flow", 60'000}};
  int over = 0;
  for (const Timed& timed : kTimed) {
    if (const Result* const found = line(results, timed.line, timed.flows)) {
      over += !print(timed.budget, found->ns);
    } else {
      std::printf("%-7s not measured: this machine has not the memory\n", timed.budget.name);
      ++over;
    }
  }
  over += !print({"P8/flow", "B", 192, 128}, bytes_per_flow());
  over += !print({"P8/scan", "B", 4096, 1024}, static_cast<double>(policy.patterns().stream_bytes()) * 2);
  return over;
}

}  // namespace glacis::bench
