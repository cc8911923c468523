#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/duplicate/duplicates.h"
#include "dataplane/worker/engine_shape.h"
#include "sensor/config/size.h"

namespace glacis::sensor {

enum class PollMode : uint8_t { kAdaptive, kBusy };
enum class Pacing : uint8_t { kCapture, kPacketsPerSecond, kUnpaced };

struct PortConfig {
  std::string name = {};       // shown in alerts; default: the interface or the capture's base name
  std::string interface = {};  // Linux interface by af_packet; or
  std::string capture = {};    // a file read as if it were a wire
  std::string vdev = {};       // or a DPDK virtual device: "net_ring0"
  std::string pci = {};        // or a card by its PCI address: "0000:03:00.0"
  uint16_t queues = 1;         // vdev, pci: 1, or as many as there are workers
  Duplicates duplicates = Duplicates::kDrop;
  bool loop = false;  // capture: from the start again at its end
  Pacing pace = Pacing::kCapture;
  uint64_t pps = 0;  // kPacketsPerSecond

  // The Linux interface that it reads, also by "net_af_packet0,iface=eth1"; "" for none.
  [[nodiscard]] std::string kernel_interface() const;
  // The DPDK device that it names, without arguments; "" for none.
  [[nodiscard]] std::string device() const;
};

inline constexpr uint32_t kLeastMbufs = 32'768;  // of a pool that is sized by itself: about 80 MiB

struct TlsConfig {
  std::string ca_file, cert_file, key_file;  // all three or none
};

// Everything that sensor.yaml says; see configs/sensor.yaml for the words. Plain data.
struct SensorConfig {
  std::string name;  // default: the host's name
  std::string tap;   // "" = as if every tap saw the traffic
  std::string state_directory = "/var/lib/glacis-sensor";
  std::string control_address;  // "" = without a control plane: the policy on disk
  TlsConfig tls;
  std::string policy_file;  // a compiled policy for a sensor without a control plane
  std::vector<PortConfig> ports;
  uint32_t workers = 1;  // 1-16
  uint32_t burst = 32;   // 1-64
  PollMode poll = PollMode::kAdaptive;
  uint32_t flow_slots = 0;                                 // per worker; 0: by the machine's memory
  bool trust_checksums = false;                            // none is verified
  bool vlan_in_key = true;                                 // flows of one pair of ends on two VLANs are two
  uint32_t mbufs = 0;                                      // 0: as many as can be held at a time, at least kLeastMbufs
  uint64_t stream_depth = kStreamDepth.meaning;            // bytes of one TCP direction that are searched
  uint32_t stream_flows = 4096;                            // searched at a time, per worker
  uint64_t stream_waiting_bytes = kStreamWaiting.meaning;  // per worker, for what waits behind holes
  uint64_t spool_bytes = 256ULL << 20;
  std::string eve_file;  // "" none, "-" stdout
  bool eve_flows = false;

  // Of the port that has most.
  [[nodiscard]] uint16_t most_queues() const;
  // What its workers and ports can hold at a time; `workers` must be in its range.
  [[nodiscard]] MbufNeed mbuf_need() const;
  // Of the pool: `mbufs`, or what auto makes of it.
  [[nodiscard]] uint32_t pool_size() const;
  // Every contradiction and value out of range; empty: fine.
  [[nodiscard]] std::vector<Error> validate() const;
};

// Reads a file. Every fault at once, each with file:line:column; an unknown key with a suggestion.
[[nodiscard]] ExpectedAll<SensorConfig> load_sensor_config(const std::string& file);
[[nodiscard]] ExpectedAll<SensorConfig> parse_sensor_config(const std::string& text, const std::string& file);

}  // namespace glacis::sensor
