#include "sensor/runtime/ports.h"

#include "dataplane/port/capture_port.h"
#include "dataplane/port/ethdev_port.h"

namespace glacis::sensor {
namespace {

Expected<std::unique_ptr<RxPort>> open_capture(const PortConfig& config, PortId id, MbufPool& pool) {
  auto stamp = MbufStampField::register_field();
  if (!stamp) return std::unexpected(stamp.error());
  CaptureOptions options;
  options.loops = config.loop ? 0 : 1;
  options.stamp_now = true;
  options.id = id;
  options.packets_per_s = config.pps;
  options.pace = config.pace == Pacing::kCapture              ? Pace::kCaptureTiming
                 : config.pace == Pacing::kPacketsPerSecond ? Pace::kPacketsPerSecond
                                                            : Pace::kAsFastAsPossible;
  auto port = CapturePort::open({config.capture}, options, pool, *stamp);
  if (!port) return std::unexpected(port.error());
  return std::unique_ptr<RxPort>(std::move(*port));
}

Expected<std::unique_ptr<RxPort>> open_port(const PortConfig& config, PortId id, MbufPool& pool) {
  if (!config.capture.empty()) return open_capture(config, id, pool);
  if (!config.interface.empty()) {
    auto port = EthdevPort::open_interface(config.interface, id, pool);
    if (!port) return std::unexpected(port.error());
    return std::unique_ptr<RxPort>(std::move(*port));
  }
  EthdevOptions options;
  options.name = config.name.empty() ? config.vdev : config.name;
  const size_t comma = config.vdev.find(',');
  options.device = config.vdev.substr(0, comma);
  if (comma != std::string::npos) options.arguments = config.vdev.substr(comma + 1);
  options.id = id;
  auto port = EthdevPort::open(options, pool);
  if (!port) return std::unexpected(port.error());
  return std::unique_ptr<RxPort>(std::move(*port));
}

}  // namespace

Expected<std::vector<std::unique_ptr<RxPort>>> open_ports(const std::vector<PortConfig>& configs,
                                                          MbufPool& pool) {
  std::vector<std::unique_ptr<RxPort>> out;
  for (const PortConfig& config : configs) {
    auto port = open_port(config, PortId(static_cast<uint16_t>(out.size())), pool);
    if (!port) return std::unexpected(port.error());
    out.push_back(std::move(*port));
  }
  return out;
}

}  // namespace glacis::sensor
