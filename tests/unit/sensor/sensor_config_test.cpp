#include "sensor/config/sensor_config.h"

#include <gmock/gmock.h>

namespace glacis::sensor {
namespace {

std::vector<std::string> faults_of(const std::string& text) {
  const auto config = parse_sensor_config(text, "s.yaml");
  std::vector<std::string> out;
  if (config) return out;
  for (const Error& fault : config.error()) out.push_back(fault.text());
  return out;
}

TEST(SensorConfig, ReadsEveryKey) {
  const auto config = parse_sensor_config(
      "name: s1\ntap: t\nstate: /tmp/s\npolicy: p.bin\n"
      "control: {address: 'h:1', tls: {ca: a, cert: b, key: c}}\n"
      "ports: [{name: n, interface: eth1, duplicates: count}, {capture: c.pcap, loop: true, pace: 500}]\n"
      "workers: {count: 2, burst: 64, poll: busy, flows: 4096, mbufs: 16384}\n"
      "decode: {checksums: trust, vlan_in_key: false}\n"
      "streams: {depth: 1MiB, flows: 8192, waiting: 32MiB}\n"
      "alerts: {eve: '-', flows: true, spool: 2GiB}\n",
      "s.yaml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->control_address, "h:1");
  EXPECT_EQ(config->tls.key_file, "c");
  ASSERT_EQ(config->ports.size(), 2U);
  EXPECT_EQ(config->ports[0].duplicates, Duplicates::kCount);
  EXPECT_EQ(config->ports[1].duplicates, Duplicates::kDrop);
  EXPECT_EQ(config->ports[1].pps, 500U);
  EXPECT_EQ(config->poll, PollMode::kBusy);
  EXPECT_TRUE(config->trust_checksums);
  EXPECT_FALSE(config->vlan_in_key);
  EXPECT_EQ(config->stream_depth, 1U << 20);
  EXPECT_EQ(config->stream_flows, 8192U);
  EXPECT_EQ(config->stream_waiting_bytes, 32U << 20);
  EXPECT_EQ(config->spool_bytes, 2ULL << 30);
}

TEST(SensorConfig, ShippedFileIsFine) {
  const auto config = load_sensor_config(GLACIS_SOURCE "/configs/sensor.yaml");
  EXPECT_TRUE(config) << config.error().front().text();
}

TEST(SensorConfig, UnknownKeysAreNamedWithTheirPlaceAndASuggestion) {
  EXPECT_THAT(
      faults_of("name: a\nworkers:\n  cuont: 2\nzzzzzzz: 1\n"),
      testing::ElementsAre("s.yaml:3:3: unknown key 'cuont' in workers (did you mean 'count'?)",
                           testing::StartsWith("s.yaml:4:1: unknown key 'zzzzzzz' in the configuration (known keys:")));
}

TEST(SensorConfig, AllFaultsAreToldAtOnce) {
  EXPECT_EQ(faults_of("workers: {count: many, poll: maybe}\nports: 3\nalerts: {flows: 1}\n").size(), 4U);
}

TEST(SensorConfig, FlowsAreANumberOrLeftToTheMachine) {
  EXPECT_TRUE(faults_of("workers: {flows: auto}\n").empty());
  EXPECT_THAT(faults_of("workers: {flows: 0}\n"),
              testing::ElementsAre("s.yaml:1:18: flows must be auto or a number from 1024"));
  EXPECT_EQ(faults_of("workers: {flows: 1023}\n").size(), 1U);
  EXPECT_THAT(faults_of("ports: [{capture: a, duplicates: maybe}]\n"),
              testing::ElementsAre("s.yaml:1:34: duplicates must be drop, count or ignore, not 'maybe'"));
  EXPECT_THAT(faults_of("decode: {checksums: maybe}\n"),
              testing::ElementsAre("s.yaml:1:21: checksums must be verify or trust, not 'maybe'"));
  EXPECT_EQ(faults_of("workers: {flows: all}\n").size(), 1U);
}

TEST(SensorConfig, StreamsAreSearchedToTheirEndUnlessADepthIsNamed) {
  const auto config = parse_sensor_config("streams: {depth: unlimited, waiting: auto}\n", "s.yaml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->stream_depth, UINT64_MAX);
  EXPECT_EQ(config->stream_flows, 4096U);
  EXPECT_EQ(config->stream_waiting_bytes, 0U) << "by the number of flows";
}

TEST(SensorConfig, StreamsOutOfRangeAreRefused) {
  EXPECT_THAT(faults_of("streams: {depth: 1023, flows: 15, waiting: 1023KiB}\n"),
              testing::ElementsAre("s.yaml:1:18: expected unlimited or a size from 1KiB to 1024GiB, not '1023'",
                                   "s.yaml:1:44: expected auto or a size from 1MiB to 4GiB, not '1023KiB'",
                                   "s.yaml:1:31: streams.flows: must be between 16 and 1048576, not 15"));
  EXPECT_THAT(faults_of("streams: {depht: 1MiB}\n"),
              testing::ElementsAre("s.yaml:1:11: unknown key 'depht' in streams (did you mean 'depth'?)"));
  for (const char* depth : {"0KiB", "1025GiB", "-1KiB", "1 MiB", "99999999999999999999GiB", "[1KiB]", "''"}) {
    EXPECT_EQ(faults_of(std::string("streams: {depth: ") + depth + "}\n").size(), 1U) << depth;
  }
}

TEST(SensorConfig, ContradictionsAreRefused) {
  EXPECT_EQ(faults_of("workers: {count: 0, burst: 65}\n").size(), 2U);
  EXPECT_EQ(faults_of("ports: [{interface: a, capture: b}]\n").size(), 1U);
  EXPECT_EQ(faults_of("ports: [{name: a}]\n").size(), 1U);
  EXPECT_EQ(faults_of("control: {tls: {ca: a}}\n").size(), 1U);
  EXPECT_EQ(faults_of("ports: [{capture: a}, {capture: a}]\n").size(), 0U);
  EXPECT_THAT(
      faults_of(
          "ports: [{interface: a}, {vdev: net_ring0}, {vdev: 'net_af_packet7,iface=a'}, {vdev: 'net_ring0,x=1'}]\n"),
      testing::ElementsAre("s.yaml:1:44: ports[2]: reads a, as ports[0] does (one port for each device)",
                           "s.yaml:1:78: ports[3]: reads net_ring0, as ports[1] does (one port for each device)"));
}

TEST(SensorConfig, QueuesAreThoseOfADeviceOneForEachWorker) {
  const auto config = parse_sensor_config(
      "ports: [{vdev: net_ring0, queues: 4}, {interface: eth1}, {vdev: net_ring1}]\nworkers: {count: 4}\n", "s.yaml");
  ASSERT_TRUE(config) << config.error().front().text();
  EXPECT_EQ(config->ports[0].queues, 4);
  EXPECT_EQ(config->ports[2].queues, 1);
  EXPECT_EQ(config->most_queues(), 4);
  EXPECT_THAT(faults_of("ports: [{vdev: net_ring0, queues: 2}, {interface: eth1, queues: 4}, {vdev: a, queues: 0}]\n"
                        "workers: {count: 4}\n"),
              testing::ElementsAre(testing::HasSubstr("ports[1]: only a DPDK device has several queues"),
                                   testing::HasSubstr("ports[2]: has 0 queues"),
                                   "s.yaml:1:9: ports[0]: has 2 queues and 4 workers read them (as many queues as "
                                   "workers, or one queue)"));
  EXPECT_THAT(faults_of("ports: [{vdev: net_ring0, queues: 2}]\n"),
              testing::ElementsAre(testing::HasSubstr("has 2 queues and 1 worker reads them")));
  EXPECT_THAT(faults_of("ports: [{vdev: 'net_af_packet0,iface=a', queues: 2}]\nworkers: {count: 2}\n"),
              testing::ElementsAre(testing::HasSubstr("only a DPDK device has several queues")));
}

TEST(SensorConfig, NamesThatControlWouldRefuseAreRefused) {
  EXPECT_THAT(
      faults_of("name: 'a b/ü'\ntap: \"core\\t1\"\n"),
      testing::ElementsAre("s.yaml:1:7: name: 'a b/ü' is no plain name (1 to 128 characters of ASCII, no spaces)",
                           testing::HasSubstr("s.yaml:2:6: tap: ")));
  EXPECT_EQ(faults_of("name: " + std::string(129, 'n') + "\n").size(), 1U);
  EXPECT_EQ(faults_of("name: " + std::string(128, 'n') + "\ntap: t-core/1~!\n").size(), 0U);
}

TEST(SensorConfig, WhatIsOutOfRangeIsToldBesideWhatCannotBeRead) {
  EXPECT_THAT(
      faults_of("workers: {count: 99, burst: many}\nports: [{name: a}, {interface: b, loop: maybe}]\n"),
      testing::ElementsAre("s.yaml:1:29: expected a whole number, not 'many'", "s.yaml:2:41: expected true or false",
                           "s.yaml:1:18: workers.count: must be between 1 and 16, not 99",
                           "s.yaml:2:9: ports[0]: a port needs exactly one of interface, capture, vdev and pci"));
}

// A misspelt source is no missing source, and workers that could not be counted are not too few.
TEST(SensorConfig, WhatOnlyFollowsFromAnotherFaultIsNotTold) {
  EXPECT_EQ(faults_of("ports: [{interfce: eth1}]\n").size(), 1U);
  EXPECT_EQ(faults_of("ports: [{vdev: net_ring0, queues: 4}]\nworkers: {count: four}\n").size(), 1U);
}

TEST(SensorConfig, APoolThatIsTooSmallIsNamedWithItsPlaceAndTheLeastThatIsNeeded) {
  EXPECT_THAT(faults_of("ports: [{vdev: net_ring0}]\nworkers:\n  count: 4\n  mbufs: 8192\n"),
              testing::ElementsAre("s.yaml:4:10: workers.mbufs: 8192 are too few, at least 19872 are needed: 1024 in "
                                   "receive rings, 16384 in rings between threads, 160 in bursts, 2304 in caches of "
                                   "cores (auto takes as many as are needed)"));
  EXPECT_EQ(faults_of("ports: [{vdev: net_ring0}]\nworkers: {count: 4, mbufs: 19871}\n").size(), 1U);
  EXPECT_EQ(faults_of("ports: [{vdev: net_ring0}]\nworkers: {count: 4, mbufs: 19872}\n").size(), 0U);
  // One more for each descriptor of each queue.
  EXPECT_THAT(faults_of("ports: [{vdev: net_ring0, queues: 4}, {pci: '0000:03:00.0', queues: 4}]\n"
                        "workers: {count: 4, mbufs: 26000}\n"),
              testing::ElementsAre(testing::HasSubstr("at least 26620 are needed: 8192 in receive rings, 16380 in")));
  EXPECT_EQ(faults_of("workers: {mbufs: 1024}\nports: [{interface: a}]\n").size(), 0U);
}

TEST(SensorConfig, APoolThatIsLeftToTheSensorHoldsWhatIsNeeded) {
  const auto pool_of = [](const std::string& text) {
    const auto config = parse_sensor_config(text, "s.yaml");
    EXPECT_TRUE(config);
    EXPECT_GE(config->pool_size(), config->mbuf_need().total());
    return config->pool_size();
  };
  EXPECT_EQ(pool_of(""), kLeastMbufs);
  EXPECT_EQ(pool_of("workers: {mbufs: auto}\n"), kLeastMbufs);
  EXPECT_EQ(pool_of("workers: {count: 16}\nports: [{vdev: net_ring0}]\n"), 74'752U);
  EXPECT_EQ(pool_of("workers: {count: 1, mbufs: 5000}\n"), 5000U);
  EXPECT_THAT(faults_of("workers: {mbufs: 0}\n"),
              testing::ElementsAre("s.yaml:1:18: mbufs must be auto or a number from 1024"));
}

TEST(SensorConfig, ACardIsNamedByItsPciAddress) {
  const auto config = parse_sensor_config("ports: [{pci: '0000:03:00.1', queues: 2}]\nworkers: {count: 2}\n", "s.yaml");
  ASSERT_TRUE(config) << config.error().front().text();
  EXPECT_EQ(config->ports[0].device(), "0000:03:00.1");
  for (const char* wrong :
       {"03:00.0", "0000:03:00.8", "0000:3:00.0", "0000:03:0G.0", "0000:03:00.00", "0000:0C:00.0"}) {
    EXPECT_THAT(faults_of("ports: [{pci: '" + std::string(wrong) + "'}]\n"),
                testing::ElementsAre("s.yaml:1:9: ports[0]: '" + std::string(wrong) +
                                     "' is no PCI address (such as 0000:03:00.0; lspci -D shows them)"));
  }
  EXPECT_THAT(faults_of("ports: [{pci: '0000:03:00.0'}, {pci: '0000:03:00.0'}]\n"),
              testing::ElementsAre(testing::HasSubstr("ports[1]: reads 0000:03:00.0, as ports[0] does")));
}

TEST(SensorConfig, BrokenYamlAndMissingFilesAreErrorsWithAPlace) {
  EXPECT_THAT(faults_of("name: [\n"), testing::ElementsAre(testing::StartsWith("s.yaml:")));
  EXPECT_FALSE(load_sensor_config("/nonexistent/s.yaml"));
}

}  // namespace
}  // namespace glacis::sensor
