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
      "ports: [{name: n, interface: eth1}, {capture: c.pcap, loop: true, pace: 500}]\n"
      "workers: {count: 2, burst: 64, poll: busy, flows: 4096, mbufs: 2048}\n"
      "alerts: {eve: '-', flows: true, spool: 2GiB}\n",
      "s.yaml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->control_address, "h:1");
  EXPECT_EQ(config->tls.key_file, "c");
  ASSERT_EQ(config->ports.size(), 2U);
  EXPECT_EQ(config->ports[1].pps, 500U);
  EXPECT_EQ(config->poll, PollMode::kBusy);
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
  EXPECT_EQ(faults_of("workers: {flows: all}\n").size(), 1U);
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
      testing::ElementsAre("s.yaml: ports[2]: reads a, as ports[0] does (one port for each device)",
                           "s.yaml: ports[3]: reads net_ring0, as ports[1] does (one port for each device)"));
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
              testing::ElementsAre(
                  "s.yaml: ports[0]: has 2 queues and 4 workers read them (as many queues as workers, or one queue)",
                  testing::HasSubstr("ports[1]: only a DPDK device has several queues"),
                  testing::HasSubstr("ports[2]: has 0 queues")));
  EXPECT_THAT(faults_of("ports: [{vdev: net_ring0, queues: 2}]\n"),
              testing::ElementsAre(testing::HasSubstr("has 2 queues and 1 worker reads them")));
  EXPECT_THAT(faults_of("ports: [{vdev: 'net_af_packet0,iface=a', queues: 2}]\nworkers: {count: 2}\n"),
              testing::ElementsAre(testing::HasSubstr("only a DPDK device has several queues")));
}

TEST(SensorConfig, NamesThatControlWouldRefuseAreRefused) {
  EXPECT_THAT(faults_of("name: 'a b/ü'\ntap: \"core\\t1\"\n"),
              testing::ElementsAre("s.yaml: name: 'a b/ü' is no plain name (1 to 128 characters of ASCII, no spaces)",
                                   testing::HasSubstr("s.yaml: tap: ")));
  EXPECT_EQ(faults_of("name: " + std::string(129, 'n') + "\n").size(), 1U);
  EXPECT_EQ(faults_of("name: " + std::string(128, 'n') + "\ntap: t-core/1~!\n").size(), 0U);
}

TEST(SensorConfig, BrokenYamlAndMissingFilesAreErrorsWithAPlace) {
  EXPECT_THAT(faults_of("name: [\n"), testing::ElementsAre(testing::StartsWith("s.yaml:")));
  EXPECT_FALSE(load_sensor_config("/nonexistent/s.yaml"));
}

}  // namespace
}  // namespace glacis::sensor
