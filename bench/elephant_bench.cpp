#include <rte_lcore.h>

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

// Where nothing is looked into.
Expected<double> known_rate(const Setting& setting) {
  auto engine = LoadedEngine::make(setting, {.traffic = {}, .windows = 1000}, setting.selected);
  if (!engine) return std::unexpected(engine.error());
  return (*engine)->capacity(kRate_ns);
}

TrafficOptions elephant_traffic() {
  return {.flows = kFlows,
          .elephant_percent = static_cast<unsigned>(100 * kElephant / (kElephant + kOthers) + 0.5),
          .payload_bytes = kPayload};
}

struct Outcome {
  uint64_t others_lost = 0, elephant_lost = 0;
  EngineCounters counters;
  double off_cpu = 0;
};

Expected<Outcome> run(const Setting& setting, double packets_per_s, const std::shared_ptr<const Generation>& policy) {
  auto engine = LoadedEngine::make(setting, {.traffic = elephant_traffic(), .scanned_flows = 2 * kFlows}, policy);
  if (!engine) return std::unexpected(engine.error());
  OpenLoop& loop = (*engine)->loop();
  const int64_t began = loop.clock_ns(), taken = loop.taken_ns();
  loop.pace(packets_per_s, kQueue);
  (*engine)->let_pass(int64_t{setting.elephant_s} * 1'000'000'000);
  Outcome out;
  out.off_cpu = loop.taken_share(began, taken);
  (*engine)->engine().stop();
  out.others_lost = (*engine)->port().others_lost();
  out.elephant_lost = loop.lost() - out.others_lost;
  out.counters = (*engine)->engine().counters();
  return out;
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
  report.progress("elephant");
  const auto counted = run(setting, packets_per_s, setting.selected);
  if (!counted) return std::unexpected(counted.error());
  const auto searched = run(setting, packets_per_s, setting.everything);
  if (!searched) return std::unexpected(searched.error());
  const EngineCounters& c = searched->counters;
  if (c.elephants_shed == 0 && c.streams_refused != 0) return fail("not every flow had a stream", kPart);
  const auto figure = [&](const char* name, double value, const char* unit, const Outcome& of) {
    report.figure({kPart, name, value, unit, of.off_cpu});
  };
  const auto packets = [&](const char* name, uint64_t value, const Outcome& of) {
    figure(name, static_cast<double>(value), "packets", of);
  };
  report.figure({kPart, "its core's rate, 64 B, 10 k flows", *rate / 1e6, "Mpkt/s"});
  figure("seconds of one flow at 80 % of it, 10 k others at 5 %", setting.elephant_s, "s", *searched);
  packets("packets of the others lost, all content selected", searched->others_lost, *searched);
  packets("packets of the elephant lost", searched->elephant_lost, *searched);
  packets("the same, no content selected: of the others", counted->others_lost, *counted);
  packets("the same, no content selected: of the elephant", counted->elephant_lost, *counted);
  figure("flows whose search was given up as elephants", static_cast<double>(c.elephants_shed), "flows", *searched);
  figure("searches of all flows given up or not begun", static_cast<double>(c.streams_shed + c.scans_shed), "flows",
         *searched);
  return {};
}

}  // namespace glacis::bench
