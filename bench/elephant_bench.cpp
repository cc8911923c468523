#include <rte_lcore.h>

#include <algorithm>
#include <cmath>

#include "bench/loaded_engine.h"
#include "bench/parts.h"

// One flow that fills most of its core with bytes that a policy wants to look into: the flows beside it must not lose a
// packet. The engine gives up what it searches, in its own order (LoadShed); packets come by the worker's clock.
namespace glacis::bench {
namespace {

constexpr const char* kPart = "elephant";
constexpr double kElephant = 0.80, kOthers = 0.05;  // of the rate that the core has with known flows (P1)
constexpr uint64_t kQueue = 4096;                   // packets: a NIC's, and what LoadShed has been made for
constexpr int64_t kRate_ns = 500'000'000;
constexpr std::array<uint16_t, 1> kPayload{6};  // 64 B on the wire
constexpr size_t kFlows = 10'001;
constexpr int kRuns = 21;  // more than of a time: what a host takes for a millisecond is in some of them, not in most

// Of the same packets with no flow above another, where nothing is looked into: what writing them takes is in both.
Expected<double> known_rate(const Setting& setting) {
  const TrafficOptions traffic{.flows = kFlows, .payload_bytes = kPayload};
  auto engine = LoadedEngine::make(setting, {.traffic = traffic, .windows = 1000}, setting.selected);
  if (!engine) return std::unexpected(engine.error());
  return (*engine)->capacity(kRate_ns);
}

TrafficOptions elephant_traffic() {
  return {.flows = kFlows,
          .elephant_percent = static_cast<unsigned>(std::lround(100 * kElephant / (kElephant + kOthers))),
          .payload_bytes = kPayload};
}

// What was lost and given up in the runs of one policy.
struct Outcomes {
  std::vector<double> others_lost, elephant_lost, elephants_shed, searches_shed;
  double off_cpu = 0;  // of the worst run
};

// From the elephant's first packet, in an engine of its own: that is when a queue fills.
Expected<void> run(const Setting& setting, double packets_per_s, const std::shared_ptr<const Generation>& policy,
                   Outcomes& out) {
  auto engine = LoadedEngine::make(setting, {.traffic = elephant_traffic(), .scanned_flows = 2 * kFlows}, policy);
  if (!engine) return std::unexpected(engine.error());
  OpenLoop& loop = (*engine)->loop();
  const int64_t began = loop.clock_ns(), taken = loop.taken_ns();
  loop.pace(packets_per_s, kQueue);
  (*engine)->let_pass(int64_t{setting.elephant_ms} * 1'000'000);
  out.off_cpu = std::max(out.off_cpu, loop.taken_share(began, taken));
  (*engine)->engine().stop();
  const EngineCounters c = (*engine)->engine().counters();
  const uint64_t others = (*engine)->port().others_lost();
  out.others_lost.push_back(static_cast<double>(others));
  out.elephant_lost.push_back(static_cast<double>(loop.lost() - others));
  out.elephants_shed.push_back(static_cast<double>(c.elephants_shed));
  out.searches_shed.push_back(static_cast<double>(c.streams_shed + c.scans_shed));
  if (c.streams_refused != 0) return fail("not every flow had a stream", kPart);
  return {};
}

void report_outcomes(Report& report, const Outcomes& searched, const Outcomes& counted) {
  const auto packets = [&](const std::string& name, double value, const Outcomes& of) {
    report.figure({kPart, name, value, "packets", of.off_cpu});
  };
  packets("packets of the others lost, all content selected, median", median(searched.others_lost), searched);
  packets("the same, most of a run", std::ranges::max(searched.others_lost), searched);
  packets("packets of the elephant lost, median", median(searched.elephant_lost), searched);
  packets("no content selected: of the others, median", median(counted.others_lost), counted);
  packets("the same, most of a run", std::ranges::max(counted.others_lost), counted);
  packets("no content selected: of the elephant, median", median(counted.elephant_lost), counted);
  const auto flows = [&](const char* name, const std::vector<double>& of) {
    report.figure({kPart, name, median(of), "flows", searched.off_cpu});
  };
  flows("flows whose search was given up as elephants, median", searched.elephants_shed);
  flows("searches of all flows given up or not begun, median", searched.searches_shed);
}

}  // namespace

Expected<void> bench_elephant(const Setting& setting, Report& report) {
  if (rte_lcore_count() < 2) {
    report.skip("elephant", "needs a second CPU for the worker");
    return {};
  }
  report.progress("elephant, the rate of its core");
  const auto rate = known_rate(setting);
  if (!rate) return std::unexpected(rate.error());
  const double packets_per_s = *rate * (kElephant + kOthers);
  Outcomes searched, counted;
  for (int i = 0; i < kRuns; ++i) {
    report.progress("elephant");
    if (auto ok = run(setting, packets_per_s, setting.selected, counted); !ok) return ok;
    if (auto ok = run(setting, packets_per_s, setting.everything, searched); !ok) return ok;
  }
  report.figure({kPart, "its core's rate, 64 B, 10 k flows", *rate / 1e6, "Mpkt/s"});
  report.figure({kPart, "length of a run of one flow at 80 % of it, 10 k others at 5 %",
                 static_cast<double>(setting.elephant_ms) / 1000, "s"});
  report_outcomes(report, searched, counted);
  return {};
}

}  // namespace glacis::bench
