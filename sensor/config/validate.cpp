#include "sensor/config/validate.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "dataplane/base/plain_name.h"
#include "sensor/config/sensor_config.h"

namespace glacis::sensor {
namespace {

using Faults = std::vector<Error>;

constexpr uint32_t kMostWorkers = 16, kMostBurst = 64;

std::string port_path(size_t index) { return "ports[" + std::to_string(index) + "]"; }

void check_range(Faults& faults, const char* setting, uint64_t value, uint64_t low, uint64_t high) {
  if (value >= low && value <= high) return;
  faults.push_back(
      {"must be between " + std::to_string(low) + " and " + std::to_string(high) + ", not " + std::to_string(value),
       setting, ""});
}

// Before control refuses it: what is missing is made up later, or is no matter without control.
void check_name(Faults& faults, const char* setting, const std::string& name) {
  if (name.empty() || is_plain_name(name)) return;
  faults.push_back({"'" + name + "' is no plain name", setting, "1 to 128 characters of ASCII, no spaces"});
}

// "0000:03:00.0", as DPDK names a card: domain, bus, device in lower case, function.
bool is_pci_address(std::string_view text) {
  constexpr std::string_view kShape = "hhhh:hh:hh.o";
  const auto fits = [](char shape, char c) {
    if (shape == 'h') return std::isdigit(static_cast<unsigned char>(c)) != 0 || (c >= 'a' && c <= 'f');
    return shape == 'o' ? c >= '0' && c <= '7' : c == shape;
  };
  return text.size() == kShape.size() && std::equal(kShape.begin(), kShape.end(), text.begin(), fits);
}

void check_port(Faults& faults, const PortConfig& port, const std::string& path) {
  const int sources = !port.interface.empty() + !port.capture.empty() + !port.vdev.empty() + !port.pci.empty();
  if (sources != 1) faults.push_back({"a port needs exactly one of interface, capture, vdev and pci", path, ""});
  if (!port.pci.empty() && !is_pci_address(port.pci)) {
    faults.push_back({"'" + port.pci + "' is no PCI address", path, "such as 0000:03:00.0; lspci -D shows them"});
  }
  if (port.pace == Pacing::kPacketsPerSecond && port.pps == 0) {
    faults.push_back({"pace must be above 0 packets per second", path, ""});
  }
  if (port.queues == 0) faults.push_back({"has 0 queues", path, "as many queues as workers, or one queue"});
  if (port.queues > 1 && (port.device().empty() || !port.kernel_interface().empty())) {
    faults.push_back({"only a DPDK device has several queues", path,
                      "a capture or an interface has one, which is shared out to all workers"});
  }
}

// How many queues the device has is known once it is open.
void check_queues(Faults& faults, const SensorConfig& config) {
  for (size_t i = 0; i < config.ports.size(); ++i) {
    const uint16_t queues = config.ports[i].queues;
    if (queues <= 1 || queues == config.workers) continue;
    faults.push_back({"has " + std::to_string(queues) + " queues and " + std::to_string(config.workers) +
                          (config.workers == 1 ? " worker reads them" : " workers read them"),
                      port_path(i), "as many queues as workers, or one queue"});
  }
}

// A device can be read once; a capture may stand for several ports.
void check_sources_differ(Faults& faults, const std::vector<PortConfig>& ports) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < ports.size(); ++i) {
    const std::string interface = ports[i].kernel_interface();
    const std::string device = interface.empty() ? ports[i].device() : interface;
    if (device.empty()) continue;
    const auto [other, fresh] = first.emplace(device, i);
    if (fresh) continue;
    faults.push_back(
        {"reads " + device + ", as " + port_path(other->second) + " does", port_path(i), "one port for each device"});
  }
}

// Too few would be lost as "no mbuf", which does not say who is too slow. A worker or burst that is out of range
// has no need that could be told.
void check_mbufs(Faults& faults, const SensorConfig& config) {
  if (config.mbufs == 0 || config.workers == 0 || config.workers > kMostWorkers || config.burst > kMostBurst) return;
  const MbufNeed need = config.mbuf_need();
  if (config.mbufs >= need.total()) return;
  const auto part = [](uint64_t n, const char* where) { return std::to_string(n) + " " + where; };
  faults.push_back({std::to_string(config.mbufs) + " are too few, at least " + std::to_string(need.total()) +
                        " are needed: " + part(need.devices, "in receive rings, ") +
                        part(need.rings, "in rings between threads, ") + part(need.bursts, "in bursts, ") +
                        part(need.caches, "in caches of cores"),
                    "workers.mbufs", "auto takes as many as are needed"});
}

}  // namespace

Faults faults_of_values(const SensorConfig& config) {
  Faults faults;
  check_name(faults, "name", config.name);
  check_name(faults, "tap", config.tap);
  check_range(faults, "workers.count", config.workers, 1, kMostWorkers);
  check_range(faults, "workers.burst", config.burst, 1, kMostBurst);
  if (config.flow_slots != 0) check_range(faults, "workers.flows", config.flow_slots, 1024, 1U << 26);
  if (config.mbufs != 0) check_range(faults, "workers.mbufs", config.mbufs, 1024, 1U << 22);
  check_range(faults, "streams.flows", config.stream_flows, 16, 1U << 20);
  if (config.ports.size() > 16) faults.push_back({"at most 16 ports", "ports", ""});
  for (size_t i = 0; i < config.ports.size(); ++i) check_port(faults, config.ports[i], port_path(i));
  const TlsConfig& tls = config.tls;
  const int tls_files = !tls.ca_file.empty() + !tls.cert_file.empty() + !tls.key_file.empty();
  if (tls_files != 0 && tls_files != 3) faults.push_back({"control.tls needs ca, cert and key", "control.tls", ""});
  if (config.state_directory.empty()) faults.push_back({"state must name a directory", "state", ""});
  return faults;
}

Faults faults_between(const SensorConfig& config) {
  Faults faults;
  check_queues(faults, config);
  check_sources_differ(faults, config.ports);
  check_mbufs(faults, config);
  return faults;
}

}  // namespace glacis::sensor
