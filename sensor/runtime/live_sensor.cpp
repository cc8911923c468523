#include "sensor/runtime/live_sensor.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include "dataplane/base/service_manager.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/worker/reader.h"
#include "glacis/v1/policy.pb.h"
#include "sensor/alert/eve.h"
#include "sensor/alert/eve_writer.h"
#include "sensor/alert/event_writer.h"
#include "sensor/runtime/control_link.h"
#include "sensor/runtime/eal.h"
#include "sensor/runtime/heartbeat.h"
#include "sensor/runtime/load_health.h"
#include "sensor/runtime/machine_memory.h"
#include "sensor/runtime/policy_file.h"
#include "sensor/runtime/policy_host.h"
#include "sensor/runtime/ports.h"
#include "sensor/runtime/random_seed.h"

namespace glacis::sensor {
namespace {

constexpr uint32_t kMemory_mb = 128;
constexpr uint32_t kMbufBytes = 2560;  // with its data, its head and what DPDK adds
// A port that is back is blind until it is looked at.
constexpr std::chrono::milliseconds kWatchEvery{200};
constexpr int64_t kDrain_ms = 5'000;  // for alerts to be acknowledged at the end

DuplicateOptions duplicates_of(const SensorConfig& config) {
  DuplicateOptions out;
  out.seed = random_seed();
  for (const PortConfig& port : config.ports) out.by_port.push_back(port.duplicates);
  return out;
}

std::unexpected<std::vector<Error>> one(Error error) {
  std::vector<Error> list;
  list.push_back(std::move(error));
  return std::unexpected(std::move(list));
}

// How often a flow that goes on has a record.
constexpr Nanos kFlowReport = seconds(300);

void say(const std::string& text) { std::fprintf(stderr, "glacis-sensor: %s\n", text.c_str()); }

std::string own_name() {
  char name[256] = "sensor";
  gethostname(name, sizeof name - 1);
  return name;
}

// Everything that lives as long as the sensor runs, in the order in which it is built.
class LiveSensor {
 public:
  explicit LiveSensor(const RunOptions& options) : options_(options), config_(options.config) {
    if (config_.name.empty()) config_.name = own_name();
  }

  ExpectedAll<void> start();
  void run();
  void stop();

 private:
  [[nodiscard]] EalOptions eal_options() const;
  ExpectedAll<void> start_engine();
  ExpectedAll<std::shared_ptr<const Generation>> first_generation();
  size_t flow_slots() const;
  void on_alert(const v1::Alert& alert);
  std::vector<std::string> health() const;
  Expected<void> write_ready_file() const;
  void wait_for_signal();
  void tick();
  void watch_eve();

  const RunOptions& options_;
  SensorConfig config_;
  std::unique_ptr<MbufPool> pool_;
  std::unique_ptr<LivePorts> ports_;
  std::unique_ptr<EveWriter> eve_;
  bool eve_trouble_told_ = false;
  std::unique_ptr<EventWriter> events_;
  std::unique_ptr<Engine> engine_;
  LoadHealth load_health_;
  std::unique_ptr<ControlLink> control_;  // null: without a control plane
  StoredPolicy running_;                  // what the engine started with; version 0: not from control
  boost::asio::io_context io_;
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
  boost::asio::steady_timer timer_{io_};
};

ExpectedAll<void> LiveSensor::start() {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our EVE lines that goes away costs lines, not the sensor
  // The host's name, where none was given, is held to the same rules.
  if (auto faults = config_.validate(); !faults.empty()) return std::unexpected(std::move(faults));
  if (config_.ports.empty()) return one({"no port to read from", "ports", "--interface or --capture"});
  if (auto eal = start_eal(eal_options()); !eal) return one(eal.error());
  auto pool = MbufPool::make("live", config_.pool_size());
  if (!pool) return one(pool.error());
  pool_ = std::move(*pool);
  auto ports = LivePorts::open(config_.ports, *pool_, say);
  if (!ports) return one(ports.error());
  ports_ = std::move(*ports);
  if (!config_.eve_file.empty()) {
    auto eve = EveWriter::open(config_.eve_file);
    if (!eve) return one(eve.error());
    eve_ = std::move(*eve);
  }
  if (!config_.control_address.empty()) {
    auto control = ControlLink::open(config_);
    if (!control) return one(control.error());
    control_ = std::move(*control);
  }
  if (auto started = start_engine(); !started) return started;
  if (control_) {
    control_->start({*engine_, [this] { return health(); }, [this] { return events_->counters(); }, say}, running_,
                    GenerationId(1));
  }
  if (auto written = write_ready_file(); !written) return one(written.error());
  notify_service_manager("READY=1");
  return {};
}

EalOptions LiveSensor::eal_options() const {
  EalOptions out;
  out.lcores = lcores_for(static_cast<uint16_t>(config_.workers), config_.most_queues());
  out.memory_mb = kMemory_mb;
  for (const PortConfig& port : config_.ports) {
    if (!port.pci.empty()) out.cards.push_back(port.pci);
  }
  // A card writes into DPDK's memory; without one packets have memory of their own.
  if (!out.cards.empty()) out.memory_mb += static_cast<uint32_t>(uint64_t{config_.pool_size()} * kMbufBytes >> 20);
  return out;
}

// The policy of the last run beats the file, which beats none at all.
ExpectedAll<std::shared_ptr<const Generation>> LiveSensor::first_generation() {
  if (control_) {
    auto stored = control_->stored_policy();
    // A damaged file is no reason not to watch: control sends the policy again.
    if (!stored) say("the stored policy is of no use: " + stored.error().text());
    if (stored && *stored) {
      auto built = build_generation((*stored)->bytes, GenerationId(1), (*stored)->version, nullptr);
      if (built) {
        running_ = {(*stored)->version, (*stored)->digest, {}};
        say("policy version " + std::to_string(running_.version) + " from disk is in use");
        return built;
      }
      for (const Error& fault : built.error()) say("the stored policy does not build: " + fault.text());
    }
  }
  if (config_.policy_file.empty()) return blank_generation(config_.tap);
  return generation_from_file(config_.policy_file);
}

void LiveSensor::on_alert(const v1::Alert& alert) {
  if (eve_) eve_->line(eve_alert(alert));
  if (control_) (void)control_->offer(alert);  // what it refuses, it counts
}

std::vector<std::string> LiveSensor::health() const {
  std::vector<std::string> out = ports_->reasons();
  for (std::string& reason : load_health_.reasons()) out.push_back(std::move(reason));
  if (eve_ && eve_->lost() != 0) out.push_back(eve_->trouble());
  return out;
}

ExpectedAll<void> LiveSensor::start_engine() {
  auto first = first_generation();
  if (!first) return std::unexpected(std::move(first.error()));
  const std::string& name = config_.name;
  AlertWriter::FlowSink flows;
  if (eve_ && config_.eve_flows) {
    flows = [this, name](const v1::FlowRecord& record) { eve_->line(eve_flow(record, name)); };
  }
  events_ = std::make_unique<EventWriter>(
      AlertOrigin{name, config_.tap, ports_->names()}, [this](const v1::Alert& alert) { on_alert(alert); },
      std::move(flows),
      [this] {
        if (eve_) eve_->flush();
      });
  EngineOptions options;
  options.mode = RunMode::kLive;
  options.poll = config_.poll == PollMode::kBusy ? PollStyle::kBusy : PollStyle::kAdaptive;
  options.workers = static_cast<uint16_t>(config_.workers);
  options.burst = static_cast<uint16_t>(config_.burst);
  options.flow_slots = flow_slots();
  options.decode.checksums = config_.trust_checksums ? Checksums::kKnownGood : Checksums::kVerify;
  options.decode.vlan_in_key = config_.vlan_in_key ? VlanInKey::kYes : VlanInKey::kNo;
  options.scanned_flows = config_.stream_flows;
  options.stream_depth = config_.stream_depth;
  options.stream_waiting_bytes = config_.stream_waiting_bytes;
  options.duplicates = duplicates_of(config_);
  options.timeouts.report = kFlowReport;
  options.hash_seed = random_seed();
  auto engine = Engine::make(options, ports_->borrowed(), *events_);
  if (!engine) return one(engine.error());
  engine_ = std::move(*engine);
  if (auto started = engine_->start(*first); !started) return one(started.error());
  return {};
}

size_t LiveSensor::flow_slots() const {
  const uint64_t available = available_memory();
  const uint32_t slots = config_.flow_slots != 0 ? config_.flow_slots : flow_slots_for(available, config_.workers);
  const uint64_t bytes = uint64_t{slots} * config_.workers * Pipeline::bytes_per_flow();
  say("flow table: " + std::to_string(slots) + " flows for each of " + std::to_string(config_.workers) + " workers, " +
      std::to_string(bytes >> 20) + " MiB of " + std::to_string(available >> 20) + " MiB available");
  return slots;
}

Expected<void> LiveSensor::write_ready_file() const {
  if (options_.ready_file.empty()) return {};
  std::ofstream out(options_.ready_file, std::ios::trunc);
  out << getpid() << "\n";
  out.flush();
  if (!out) return fail(std::string("cannot write: ") + std::strerror(errno), options_.ready_file);
  return {};
}

void LiveSensor::run() {
  wait_for_signal();
  tick();
  io_.run();
}

void LiveSensor::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    // From here on a second signal ends the process at once.
    signals_.clear();
    timer_.cancel();
    io_.stop();
  });
}

void LiveSensor::tick() {
  timer_.expires_after(kWatchEvery);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    ports_->watch(wall_clock());
    for (const std::string& line : load_health_.look(engine_->counters(), engine_->load(), wall_clock())) say(line);
    watch_eve();
    tick();
  });
}

// Once when it begins; how much in the end, at the end.
void LiveSensor::watch_eve() {
  if (!eve_ || eve_trouble_told_ || eve_->lost() == 0) return;
  eve_trouble_told_ = true;
  say(eve_->trouble() + "; what comes is tried again");
}

void LiveSensor::stop() {
  notify_service_manager("STOPPING=1");
  if (control_) control_->stop_policies();
  engine_->stop();
  if (eve_) eve_->flush();
  if (eve_ && eve_->lost() != 0) say(eve_->trouble());
  say(counters_text(engine_->counters(), events_->counters()));
  if (!control_) return;
  control_->stop_alerts(kDrain_ms);
  say(control_->text());
}

}  // namespace

ExpectedAll<void> run_live(const RunOptions& options) {
  LiveSensor sensor(options);
  if (auto started = sensor.start(); !started) return started;
  sensor.run();
  sensor.stop();
  return {};
}

}  // namespace glacis::sensor
