#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/port/device_mbufs.h"
#include "dataplane/port/kernel_interface.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"
#include "dataplane/port/xdp_sockets.h"

namespace glacis {

struct EthdevOptions {
  std::string name = {};       // "tap0": what people call it
  std::string device = {};     // DPDK device: "net_af_packet0", "0000:03:00.0", "net_null0", "net_ring0"
  std::string arguments = {};  // of a virtual device: "iface=veth1,framecnt=65536"
  std::string interface = {};  // kernel interface behind it, if any: it knows the losses that net_af_packet hides
  uint16_t queues = 1;         // each read by one thread
  uint16_t descriptors = kRxDescriptors;
  PortId id{};
};

// A DPDK port: plugged, configured, started and closed by this class. Receive side scaling is symmetric
// where the device has it; which queue a packet is put on is the device's affair. Opening fails when the
// device has not so many queues. Packets are stamped by the worker or distributor, not here.
// net_af_packet reports no loss of its own: what found its ring full (PACKET_STATISTICS) and what the
// kernel's interface dropped since the port was opened is counted as missed. Of net_af_xdp's losses those that
// found its receive ring full are asked of its sockets.
// Threads: as RxPort; open and close by the main thread, close once nobody is in rx_burst.
class EthdevPort final : public DevicePort {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<EthdevPort>> open(const EthdevOptions& options, MbufPool& pool);
  // An af_packet port on a kernel interface; fails when there is no such interface, or it is switched off.
  [[nodiscard]] static Expected<std::unique_ptr<EthdevPort>> open_interface(const std::string& interface, PortId id,
                                                                            MbufPool& pool);
  ~EthdevPort() override;
  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  std::optional<uint8_t> fill_percent(uint16_t queue) const override;
  RxCounters counters() const override;
  DeviceState look() const override;
  std::string_view name() const override { return options_.name; }
  uint16_t queues() const override { return options_.queues; }
  Nanos clock() const override { return Nanos(0); }

 private:
  // What one thread has taken from its queue, on a cache line of its own.
  struct alignas(64) QueueCount {
    std::atomic<uint64_t> received{0};
  };
  explicit EthdevPort(EthdevOptions options) : options_(std::move(options)), counts_(options_.queues) {}
  Expected<void> configure(MbufPool& pool);
  Expected<void> start(MbufPool& pool);
  Expected<void> start_queues(MbufPool& pool);
  [[nodiscard]] Expected<void> failed(const char* what, int rc) const;
  Expected<void> watch_interface();

  EthdevOptions options_;
  uint16_t port_ = UINT16_MAX;
  bool plugged_ = false;
  unsigned index_ = 0;  // of the interface that was opened
  uint64_t drops_at_start_ = 0;
  std::optional<PacketSocket> socket_;
  std::optional<XdpSockets> xdp_;
  // Known so far, by whoever asked: from the socket, which forgets as it tells, and from the interface,
  // which may be gone.
  mutable std::atomic<uint64_t> ring_full_{0}, interface_dropped_{0};
  std::vector<QueueCount> counts_;  // by queue
};

}  // namespace glacis
