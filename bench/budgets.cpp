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
bool print(const Budget& budget, double value, Better better = Better::kLess) {
  const auto reaches = [&](double mark) { return better == Better::kLess ? value <= mark : value >= mark; };
  const char* const verdict = reaches(budget.stretch) ? "ok, stretch reached" : reaches(budget.limit) ? "ok" : "short";
  std::printf("%-7s %7.2f %-3s budget %5g stretch %5g %s\n", budget.name, value, budget.unit, budget.limit,
              budget.stretch, verdict);
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

// How many of P6 and P7 are short.
int print_swap(const Report& report) {
  const Figure* const lost = figure(report, "packets lost in");
  if (lost == nullptr) {
    std::printf("P6, P7  not measured: this machine has no second CPU\n");
    return 2;
  }
  const double with = figure(report, "median of a swap's longest gap")->value,
               without = figure(report, "the same without")->value;
  const auto push = [&](const char* name) { return figure(report, name)->value; };
  int over = !print({"P6/lost", "pkt", 0, 0}, lost->value);
  over += !print({"P6/gap", "us", 50, 5}, with - without);
  over += !print({"P6/10ms", "%", 80, 95}, figure(report, "worst 10 ms")->value, Better::kMore);
  over += !print({"P7", "s", 1, 0.3}, push("push to active, reference policy, all patterns new"));
  over += !print({"P7/same", "s", 1, 0.3}, push("push to active, reference policy, patterns unchanged"));
  over += !print({"P7/x10", "s", 5, 2}, push("push to active, ten times as large, all patterns new"));
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
      over += !print(timed.budget, found->ns);
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
  if (const Figure* const cores = figure(report, "two cores beside one")) {
    over += !print({"P11", "x", 1.8, 1.95}, cores->value, Better::kMore);
  } else {
    std::printf("P11     not measured: this machine has no second CPU\n");
    ++over;
  }
  over += print_swap(report);
  over += !print({"P8/flow", "B", 192, 128}, bytes_per_flow());
  over += !print({"P8/scan", "B", 4096, 1024}, static_cast<double>(policy.patterns().stream_bytes()) * 2);
  return over;
}

}  // namespace glacis::bench
