#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

namespace glacis {

struct EthdevOptions {
  std::string name = {};        // "tap0": what people call it
  std::string device = {};      // DPDK device: "net_af_packet0", "0000:03:00.0", "net_null0", "net_ring0"
  std::string arguments = {};   // of a virtual device: "iface=veth1,framecnt=65536"
  std::string interface = {};   // kernel interface behind it, if any: its counters show what af_packet hides
  uint16_t queues = 1;
  uint16_t descriptors = 1024;
  PortId id{};
};

// A DPDK port: plugged, configured, started and closed by this class. Receive side scaling is symmetric
// where the device has it. Packets are stamped by the worker or distributor, not here.
// net_af_packet reports no loss of its own; what the kernel's interface dropped since start is counted.
// Threads: as RxPort.
class EthdevPort final : public RxPort {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<EthdevPort>> open(const EthdevOptions& options, MbufPool& pool);
  // An af_packet port on a kernel interface; fails when there is no such interface.
  [[nodiscard]] static Expected<std::unique_ptr<EthdevPort>> open_interface(const std::string& interface, PortId id,
                                                                            MbufPool& pool);
  ~EthdevPort() override;
  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  RxCounters counters() const override;
  RxState state() const override;
  std::string_view name() const override { return options_.name; }
  uint16_t queues() const override { return options_.queues; }
  Nanos clock() const override { return Nanos(0); }

 private:
  explicit EthdevPort(EthdevOptions options) : options_(std::move(options)) {}
  Expected<void> configure(MbufPool& pool);
  [[nodiscard]] uint64_t interface_drops() const;

  EthdevOptions options_;
  uint16_t port_ = UINT16_MAX;
  bool plugged_ = false;
  uint64_t drops_at_start_ = 0;
  std::atomic<uint64_t> received_{0};
};

}  // namespace glacis
