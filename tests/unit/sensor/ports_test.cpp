#include "sensor/runtime/ports.h"

#include <gmock/gmock.h>

namespace glacis::sensor {
namespace {

using testing::HasSubstr;

TEST(PortNames, ComeFromTheConfigurationElseFromTheSource) {
  EXPECT_EQ(port_name({.name = "tap0", .interface = "eth1"}), "tap0");
  EXPECT_EQ(port_name({.interface = "eth1"}), "eth1");
  EXPECT_EQ(port_name({.capture = "/var/captures/day.pcap"}), "day.pcap");
  EXPECT_EQ(port_name({.capture = "day.pcap"}), "day.pcap");
  EXPECT_EQ(port_name({.vdev = "net_null0,size=64"}), "net_null0");
}

TEST(PortOptions, ADeviceAndItsArgumentsAreToldApart) {
  const EthdevOptions options = ethdev_options({.name = "n", .vdev = "net_pcap0,rx_pcap=a,infinite_rx=1"}, PortId(3));
  EXPECT_EQ(options.name, "n");
  EXPECT_EQ(options.device, "net_pcap0");
  EXPECT_EQ(options.arguments, "rx_pcap=a,infinite_rx=1");
  EXPECT_EQ(options.interface, "");
  EXPECT_EQ(options.id, PortId(3));
  EXPECT_EQ(ethdev_options({.vdev = "net_ring0"}, PortId(0)).arguments, "");
  EXPECT_EQ(ethdev_options({.vdev = "net_ring0", .queues = 4}, PortId(0)).queues, 4);
}

TEST(PortOptions, ThePacketSocketOfAVirtualDeviceIsWatchedToo) {
  const PortConfig config{.vdev = "net_af_packet0,framecnt=1024,iface=eth1,blocksz=4096"};
  EXPECT_EQ(ethdev_options(config, PortId(0)).interface, "eth1");
  EXPECT_EQ(ethdev_options({.vdev = "net_af_packet0,iface=eth2"}, PortId(0)).interface, "eth2");
}

TEST(PortOptions, ACapturePlaysAsAWireWould) {
  PortConfig config{.capture = "c.pcap"};
  EXPECT_EQ(capture_options(config, PortId(2)).pace, Pace::kCaptureTiming);
  EXPECT_EQ(capture_options(config, PortId(2)).loops, 1U);
  EXPECT_TRUE(capture_options(config, PortId(2)).stamp_now);
  EXPECT_EQ(capture_options(config, PortId(2)).id, PortId(2));
  config.loop = true;
  config.pace = Pacing::kPacketsPerSecond;
  config.pps = 500;
  const CaptureOptions options = capture_options(config, PortId(2));
  EXPECT_EQ(options.loops, 0U);
  EXPECT_EQ(options.pace, Pace::kPacketsPerSecond);
  EXPECT_EQ(options.packets_per_s, 500U);
  config.pace = Pacing::kUnpaced;
  EXPECT_EQ(capture_options(config, PortId(2)).pace, Pace::kAsFastAsPossible);
}

TEST(OffloadWarning, NamesPortOffloadsAndTheCommandAgainstThem) {
  EXPECT_EQ(offload_warning("tap0", "eth1", {}), "");
  const std::string text = offload_warning("tap0", "eth1", {"tso", "tx"});
  EXPECT_THAT(text, HasSubstr("port tap0"));
  EXPECT_THAT(text, HasSubstr("the offloads tso, tx of eth1"));
  EXPECT_THAT(text, testing::EndsWith(": ethtool -K eth1 tso off tx off"));
}

}  // namespace
}  // namespace glacis::sensor
