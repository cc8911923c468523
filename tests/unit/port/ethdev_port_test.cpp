#include "dataplane/port/ethdev_port.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <rte_ethdev.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string_view>

#include "tests/unit/port/port_fixture.h"

namespace glacis {
namespace {

using testing::HasSubstr;
using EthdevPortTest = PortTest;

EthdevOptions null_device(const std::string& name) {
  return {.name = "null", .device = name, .arguments = "size=64", .descriptors = 64};
}

TEST_F(EthdevPortTest, ANullDeviceGivesPacketsThatAreCounted) {
  auto port = EthdevPort::open(null_device("net_null0"), *pool_);
  ASSERT_TRUE(port.has_value()) << port.error().text();
  const auto got = take(**port, 32);
  ASSERT_EQ(got.size(), 32u);
  EXPECT_EQ(got[0].bytes.size(), 64u);
  EXPECT_EQ((*port)->counters().received, 32u);
  EXPECT_EQ((*port)->clock(), Nanos(0)) << "it stamps nothing";
}

TEST_F(EthdevPortTest, ARingDeviceGivesBackWhatWasSentIntoIt) {
  auto port = EthdevPort::open({.name = "ring", .device = "net_ring0", .descriptors = 64}, *pool_);
  ASSERT_TRUE(port.has_value()) << port.error().text();
  uint16_t id = 0;
  ASSERT_EQ(rte_eth_dev_get_port_by_name("net_ring0", &id), 0);
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_->get());
  *rte_pktmbuf_append(mbuf, 1) = 42;
  ASSERT_EQ(rte_eth_tx_burst(id, 0, &mbuf, 1), 1);
  const auto got = take(**port, 32);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].bytes, (std::vector<uint8_t>{42}));
}

TEST_F(EthdevPortTest, AClosedPortCanBeOpenedAgain) {
  for (int i = 0; i < 3; ++i) {
    auto port = EthdevPort::open(null_device("net_null1"), *pool_);
    ASSERT_TRUE(port.has_value()) << port.error().text();
    EXPECT_FALSE(take(**port, 8).empty());
  }
}

TEST_F(EthdevPortTest, ADeviceThatCannotBeAttachedIsNamed) {
  auto port = EthdevPort::open(
      {.name = "tap0", .device = "net_pcap0", .arguments = "rx_pcap=/nonexistent.pcap", .descriptors = 64}, *pool_);
  ASSERT_FALSE(port.has_value());
  EXPECT_THAT(port.error().text(), HasSubstr("tap0"));
  EXPECT_THAT(port.error().text(), HasSubstr("/nonexistent.pcap"));
}

// What a pool must be made for; a ring device's come with the packets.
TEST_F(EthdevPortTest, ADeviceHoldsNoMoreMbufsFromItsStartThanItIsSaidTo) {
  for (const char* device : {"net_null7", "net_ring7"}) {
    auto port = EthdevPort::open({.name = "held", .device = device, .queues = 1}, *pool_);
    ASSERT_TRUE(port.has_value()) << port.error().text();
    EXPECT_LE(rte_mempool_in_use_count(pool_->get()), device_mbufs(device, 1)) << device;
  }
  EXPECT_EQ(device_mbufs("net_null0", 4), 0U);
  EXPECT_EQ(device_mbufs("net_af_packet_eth1", 1), 0U);
  EXPECT_EQ(device_mbufs("net_ring0", 4), 4U * kRxDescriptors);
  EXPECT_EQ(device_mbufs("0000:03:00.0", 2), 2U * kRxDescriptors);
}

TEST_F(EthdevPortTest, EachQueueIsReadByItselfAndAllAreCounted) {
  auto port = EthdevPort::open({.name = "ring", .device = "net_ring1", .queues = 3, .descriptors = 64}, *pool_);
  ASSERT_TRUE(port.has_value()) << port.error().text();
  EXPECT_EQ((*port)->queues(), 3);
  uint16_t id = 0;
  ASSERT_EQ(rte_eth_dev_get_port_by_name("net_ring1", &id), 0);
  for (uint16_t queue = 0; queue < 3; ++queue) {
    std::array<rte_mbuf*, 4> mbufs{};
    for (uint16_t i = 0; i <= queue; ++i) mbufs[i] = rte_pktmbuf_alloc(pool_->get());
    ASSERT_EQ(rte_eth_tx_burst(id, queue, mbufs.data(), queue + 1), queue + 1);
  }
  for (uint16_t queue = 0; queue < 3; ++queue) {
    std::array<rte_mbuf*, 32> mbufs{};
    EXPECT_EQ((*port)->rx_burst(queue, mbufs), queue + 1);
    rte_pktmbuf_free_bulk(mbufs.data(), queue + 1);
  }
  EXPECT_EQ((*port)->counters().received, 6u);
}

TEST_F(EthdevPortTest, MoreQueuesThanTheDeviceHasAreRefusedByTheirNumber) {
  auto port = EthdevPort::open({.name = "tap0", .device = "net_ring2", .queues = 17, .descriptors = 64}, *pool_);
  ASSERT_FALSE(port.has_value());
  EXPECT_THAT(port.error().text(), HasSubstr("tap0: the device has 16 queues, not 17"));
}

TEST_F(EthdevPortTest, AMissingInterfaceIsNamed) {
  auto port = EthdevPort::open_interface("nosuch0", PortId(0), *pool_);
  ASSERT_FALSE(port.has_value());
  EXPECT_THAT(port.error().text(), HasSubstr("nosuch0"));
}

// Sends one datagram to a socket of its own on loopback.
void send_to_self(std::string_view text) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof self;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&self), sizeof self), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&self), &size), 0);
  EXPECT_EQ(::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&self), size),
            static_cast<ssize_t>(text.size()));
  ::close(fd);
}

TEST_F(EthdevPortTest, AKernelInterfaceGivesWhatPassesOverIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "a packet socket needs CAP_NET_RAW";
  auto port = EthdevPort::open_interface("lo", PortId(0), *pool_);
  if (!port) GTEST_SKIP() << port.error().text();
  EXPECT_EQ(rte_mempool_in_use_count(pool_->get()), device_mbufs("net_af_packet_lo", 1));
  constexpr std::string_view kText = "glacis looks at its own loopback";
  send_to_self(kText);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool seen = false;
  while (!seen && std::chrono::steady_clock::now() < deadline) {
    for (const Received& r : take(**port, 32)) {
      const std::string_view frame(reinterpret_cast<const char*>(r.bytes.data()), r.bytes.size());
      seen = seen || frame.ends_with(kText);
    }
  }
  EXPECT_TRUE(seen);
  EXPECT_EQ((*port)->look(), DeviceState::kUp);
  EXPECT_GE((*port)->counters().received, 1u);
}

}  // namespace
}  // namespace glacis
