#include "sensor/config/sensor_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <map>
#include <string_view>

#include "dataplane/base/plain_name.h"
#include "sensor/config/suggestion.h"
#include "sensor/state/whole_file.h"

namespace glacis::sensor {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;

// A mapping's keys and what each does with its value; collects faults with their place.
class Reader {
 public:
  using Action = std::function<void(const YAML::Node&)>;
  struct Key {
    std::string name;
    Action action;
  };

  Reader(std::string file, std::vector<Error>& faults) : file_(std::move(file)), faults_(faults) {}

  void mapping(const YAML::Node& node, const std::string& what, const std::vector<Key>& keys) {
    if (!node.IsMap()) return fault(node, what + " must be a mapping");
    for (const auto& entry : node) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "?";
      const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
      if (key == keys.end()) {
        fault(entry.first, "unknown key '" + name + "' in " + what, suggestion(name, keys));
      } else {
        key->action(entry.second);
      }
    }
  }

  void text(const YAML::Node& node, std::string& out) {
    if (node.IsScalar()) {
      out = node.Scalar();
    } else {
      fault(node, "expected a text");
    }
  }

  void flag(const YAML::Node& node, bool& out) {
    if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) {
      out = node.Scalar() == "true";
    } else {
      fault(node, "expected true or false");
    }
  }

  template <class T>
  void number(const YAML::Node& node, T& out) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      fault(node, "expected a whole number, not '" + text + "'");
    }
  }

  // "256MiB"; KiB, MiB, GiB.
  void bytes(const YAML::Node& node, uint64_t& out) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
    const int shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : -1;
    if (error != std::errc() || shift < 0 || value > (uint64_t{1} << 33)) {
      return fault(node, "expected a size such as 256MiB, not '" + text + "'");
    }
    out = value << shift;
  }

  void fault(const YAML::Node& node, std::string what, std::string hint = {}) {
    const YAML::Mark mark = node.Mark();
    faults_.push_back({std::move(what),
                       file_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1),
                       std::move(hint)});
  }

 private:
  static std::string suggestion(const std::string& name, const std::vector<Key>& keys) {
    std::vector<std::string> known;
    std::string all = "known keys:";
    for (const Key& key : keys) {
      known.push_back(key.name);
      all += " " + key.name;
    }
    const std::string close = did_you_mean(name, known);
    return close.empty() ? all : close;
  }

  const std::string file_;
  std::vector<Error>& faults_;
};

void read_pace(Reader& reader, const YAML::Node& node, PortConfig& port) {
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

void read_port(Reader& reader, const YAML::Node& node, PortConfig& port) {
  reader.mapping(node, "a port",
                 {{"name", [&](const YAML::Node& n) { reader.text(n, port.name); }},
                  {"interface", [&](const YAML::Node& n) { reader.text(n, port.interface); }},
                  {"capture", [&](const YAML::Node& n) { reader.text(n, port.capture); }},
                  {"vdev", [&](const YAML::Node& n) { reader.text(n, port.vdev); }},
                  {"queues", [&](const YAML::Node& n) { reader.number(n, port.queues); }},
                  {"loop", [&](const YAML::Node& n) { reader.flag(n, port.loop); }},
                  {"pace", [&](const YAML::Node& n) { read_pace(reader, n, port); }}});
}

void read_ports(Reader& reader, const YAML::Node& node, SensorConfig& config) {
  if (!node.IsSequence()) return reader.fault(node, "ports must be a list");
  for (const YAML::Node& item : node) {
    PortConfig port;
    read_port(reader, item, port);
    config.ports.push_back(std::move(port));
  }
}

void read_control(Reader& reader, const YAML::Node& node, SensorConfig& config) {
  const auto tls = [&](const YAML::Node& n) {
    reader.mapping(n, "control.tls",
                   {{"ca", [&](const YAML::Node& m) { reader.text(m, config.tls.ca_file); }},
                    {"cert", [&](const YAML::Node& m) { reader.text(m, config.tls.cert_file); }},
                    {"key", [&](const YAML::Node& m) { reader.text(m, config.tls.key_file); }}});
  };
  reader.mapping(node, "control",
                 {{"address", [&](const YAML::Node& n) { reader.text(n, config.control_address); }}, {"tls", tls}});
}

void read_poll(Reader& reader, const YAML::Node& node, SensorConfig& config) {
  std::string text;
  reader.text(node, text);
  if (text == "busy") {
    config.poll = PollMode::kBusy;
  } else if (text != "adaptive") {
    reader.fault(node, "poll must be adaptive or busy, not '" + text + "'");
  }
}

void read_flows(Reader& reader, const YAML::Node& node, SensorConfig& config) {
  config.flow_slots = 0;
  if (node.IsScalar() && node.Scalar() == "auto") return;
  reader.number(node, config.flow_slots);
  // Inside 0 means auto; written down it is a mistake.
  if (node.IsScalar() && node.Scalar() == "0") reader.fault(node, "flows must be auto or a number from 1024");
}

void read_workers(Reader& reader, const YAML::Node& node, SensorConfig& config) {
  reader.mapping(node, "workers",
                 {{"count", [&](const YAML::Node& n) { reader.number(n, config.workers); }},
                  {"burst", [&](const YAML::Node& n) { reader.number(n, config.burst); }},
                  {"poll", [&](const YAML::Node& n) { read_poll(reader, n, config); }},
                  {"flows", [&](const YAML::Node& n) { read_flows(reader, n, config); }},
                  {"mbufs", [&](const YAML::Node& n) { reader.number(n, config.mbufs); }}});
}

void read_alerts(Reader& reader, const YAML::Node& node, SensorConfig& config) {
  reader.mapping(node, "alerts",
                 {{"eve", [&](const YAML::Node& n) { reader.text(n, config.eve_file); }},
                  {"flows", [&](const YAML::Node& n) { reader.flag(n, config.eve_flows); }},
                  {"spool", [&](const YAML::Node& n) { reader.bytes(n, config.spool_bytes); }}});
}

void read_root(Reader& reader, const YAML::Node& root, SensorConfig& config) {
  reader.mapping(root, "the configuration",
                 {{"name", [&](const YAML::Node& n) { reader.text(n, config.name); }},
                  {"tap", [&](const YAML::Node& n) { reader.text(n, config.tap); }},
                  {"state", [&](const YAML::Node& n) { reader.text(n, config.state_directory); }},
                  {"policy", [&](const YAML::Node& n) { reader.text(n, config.policy_file); }},
                  {"control", [&](const YAML::Node& n) { read_control(reader, n, config); }},
                  {"ports", [&](const YAML::Node& n) { read_ports(reader, n, config); }},
                  {"workers", [&](const YAML::Node& n) { read_workers(reader, n, config); }},
                  {"alerts", [&](const YAML::Node& n) { read_alerts(reader, n, config); }}});
}

void check_range(std::vector<Error>& faults, const char* what, uint64_t value, uint64_t low, uint64_t high) {
  if (value >= low && value <= high) return;
  faults.push_back({std::string(what) + " must be between " + std::to_string(low) + " and " + std::to_string(high) +
                        ", not " + std::to_string(value),
                    "", ""});
}

// Before control refuses it: what is missing is made up later, or is no matter without control.
void check_name(std::vector<Error>& faults, const char* key, const std::string& name) {
  if (name.empty() || is_plain_name(name)) return;
  faults.push_back({"'" + name + "' is no plain name", key, "1 to 128 characters of ASCII, no spaces"});
}

// How many queues the device has is known once it is open.
void check_queues(std::vector<Error>& faults, const PortConfig& port, uint32_t workers, const std::string& where) {
  if (port.queues == 1) return;
  if (port.vdev.empty() || !port.kernel_interface().empty()) {
    faults.push_back({"only a DPDK device has several queues", where,
                      "a capture or an interface has one, which is shared out to all workers"});
  } else if (port.queues != workers) {
    faults.push_back({"has " + std::to_string(port.queues) + " queues and " + std::to_string(workers) +
                          (workers == 1 ? " worker reads them" : " workers read them"),
                      where, "as many queues as workers, or one queue"});
  }
}

// A device can be read once; a capture may stand for several ports.
void check_sources_differ(std::vector<Error>& faults, const std::vector<PortConfig>& ports) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < ports.size(); ++i) {
    std::string device = ports[i].kernel_interface();
    if (device.empty()) device = ports[i].vdev.substr(0, ports[i].vdev.find(','));
    if (device.empty()) continue;
    const auto [other, fresh] = first.emplace(device, i);
    if (fresh) continue;
    faults.push_back({"reads " + device + ", as ports[" + std::to_string(other->second) + "] does",
                      "ports[" + std::to_string(i) + "]", "one port for each device"});
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

uint16_t SensorConfig::most_queues() const {
  uint16_t most = 1;
  for (const PortConfig& port : ports) most = std::max(most, port.queues);
  return most;
}

std::vector<Error> SensorConfig::validate() const {
  std::vector<Error> faults;
  check_name(faults, "name", name);
  check_name(faults, "tap", tap);
  check_range(faults, "workers.count", workers, 1, 16);
  check_range(faults, "workers.burst", burst, 1, 64);
  if (flow_slots != 0) check_range(faults, "workers.flows", flow_slots, 1024, 1U << 26);
  check_range(faults, "workers.mbufs", mbufs, 1024, 1U << 22);
  if (ports.size() > 16) faults.push_back({"at most 16 ports", "ports", ""});
  for (size_t i = 0; i < ports.size(); ++i) {
    const PortConfig& port = ports[i];
    check_queues(faults, port, workers, "ports[" + std::to_string(i) + "]");
    const int sources = !port.interface.empty() + !port.capture.empty() + !port.vdev.empty();
    if (sources != 1) {
      faults.push_back(
          {"a port needs exactly one of interface, capture and vdev", "ports[" + std::to_string(i) + "]", ""});
    }
    if (port.pace == Pacing::kPacketsPerSecond && port.pps == 0) {
      faults.push_back({"pace must be above 0 packets per second", "ports[" + std::to_string(i) + "]", ""});
    }
  }
  check_sources_differ(faults, ports);
  const int tls_files = !tls.ca_file.empty() + !tls.cert_file.empty() + !tls.key_file.empty();
  if (tls_files != 0 && tls_files != 3) {
    faults.push_back({"control.tls needs ca, cert and key", "control.tls", ""});
  }
  if (state_directory.empty()) faults.push_back({"state must name a directory", "state", ""});
  return faults;
}

ExpectedAll<SensorConfig> parse_sensor_config(const std::string& text, const std::string& file) {
  std::vector<Error> faults;
  SensorConfig config;
  try {
    const YAML::Node root = YAML::Load(text);
    Reader reader(file, faults);
    if (!root.IsNull()) read_root(reader, root, config);
  } catch (const YAML::Exception& e) {
    faults.push_back(
        {e.msg, file + ":" + std::to_string(e.mark.line + 1) + ":" + std::to_string(e.mark.column + 1), ""});
  }
  if (faults.empty()) {
    faults = config.validate();
    for (Error& fault : faults) {
      fault.where = fault.where.empty() ? file : file + ": " + fault.where;
    }
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return config;
}

ExpectedAll<SensorConfig> load_sensor_config(const std::string& file) {
  const auto text = read_whole_file("the configuration", file, kMostBytes);
  if (!text) return std::unexpected(std::vector<Error>{text.error()});
  return parse_sensor_config(*text, file);
}

}  // namespace glacis::sensor
