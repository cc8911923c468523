// frame_sender DEVICE[,ARGUMENTS] QUEUES COUNT
//
// Sends COUNT frames out of a DPDK virtual device once its peer is there, on queues picked at random: SYNs of 500
// flows from 10.1.7.3 to 10.4.0.5:443. Then, on each queue, the SYN of a "never" of web-shop.yaml from port 60000 +
// queue: whoever has seen these has seen all. Says "sent N", how many the device has taken, and waits for SIGTERM,
// for a peer that goes takes with it what has not been read.
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "dataplane/port/ethdev_port.h"
#include "sensor/runtime/eal.h"
#include "tests/fakes/frames.h"

namespace {

using glacis::EthdevPort;
using glacis::IpAddress;

constexpr uint16_t kFlows = 500, kFirstPort = 20'000, kFirstMark = 60'000;

glacis::frames::Bytes syn(uint16_t source_port, uint16_t service) {
  namespace f = glacis::frames;
  const f::Ends ends{IpAddress::v4(10, 1, 7, 3), IpAddress::v4(10, 4, 0, 5)};
  return f::ethernet(f::kIp4, f::ip4({.ends = ends}, f::tcp({.from = source_port, .to = service})));
}

class Sender {
 public:
  Sender(uint16_t port, glacis::MbufPool& pool) : port_(port), pool_(pool) {}

  // Waits for room: what the device has taken, its peer can read.
  void send(uint16_t queue, const glacis::frames::Bytes& frame) {
    rte_mbuf* mbuf = nullptr;
    while ((mbuf = rte_pktmbuf_alloc(pool_.get())) == nullptr) std::this_thread::yield();
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
    while (rte_eth_tx_burst(port_, queue, &mbuf, 1) == 0) std::this_thread::yield();
    ++sent_;
  }
  [[nodiscard]] unsigned long sent() const { return sent_; }

 private:
  const uint16_t port_;
  glacis::MbufPool& pool_;
  unsigned long sent_ = 0;
};

int send_all(const std::string& device, uint16_t queues, unsigned long count) {
  auto pool = glacis::MbufPool::make("sender", 8191);
  if (!pool) return std::fprintf(stderr, "%s\n", pool.error().text().c_str()), 1;
  const size_t comma = device.find(',');
  const std::string name = device.substr(0, comma);
  const std::string arguments = comma == std::string::npos ? "" : device.substr(comma + 1);
  auto port = EthdevPort::open({.name = name, .device = name, .arguments = arguments, .queues = queues}, **pool);
  if (!port) return std::fprintf(stderr, "%s\n", port.error().text().c_str()), 1;
  while ((*port)->look() != glacis::DeviceState::kUp) std::this_thread::yield();
  uint16_t id = 0;
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0) return 1;
  Sender sender(id, **pool);
  std::mt19937 random(1);
  for (unsigned long i = 0; i < count; ++i) {
    const auto source = static_cast<uint16_t>(kFirstPort + i % kFlows);
    sender.send(static_cast<uint16_t>(random() % queues), syn(source, 443));
  }
  for (uint16_t queue = 0; queue < queues; ++queue) sender.send(queue, syn(kFirstMark + queue, 5432));
  std::printf("sent %lu\n", sender.sent());
  std::fflush(stdout);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  int got = 0;
  return sigwait(&ends, &got);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("frame_sender DEVICE[,ARGUMENTS] QUEUES COUNT\n", stderr), 2;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);  // before there are threads, which inherit it
  if (auto eal = glacis::sensor::start_eal({0, 64}); !eal) return std::fputs(eal.error().text().c_str(), stderr), 1;
  const int code = send_all(argv[1], static_cast<uint16_t>(std::atoi(argv[2])), std::strtoul(argv[3], nullptr, 10));
  glacis::sensor::stop_eal();
  return code;
}
