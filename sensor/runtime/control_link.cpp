#include "sensor/runtime/control_link.h"

#include <chrono>
#include <utility>

#include "dataplane/policy/features.h"
#include "glacis/v1/alert.pb.h"
#include "glacis/v1/sensor.pb.h"
#include "sensor/alert/alert_spooler.h"
#include "sensor/alert/alert_uplink.h"
#include "sensor/alert/spool.h"
#include "sensor/policy/channel.h"
#include "sensor/policy/policy_client.h"
#include "sensor/runtime/heartbeat.h"
#include "sensor/runtime/policy_host.h"
#include "sensor/runtime/random_seed.h"
#include "sensor/state/state_files.h"
#include "sensor/state/state_lock.h"

namespace glacis::sensor {
namespace {

constexpr size_t kSpoolQueue = 16'384;

int64_t unix_now_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

class DialledLink final : public ControlLink {
 public:
  explicit DialledLink(const SensorConfig& config) : config_(config) {}
  Expected<void> open_all();

  Expected<std::optional<StoredPolicy>> stored_policy() const override { return store_->load(); }
  bool offer(const v1::Alert& alert) override { return spooler_->offer(alert); }
  void start(SensorSide sensor, StoredPolicy running, GenerationId first) override;
  void stop_policies() override {
    if (client_) client_->stop();
  }
  void stop_alerts(int64_t drain_ms) override;
  std::string text() const override;

 private:
  void fill(v1::Heartbeat& heartbeat, const SensorSide& sensor);

  const SensorConfig config_;
  StateLock lock_;  // before what reads and removes files there, and longer than it
  DiskFiles files_;
  std::unique_ptr<PolicyStore> store_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<AlertSpooler> spooler_;
  std::unique_ptr<AlertUplink> uplink_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<PolicyHost> host_;
  HealthClock health_clock_;  // the policy client's thread
  std::unique_ptr<PolicyClient> client_;
};

Expected<void> DialledLink::open_all() {
  auto channel =
      open_channel({config_.control_address, config_.tls.ca_file, config_.tls.cert_file, config_.tls.key_file});
  if (!channel) return std::unexpected(channel.error());
  channel_ = std::move(*channel);
  if (auto locked = lock_.take(config_.state_directory); !locked) return locked;
  auto store = PolicyStore::open(config_.state_directory, files_);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  SpoolOptions options;
  options.directory = config_.state_directory + "/spool";
  options.cap_bytes = config_.spool_bytes;
  auto spool = Spool::open(options, files_, unix_now_ns(), random_seed());
  if (!spool) return std::unexpected(spool.error());
  spool_ = std::move(*spool);
  uplink_ =
      std::make_unique<AlertUplink>(UplinkOptions{.sensor = config_.name, .seed = random_seed()}, *spool_, channel_);
  spooler_ = std::make_unique<AlertSpooler>(*spool_, [this] { uplink_->wake(); }, kSpoolQueue);
  // Before packets come: what an earlier run left is sent at once.
  spooler_->start();
  uplink_->start();
  return {};
}

void DialledLink::start(SensorSide sensor, StoredPolicy running, GenerationId first) {
  host_ = std::make_unique<PolicyHost>(sensor.engine, config_.tap, first);
  PolicyClientOptions options;
  options.sensor = config_.name;
  options.tap = config_.tap;
  options.software_version = GLACIS_VERSION;
  options.languages = {kPolicyLanguage};
  for (const std::string_view feature : kPolicyFeatures) options.features.emplace_back(feature);
  options.seed = random_seed();
  options.say = sensor.say;
  options.heartbeat = [this, sensor = std::move(sensor)](v1::Heartbeat& heartbeat) { fill(heartbeat, sensor); };
  client_ = std::make_unique<PolicyClient>(std::move(options), *host_, *store_, std::move(running), channel_);
  client_->start();
}

void DialledLink::fill(v1::Heartbeat& heartbeat, const SensorSide& sensor) {
  const SpoolCounters spool = spool_->counters();
  std::vector<std::string> reasons = sensor.health();
  if (const std::string trouble = spool_->trouble(); !trouble.empty()) reasons.push_back(trouble);
  fill_heartbeat(heartbeat, sensor.engine.counters(), sensor.alerts(), reasons);
  health_clock_.stamp(heartbeat);
  heartbeat.set_spooled_alerts(spool.held);
  add_counter(heartbeat, "alerts_spooled_total", "", spool.appended);
  add_counter(heartbeat, "alerts_lost_total", "reason=queue", spooler_->refused());
  add_counter(heartbeat, "alerts_lost_total", "reason=disk", spool.shed);
  add_counter(heartbeat, "alerts_lost_total", "reason=unreadable", uplink_->counters().unreadable);
}

void DialledLink::stop_alerts(int64_t drain_ms) {
  spooler_->stop();
  uplink_->stop(drain_ms);
}

std::string DialledLink::text() const {
  const SpoolCounters spool = spool_->counters();
  std::string out = std::to_string(spool.held) + " alerts wait in the spool";
  const uint64_t lost = spool.shed + spooler_->refused();
  if (lost != 0) out += ", " + std::to_string(lost) + " lost";
  const std::string error = uplink_->counters().last_error;
  if (spool.held != 0 && !error.empty()) out += " (" + error + ")";
  return out;
}

}  // namespace

Expected<std::unique_ptr<ControlLink>> ControlLink::open(const SensorConfig& config) {
  auto link = std::make_unique<DialledLink>(config);
  if (auto opened = link->open_all(); !opened) return std::unexpected(opened.error());
  return link;
}

}  // namespace glacis::sensor
