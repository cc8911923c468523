#include "sensor/runtime/ports.h"

#include "dataplane/port/kernel_interface.h"

namespace glacis::sensor {

std::string port_name(const PortConfig& config) {
  if (!config.name.empty()) return config.name;
  if (!config.interface.empty()) return config.interface;
  if (!config.capture.empty()) return config.capture.substr(config.capture.find_last_of('/') + 1);
  return config.device();
}

CaptureOptions capture_options(const PortConfig& config, PortId id) {
  CaptureOptions options;
  options.loops = config.loop ? 0 : 1;
  options.stamp_now = true;
  options.id = id;
  options.packets_per_s = config.pps;
  options.pace = config.pace == Pacing::kCapture            ? Pace::kCaptureTiming
                 : config.pace == Pacing::kPacketsPerSecond ? Pace::kPacketsPerSecond
                                                            : Pace::kAsFastAsPossible;
  return options;
}

EthdevOptions ethdev_options(const PortConfig& config, PortId id) {
  EthdevOptions options;
  options.name = port_name(config);
  options.device = config.device();
  const size_t comma = config.vdev.find(',');
  if (comma != std::string::npos) options.arguments = config.vdev.substr(comma + 1);
  options.interface = config.kernel_interface();
  options.queues = config.queues;
  options.id = id;
  return options;
}

std::string offload_warning(const std::string& port, const std::string& interface,
                            const std::vector<std::string>& offloads) {
  if (offloads.empty()) return "";
  std::string words, command = "ethtool -K " + interface;
  for (const std::string& word : offloads) {
    words += (words.empty() ? "" : ", ") + word;
    command += " " + word + " off";
  }
  return "warning: port " + port + ": the offloads " + words + " of " + interface +
         " are on: it shows joined segments and unfinished checksums that were never on a wire; "
         "switch them off with: " +
         command;
}

Expected<std::unique_ptr<LivePorts>> LivePorts::open(const std::vector<PortConfig>& configs, MbufPool& pool, Say say) {
  std::unique_ptr<LivePorts> out(new LivePorts(pool, std::move(say)));
  out->configs_ = configs;
  for (size_t i = 0; i < configs.size(); ++i) {
    const PortId id(static_cast<uint16_t>(i));
    auto opened = configs[i].capture.empty() ? out->open_device(configs[i], id) : out->open_capture(configs[i], id);
    if (!opened) return std::unexpected(opened.error());
  }
  return out;
}

Expected<void> LivePorts::open_capture(const PortConfig& config, PortId id) {
  auto stamp = MbufStampField::register_field();
  if (!stamp) return std::unexpected(stamp.error());
  auto port = CapturePort::open({config.capture}, capture_options(config, id), pool_, *stamp);
  if (!port) return std::unexpected(port.error());
  order_.push_back(port->get());
  captures_.push_back({std::move(*port)});
  return {};
}

Expected<void> LivePorts::open_device(const PortConfig& config, PortId id) {
  const auto open = [config, id, this]() -> Expected<std::unique_ptr<DevicePort>> {
    auto port = config.interface.empty() ? EthdevPort::open(ethdev_options(config, id), pool_)
                                         : EthdevPort::open_interface(config.interface, id, pool_);
    if (!port) return std::unexpected(port.error());
    return std::unique_ptr<DevicePort>(std::move(*port));
  };
  auto port = open();
  if (!port) return std::unexpected(port.error());
  warn_of_offloads(config);
  if (config.queues > 1) {
    say_("port " + port_name(config) + " has " + std::to_string(config.queues) + " queues, one for each worker");
  }
  devices_.push_back({std::make_unique<AttachedPort>(port_name(config), std::move(*port), open), config});
  order_.push_back(devices_.back().port.get());
  return {};
}

void LivePorts::warn_of_offloads(const PortConfig& config) const {
  const std::string interface = config.kernel_interface();
  if (interface.empty()) return;
  const std::string text = offload_warning(port_name(config), interface, offloads_on(interface));
  if (!text.empty()) say_(text);
}

std::vector<RxPort*> LivePorts::borrowed() const { return order_; }

std::vector<std::string> LivePorts::names() const {
  std::vector<std::string> out;
  for (const PortConfig& config : configs_) out.push_back(port_name(config));
  return out;
}

void LivePorts::watch(Nanos now) {
  for (const Device& device : devices_) {
    const std::string port = "port " + std::string(device.port->name());
    switch (device.port->watch(now)) {
      case AttachedPort::Change::kNone:
        break;
      case AttachedPort::Change::kUp:
        say_(port + " is up");
        break;
      case AttachedPort::Change::kDown:
        say_(port + " is DOWN; the others go on");
        break;
      case AttachedPort::Change::kVanished:
        say_(port + " has VANISHED; it is opened again when it is back, the others go on");
        break;
      case AttachedPort::Change::kReattached:
        say_(port + " is attached again");
        warn_of_offloads(device.config);
        break;
    }
  }
  for (Capture& capture : captures_) watch(capture);
}

// A capture that loops goes on after a fault, without what is behind it: told once, and a reason to be ill for good.
void LivePorts::watch(Capture& capture) {
  if (!capture.ended && capture.port->state() == RxState::kEnd) {
    capture.ended = true;
    say_("port " + std::string(capture.port->name()) + " is at its end");
  }
  const std::vector<Error> faults = capture.faults_told ? std::vector<Error>() : capture.port->faults();
  if (faults.empty()) return;
  capture.faults_told = true;
  for (const Error& fault : faults) {
    const std::string text = "capture cut short: " + fault.text();
    say_(text);
    const std::scoped_lock lock(mutex_);
    cut_short_.push_back(text);
  }
}

std::vector<std::string> LivePorts::reasons() const {
  std::vector<std::string> out;
  for (const Device& device : devices_) {
    if (auto reason = device.port->reason()) out.push_back(std::move(*reason));
  }
  const std::scoped_lock lock(mutex_);
  out.insert(out.end(), cut_short_.begin(), cut_short_.end());
  return out;
}

}  // namespace glacis::sensor
