#include "bench/budgets.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "dataplane/flow/flow_table.h"

namespace glacis::bench {
namespace {

struct Budget {
  const char* name;
  const char* unit;
  double limit, stretch;
};

enum class Better : uint8_t { kLess, kMore };

// Whether it is within.
bool print(const Budget& budget, double value, Better better = Better::kLess, double off_cpu = 0) {
  const auto reaches = [&](double mark) { return better == Better::kLess ? value <= mark : value >= mark; };
  const char* const verdict = reaches(budget.stretch) ? "ok, stretch reached" : reaches(budget.limit) ? "ok" : "short";
  std::printf("%-7s %7.2f %-3s budget %5g stretch %5g %s%s\n", budget.name, value, budget.unit, budget.limit,
              budget.stretch, verdict, off_cpu > kDisturbed ? " *" : "");
  return reaches(budget.limit);
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

const Figure* figure(const Report& report, std::string_view name) {
  const auto found = std::ranges::find_if(report.figures(), [&](const Figure& f) { return f.name.starts_with(name); });
  return found == report.figures().end() ? nullptr : &*found;
}

// Budgets of figures, by how their names begin.
struct Told {
  Budget budget;
  const char* figure;
  Better better = Better::kLess;
};
constexpr Told kTold[] = {
    {{"P11", "x", 1.8, 1.95}, "two cores beside one", Better::kMore},
    {{"P6/lost", "pkt", 0, 0}, "packets lost in"},
    {{"P6/gap", "us", 50, 5}, "what a swap adds"},
    {{"P6/10ms", "%", 80, 95}, "worst 10 ms of a swap", Better::kMore},
    {{"P7", "s", 1, 0.3}, "push to active, reference policy, all patterns new"},
    {{"P7/same", "s", 1, 0.3}, "push to active, reference policy, patterns unchanged"},
    {{"P7/x10", "s", 5, 2}, "push to active, ten times as large, all patterns new"},
    {{"P12", "pkt", 0, 0}, "packets of the others lost"},
};

// How many are short.
int print_told(const Report& report) {
  int over = 0;
  for (const Told& told : kTold) {
    const Figure* const found = figure(report, told.figure);
    if (found == nullptr) std::printf("%-7s not measured: no second CPU, or left out\n", told.budget.name);
    const bool within = found != nullptr && print(told.budget, found->value, told.better, found->off_cpu);
    over += within ? 0 : 1;
  }
  return over;
}

}  // namespace

int print_budgets(const Report& report, const Generation& policy) {
  struct Timed {
    Budget budget;
    const char* line;
    uint64_t flows;
  };
  constexpr Timed kTimed[] = {{{"P1/10k", "ns", 32, 25}, "known flows", 10'000},
                              {{"P1/1M", "ns", 48, 38}, "known flows", 1'000'000},
                              {{"P1/16M", "ns", 75, 60}, "known flows", 16'000'000},
                              {{"P2", "ns", 400, 250}, "every packet a new flow", 60'000},
                              {{"P2/x10", "ns", 400, 250}, "a new flow, policy ten times as large", 60'000}};
  int over = 0;
  for (const Timed& timed : kTimed) {
    if (const Result* const found = line(report.results(), timed.line, timed.flows)) {
      over += !print(timed.budget, found->ns, Better::kLess, found->off_cpu);
      if (const Result* const summed =
              line(report.results(), (std::string(timed.line) + ", checksums summed").c_str(), timed.flows)) {
        std::printf("        %7.1f ns where no NIC has verified the checksums\n", summed->ns);
      }
      std::printf("        %7.0f cycles of the TSC; the budget is %.0f at 2.6 GHz\n", found->ns * report.tsc_hz() / 1e9,
                  timed.budget.limit * 2.6);
    } else {
      std::printf("%-7s not measured: this machine has not the memory\n", timed.budget.name);
      ++over;
    }
  }
  over += print_told(report);
  over += !print({"P8/flow", "B", 192, 128}, bytes_per_flow());
  over += !print({"P8/scan", "B", 4096, 1024}, static_cast<double>(policy.patterns().stream_bytes()) * 2);
  return over;
}

}  // namespace glacis::bench
