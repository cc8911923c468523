#include "sensor/config/sensor_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

#include "dataplane/port/device_mbufs.h"
#include "sensor/config/validate.h"
#include "sensor/config/yaml_reader.h"
#include "sensor/state/whole_file.h"

namespace glacis::sensor {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;

void read_pace(YamlReader& reader, const YAML::Node& node, PortConfig& port) {
  std::string text;
  reader.text(node, text);
  if (text == "capture") {
    port.pace = Pacing::kCapture;
  } else if (text == "none") {
    port.pace = Pacing::kUnpaced;
  } else {
    port.pace = Pacing::kPacketsPerSecond;
    reader.number(node, port.pps);
  }
}

// One of these words; else a fault that names them.
template <class T>
void read_choice(YamlReader& reader, const YAML::Node& node, const std::string& what,
                 std::initializer_list<std::pair<std::string_view, T>> choices, T& out) {
  std::string text, words;
  reader.text(node, text);
  size_t left = choices.size();
  for (const auto& [word, value] : choices) {
    if (word == text) {
      out = value;
      return;
    }
    words += std::string(word) + (--left > 1 ? ", " : left == 1 ? " or " : "");
  }
  reader.fault(node, what + " must be " + words + ", not '" + text + "'");
}

void read_port(YamlReader& reader, const YAML::Node& node, PortConfig& port) {
  reader.mapping(node, "a port",
                 {{"name", [&](const YAML::Node& n) { reader.text(n, port.name); }},
                  {"interface", [&](const YAML::Node& n) { reader.text(n, port.interface); }},
                  {"capture", [&](const YAML::Node& n) { reader.text(n, port.capture); }},
                  {"vdev", [&](const YAML::Node& n) { reader.text(n, port.vdev); }},
                  {"pci", [&](const YAML::Node& n) { reader.text(n, port.pci); }},
                  {"queues", [&](const YAML::Node& n) { reader.number(n, port.queues); }},
                  {"duplicates",
                   [&](const YAML::Node& n) {
                     read_choice<Duplicates>(
                         reader, n, "duplicates",
                         {{"drop", Duplicates::kDrop}, {"count", Duplicates::kCount}, {"ignore", Duplicates::kIgnore}},
                         port.duplicates);
                   }},
                  {"loop", [&](const YAML::Node& n) { reader.flag(n, port.loop); }},
                  {"pace", [&](const YAML::Node& n) { read_pace(reader, n, port); }}});
}

void read_ports(YamlReader& reader, const YAML::Node& node, SensorConfig& config) {
  reader.list(node, "ports", [&](const YAML::Node& item) {
    PortConfig port;
    read_port(reader, item, port);
    config.ports.push_back(std::move(port));
  });
}

void read_control(YamlReader& reader, const YAML::Node& node, SensorConfig& config) {
  const auto tls = [&](const YAML::Node& n) {
    reader.mapping(n, "control.tls",
                   {{"ca", [&](const YAML::Node& m) { reader.text(m, config.tls.ca_file); }},
                    {"cert", [&](const YAML::Node& m) { reader.text(m, config.tls.cert_file); }},
                    {"key", [&](const YAML::Node& m) { reader.text(m, config.tls.key_file); }}});
  };
  reader.mapping(node, "control",
                 {{"address", [&](const YAML::Node& n) { reader.text(n, config.control_address); }}, {"tls", tls}});
}

// Inside 0 means auto; written down it is a mistake.
void read_number_or_auto(YamlReader& reader, const YAML::Node& node, const std::string& what, uint32_t& out) {
  out = 0;
  if (node.IsScalar() && node.Scalar() == "auto") return;
  reader.number(node, out);
  if (node.IsScalar() && node.Scalar() == "0") reader.fault(node, what + " must be auto or a number from 1024");
}

void read_workers(YamlReader& reader, const YAML::Node& node, SensorConfig& config) {
  reader.mapping(node, "workers",
                 {{"count", [&](const YAML::Node& n) { reader.number(n, config.workers); }},
                  {"burst", [&](const YAML::Node& n) { reader.number(n, config.burst); }},
                  {"poll",
                   [&](const YAML::Node& n) {
                     read_choice<PollMode>(reader, n, "poll",
                                           {{"adaptive", PollMode::kAdaptive}, {"busy", PollMode::kBusy}}, config.poll);
                   }},
                  {"flows", [&](const YAML::Node& n) { read_number_or_auto(reader, n, "flows", config.flow_slots); }},
                  {"mbufs", [&](const YAML::Node& n) { read_number_or_auto(reader, n, "mbufs", config.mbufs); }}});
}

void read_decode(YamlReader& reader, const YAML::Node& node, SensorConfig& config) {
  const auto checksums = [&](const YAML::Node& n) {
    read_choice<bool>(reader, n, "checksums", {{"verify", false}, {"trust", true}}, config.trust_checksums);
  };
  reader.mapping(
      node, "decode",
      {{"checksums", checksums}, {"vlan_in_key", [&](const YAML::Node& n) { reader.flag(n, config.vlan_in_key); }}});
}

void read_streams(YamlReader& reader, const YAML::Node& node, SensorConfig& config) {
  reader.mapping(
      node, "streams",
      {{"depth", [&](const YAML::Node& n) { reader.size(n, kStreamDepth, config.stream_depth); }},
       {"flows", [&](const YAML::Node& n) { reader.number(n, config.stream_flows); }},
       {"waiting", [&](const YAML::Node& n) { reader.size(n, kStreamWaiting, config.stream_waiting_bytes); }}});
}

void read_alerts(YamlReader& reader, const YAML::Node& node, SensorConfig& config) {
  reader.mapping(node, "alerts",
                 {{"eve", [&](const YAML::Node& n) { reader.text(n, config.eve_file); }},
                  {"flows", [&](const YAML::Node& n) { reader.flag(n, config.eve_flows); }},
                  {"spool", [&](const YAML::Node& n) { reader.bytes(n, config.spool_bytes); }}});
}

void read_root(YamlReader& reader, const YAML::Node& root, SensorConfig& config) {
  reader.mapping(root, "the configuration",
                 {{"name", [&](const YAML::Node& n) { reader.text(n, config.name); }},
                  {"tap", [&](const YAML::Node& n) { reader.text(n, config.tap); }},
                  {"state", [&](const YAML::Node& n) { reader.text(n, config.state_directory); }},
                  {"policy", [&](const YAML::Node& n) { reader.text(n, config.policy_file); }},
                  {"control", [&](const YAML::Node& n) { read_control(reader, n, config); }},
                  {"ports", [&](const YAML::Node& n) { read_ports(reader, n, config); }},
                  {"workers", [&](const YAML::Node& n) { read_workers(reader, n, config); }},
                  {"decode", [&](const YAML::Node& n) { read_decode(reader, n, config); }},
                  {"streams", [&](const YAML::Node& n) { read_streams(reader, n, config); }},
                  {"alerts", [&](const YAML::Node& n) { read_alerts(reader, n, config); }}});
}

// What is wrong with the values that could be read; what compares several, only when all could be.
void check(const SensorConfig& config, YamlReader& reader) {
  std::vector<Error> found = faults_of_values(config);
  std::erase_if(found, [&](const Error& fault) { return reader.misread(fault.where); });
  if (reader.faults().empty()) std::ranges::move(faults_between(config), std::back_inserter(found));
  for (Error& fault : found) {
    fault.where = reader.place(fault.where);
    reader.faults().push_back(std::move(fault));
  }
}

}  // namespace

std::string PortConfig::kernel_interface() const {
  constexpr std::string_view kKey = ",iface=";
  if (!interface.empty() || !vdev.starts_with("net_af_packet")) return interface;
  const size_t at = vdev.find(kKey);
  if (at == std::string::npos) return "";
  const size_t from = at + kKey.size();
  return vdev.substr(from, vdev.find(',', from) - from);
}

std::string PortConfig::device() const { return pci.empty() ? vdev.substr(0, vdev.find(',')) : pci; }

uint16_t SensorConfig::most_queues() const {
  uint16_t most = 1;
  for (const PortConfig& port : ports) most = std::max(most, port.queues);
  return most;
}

MbufNeed SensorConfig::mbuf_need() const {
  MbufNeed out =
      glacis::mbuf_need(static_cast<uint16_t>(workers), most_queues(), static_cast<uint16_t>(burst), kPacketRing);
  for (const PortConfig& port : ports) {
    const bool copied = !port.interface.empty() || port.device().empty();
    out.devices += copied ? 0 : device_mbufs(port.device(), port.queues);
  }
  return out;
}

uint32_t SensorConfig::pool_size() const {
  constexpr uint64_t kStep = 1024;
  if (mbufs != 0) return mbufs;
  return static_cast<uint32_t>(std::max<uint64_t>((mbuf_need().total() + kStep - 1) / kStep * kStep, kLeastMbufs));
}

std::vector<Error> SensorConfig::validate() const {
  std::vector<Error> faults = faults_of_values(*this);
  std::ranges::move(faults_between(*this), std::back_inserter(faults));
  return faults;
}

ExpectedAll<SensorConfig> parse_sensor_config(const std::string& text, const std::string& file) {
  YamlReader reader(file);
  SensorConfig config;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsNull()) read_root(reader, root, config);
    check(config, reader);
  } catch (const YAML::Exception& e) {
    reader.faults().push_back(
        {e.msg, file + ":" + std::to_string(e.mark.line + 1) + ":" + std::to_string(e.mark.column + 1), ""});
  }
  if (!reader.faults().empty()) return std::unexpected(std::move(reader.faults()));
  return config;
}

ExpectedAll<SensorConfig> load_sensor_config(const std::string& file) {
  const auto text = read_whole_file("the configuration", file, kMostBytes);
  if (!text) return std::unexpected(std::vector<Error>{text.error()});
  return parse_sensor_config(*text, file);
}

}  // namespace glacis::sensor
