#include "dataplane/port/ethdev_port.h"

#include <net/if.h>
#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace glacis {
namespace {

// The Toeplitz key whose period of 16 bits makes both directions of a flow hash alike
// (Woo and Park, "Scalable TCP Session Monitoring with Symmetric Receive-Side Scaling").
constexpr uint8_t kSymmetricKeyByte[2] = {0x6d, 0x5a};
constexpr size_t kKeyBytes = 40;

std::string bus_of(const std::string& device) { return device.starts_with("net_") ? "vdev" : "pci"; }

}  // namespace

Expected<std::unique_ptr<EthdevPort>> EthdevPort::open(const EthdevOptions& options, MbufPool& pool) {
  std::unique_ptr<EthdevPort> out(new EthdevPort(options));
  if (rte_eth_dev_get_port_by_name(options.device.c_str(), &out->port_) != 0) {
    const int rc =
        rte_eal_hotplug_add(bus_of(options.device).c_str(), options.device.c_str(), options.arguments.c_str());
    if (rc != 0)
      return fail(std::string("cannot attach the port: ") + rte_strerror(-rc), options.name,
                  "device " + options.device + " " + options.arguments);
    out->plugged_ = true;
    if (rte_eth_dev_get_port_by_name(options.device.c_str(), &out->port_) != 0)
      return fail("the device has no port", options.name);
  }
  if (auto ok = out->configure(pool); !ok) return std::unexpected(ok.error());
  return out;
}

Expected<std::unique_ptr<EthdevPort>> EthdevPort::open_interface(const std::string& interface, PortId id,
                                                                 MbufPool& pool) {
  if (interface.size() >= IFNAMSIZ) return fail("an interface name has at most 15 characters", interface);
  if (interface_index(interface) == 0) return fail("no such interface", interface, "ip link shows what there is");
  if (interface_link(interface) == InterfaceLink::kSwitchedOff) {
    return fail("the interface is switched off", interface, "ip link set " + interface + " up");
  }
  // The driver says "not permitted" whatever goes wrong; what may be, is asked before it.
  if (const int why = packet_socket_error(); why != 0) {
    return fail(std::string("a packet socket cannot be opened: ") + std::strerror(why), interface,
                why == EPERM ? "CAP_NET_RAW is needed: run as root or with that capability" : "");
  }
  EthdevOptions options;
  options.name = interface;
  options.interface = interface;
  options.device = "net_af_packet_" + interface;
  // The default ring loses 40 % beside a busy neighbour; frames of 2048 bytes hold an MTU of 1500.
  options.arguments = "iface=" + interface + ",framesz=2048,blocksz=4096,framecnt=65536,qpairs=1";
  options.id = id;
  return open(options, pool);
}

Expected<void> EthdevPort::failed(const char* what, int rc) const {
  return fail(std::string(what) + ": " + rte_strerror(-rc), options_.name);
}

Expected<void> EthdevPort::configure(MbufPool& pool) {
  rte_eth_dev_info info{};
  if (const int rc = rte_eth_dev_info_get(port_, &info); rc != 0) return failed("cannot ask the device", rc);
  const uint16_t most = std::min(info.max_rx_queues, info.max_tx_queues);
  if (options_.queues > most) {
    return fail("the device has " + std::to_string(most) + " queues, not " + std::to_string(options_.queues),
                options_.name);
  }
  rte_eth_conf conf{};
  // As long as the device wants it: a shorter one is silently replaced by some drivers.
  std::vector<uint8_t> key(info.hash_key_size != 0 ? info.hash_key_size : kKeyBytes);
  for (size_t i = 0; i < key.size(); ++i) key[i] = kSymmetricKeyByte[i % 2];
  constexpr uint64_t kWanted = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
  if (options_.queues > 1 && (info.flow_type_rss_offloads & kWanted) != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf = {key.data(), static_cast<uint8_t>(key.size()), kWanted & info.flow_type_rss_offloads};
  }
  constexpr uint64_t kChecksums =
      RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
  conf.rxmode.offloads = info.rx_offload_capa & kChecksums;
  if (const int rc = rte_eth_dev_configure(port_, options_.queues, options_.queues, &conf); rc != 0)
    return failed("cannot configure the port", rc);
  return start(pool);
}

Expected<void> EthdevPort::start(MbufPool& pool) {
  const bool xdp = options_.device.starts_with("net_af_xdp");
  const std::vector<int> before = xdp ? XdpSockets::opened() : std::vector<int>();
  if (auto started = start_queues(pool); !started) return started;
  if (xdp && xdp_.emplace(before).empty()) {
    return fail("its AF_XDP sockets cannot be found, so its losses would go unseen", options_.name);
  }
  // A tap sees what is not addressed to it; not every device can.
  if (!options_.interface.empty()) return watch_interface();
  rte_eth_promiscuous_enable(port_);
  return {};
}

Expected<void> EthdevPort::start_queues(MbufPool& pool) {
  const int socket = rte_eth_dev_socket_id(port_);
  const auto node = static_cast<unsigned>(socket < 0 ? 0 : socket);
  for (uint16_t q = 0; q < options_.queues; ++q) {
    int rc = rte_eth_rx_queue_setup(port_, q, options_.descriptors, node, nullptr, pool.get());
    if (rc == 0) rc = rte_eth_tx_queue_setup(port_, q, options_.descriptors, node, nullptr);
    if (rc != 0) return failed("cannot set up queue", rc);
  }
  if (const int rc = rte_eth_dev_start(port_); rc != 0) return failed("cannot start the port", rc);
  return {};
}

Expected<void> EthdevPort::watch_interface() {
  index_ = interface_index(options_.interface);
  auto socket = PacketSocket::on(index_);
  if (!socket) return fail("its packet socket cannot be found, so its losses would go unseen", options_.name);
  socket_.emplace(std::move(*socket));
  // By the socket, not by the driver, which would need CAP_NET_ADMIN and leave the interface so.
  socket_->see_all();
  drops_at_start_ = interface_drops(options_.interface);
  return {};
}

EthdevPort::~EthdevPort() {
  if (port_ == UINT16_MAX) return;
  rte_eth_dev_stop(port_);
  rte_eth_dev_close(port_);
  if (plugged_) rte_eal_hotplug_remove(bus_of(options_.device).c_str(), options_.device.c_str());
}

uint16_t EthdevPort::rx_burst(uint16_t queue, std::span<rte_mbuf*> out) {
  const uint16_t count = rte_eth_rx_burst(port_, queue, out.data(), static_cast<uint16_t>(out.size()));
  if (count == 0) return 0;
  std::atomic<uint64_t>& received = counts_[queue].received;  // one writer
  received.store(received.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  return count;
}

std::optional<uint8_t> EthdevPort::fill_percent(uint16_t queue) const {
  // By halving, to a tenth: each question reads one descriptor. The queue's count is no single question
  // to a NIC: drivers walk over all that wait.
  int filled = 0, beyond = 10;
  while (beyond - filled > 1) {
    const int middle = (filled + beyond) / 2;
    const auto at = static_cast<uint16_t>(options_.descriptors * middle / 10);
    const int status = rte_eth_rx_descriptor_status(port_, queue, at);
    if (status < 0) return std::nullopt;  // the driver has no such function
    (status == RTE_ETH_RX_DESC_DONE ? filled : beyond) = middle;
  }
  return static_cast<uint8_t>(filled * 10);
}

RxCounters EthdevPort::counters() const {
  RxCounters out;
  rte_eth_stats stats{};
  if (rte_eth_stats_get(port_, &stats) == 0) {
    out.missed = stats.imissed;
    out.no_mbuf = stats.rx_nombuf;
    out.errors = stats.ierrors;
  }
  for (const QueueCount& queue : counts_) out.received += queue.received.load(std::memory_order_relaxed);
  if (xdp_) out.missed += xdp_->ring_full();
  if (!socket_) return out;
  // Each asker gets a part of the socket's number; together they are all of it.
  ring_full_.fetch_add(socket_->take_drops(), std::memory_order_relaxed);
  out.missed += ring_full_.load(std::memory_order_relaxed);
  // A new interface of the same name counts from 0 and is none of ours.
  if (interface_index(options_.interface) == index_) {
    const uint64_t drops = interface_drops(options_.interface);
    if (drops > drops_at_start_) interface_dropped_.store(drops - drops_at_start_, std::memory_order_relaxed);
  }
  out.missed += interface_dropped_.load(std::memory_order_relaxed);
  return out;
}

DeviceState EthdevPort::look() const {
  if (socket_) {
    if (interface_index(options_.interface) != index_) return DeviceState::kGone;
    return interface_link(options_.interface) == InterfaceLink::kUp ? DeviceState::kUp : DeviceState::kDown;
  }
  if (rte_eth_dev_is_removed(port_) == 1) return DeviceState::kGone;
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(port_, &link) != 0) return DeviceState::kDown;
  return link.link_status == RTE_ETH_LINK_UP ? DeviceState::kUp : DeviceState::kDown;
}

}  // namespace glacis
