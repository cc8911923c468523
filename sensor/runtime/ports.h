#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/port/capture_port.h"
#include "dataplane/port/ethdev_port.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/rx_port.h"
#include "sensor/config/sensor_config.h"
#include "sensor/runtime/attached_port.h"

namespace glacis::sensor {

// What the configuration of a port asks DPDK for.
[[nodiscard]] EthdevOptions ethdev_options(const PortConfig& config, PortId id);
[[nodiscard]] CaptureOptions capture_options(const PortConfig& config, PortId id);
// What people call the port: its name, else the interface, the device, or the capture's base name.
[[nodiscard]] std::string port_name(const PortConfig& config);
// "port tap0: tso, tx are on ...: ethtool -K veth1 tso off tx off"; empty for an interface without
// any.
[[nodiscard]] std::string offload_warning(const std::string& port, const std::string& interface,
                                          const std::vector<std::string>& offloads);

// The ports that the configuration names, opened in its order; PortId is the position. Devices that
// go down or vanish are found again by watch() while the others go on. Owns the ports, borrows the
// pool. Thread: main; reasons by any.
class LivePorts {
 public:
  using Say = std::function<void(const std::string&)>;  // a line for the operator, by main

  // Fails at the first port that cannot be opened, naming it. EAL must run.
  [[nodiscard]] static Expected<std::unique_ptr<LivePorts>> open(const std::vector<PortConfig>& configs, MbufPool& pool,
                                                                 Say say);

  [[nodiscard]] std::vector<RxPort*> borrowed() const;
  [[nodiscard]] std::vector<std::string> names() const;
  // Says what has changed; call it several times a second. `now`: Unix time.
  void watch(Nanos now);
  // Why a port is not well.
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  struct Capture {
    std::unique_ptr<CapturePort> port;
    bool faults_told = false, ended = false;
  };
  LivePorts(MbufPool& pool, Say say) : pool_(pool), say_(std::move(say)) {}
  Expected<void> open_capture(const PortConfig& config, PortId id);
  Expected<void> open_device(const PortConfig& config, PortId id);
  void warn_of_offloads(const PortConfig& config) const;
  void watch(Capture& capture);

  MbufPool& pool_;
  const Say say_;
  std::vector<PortConfig> configs_;  // by PortId
  std::vector<RxPort*> order_;       // by PortId
  std::vector<Capture> captures_;
  struct Device {
    std::unique_ptr<AttachedPort> port;
    PortConfig config;
  };
  std::vector<Device> devices_;
  mutable std::mutex mutex_;
  std::vector<std::string> cut_short_;  // captures that ended in the middle
};

}  // namespace glacis::sensor
