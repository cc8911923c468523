#include "control/exchange/propose.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "control/exchange/yaml_text.h"

namespace glacis::control {
namespace {

constexpr size_t kMostResponders = 4096, kMostPorts = 65'536;

// Who answered at which port, and how often.
struct Responders {
  std::map<std::string, std::map<uint32_t, uint64_t>> ports;  // by address
  size_t kept = 0;
  uint64_t passed_over = 0;

  void add(const std::string& address, uint32_t port) {
    const auto known = ports.find(address);
    if (known != ports.end() && known->second.contains(port)) {
      ++known->second[port];
    } else if ((known == ports.end() && ports.size() >= kMostResponders) || kept >= kMostPorts) {
      ++passed_over;
    } else {
      ports[address][port] = 1;
      ++kept;
    }
  }
};

using Json = nlohmann::json;

std::string text_of(const Json& record, const char* key) {
  const auto found = record.is_object() ? record.find(key) : record.end();
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

uint64_t number_of(const Json& record, const char* key) {
  const auto found = record.is_object() ? record.find(key) : record.end();
  return found != record.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

bool answered(const Json& record) {
  const auto flow = record.find("flow");
  return flow != record.end() && number_of(*flow, "pkts_toclient") != 0;
}

Responders responders_of(std::string_view records) {
  Responders out;
  for (size_t at = 0; at < records.size();) {
    const size_t end = std::min(records.find('\n', at), records.size());
    const Json record = Json::parse(records.substr(at, end - at), nullptr, false);
    at = end + 1;
    if (text_of(record, "event_type") != "flow" || !answered(record)) continue;
    const std::string address = draft_line(text_of(record, "dest_ip"), 64);
    const uint64_t port = number_of(record, "dest_port");
    if (!address.empty() && port >= 1 && port <= 65'535) out.add(address, static_cast<uint32_t>(port));
  }
  return out;
}

bool covers(const std::vector<PortSpan>& spans, uint32_t port) {
  return std::ranges::any_of(spans, [&](const PortSpan& span) { return span.first <= port && port <= span.last; });
}

// Ports at which the model's flows reach an asset.
std::map<std::string, std::vector<PortSpan>> reached_at(const Model& model) {
  std::map<std::string, std::vector<PortSpan>> out;
  for (const FlowElement& flow : model.flows) {
    for (const std::string& to : flow.to) out[to].insert(out[to].end(), flow.ports.begin(), flow.ports.end());
  }
  return out;
}

std::string ports_text(const std::map<uint32_t, uint64_t>& ports) {
  constexpr size_t kMostShown = 8;
  std::string out;
  size_t shown = 0;
  for (const auto& [port, flows] : ports) {
    if (++shown > kMostShown) return out + ", ...";
    out += (out.empty() ? "" : ", ") + std::to_string(port) + " (" + std::to_string(flows) + " flows)";
  }
  return out;
}

class Proposal {
 public:
  Proposal(const Model& model, const Responders& seen) : model_(model), seen_(seen), reached_(reached_at(model)) {}

  std::string text() {
    std::string out = "name,address\n";
    for (const AssetElement& asset : model_.assets) {
      if (asset.prefixes.empty() && asset.names.empty()) out += line_of(asset.id);
    }
    for (const auto& [address, ports] : seen_.ports) {
      if (!used_.contains(address)) out += "# no asset fits " + address + ": " + ports_text(ports) + "\n";
    }
    if (seen_.passed_over != 0) out += "# " + std::to_string(seen_.passed_over) + " flows more were not looked at\n";
    return out;
  }

 private:
  // Bound ones too: a port at which another asset is reached says nothing.
  [[nodiscard]] bool only_one(const std::string& asset, uint32_t port) const {
    return std::ranges::none_of(reached_,
                                [&](const auto& other) { return other.first != asset && covers(other.second, port); });
  }

  std::string line_of(const std::string& asset) {
    const auto reached = reached_.find(asset);
    if (reached == reached_.end() || reached->second.empty())
      return "# " + asset + ": no flow with a port reaches it\n";
    std::vector<std::string> fits;
    bool certain = true;
    for (const auto& [address, ports] : seen_.ports) {
      for (const auto& [port, flows] : ports) {
        if (!covers(reached->second, port)) continue;
        certain &= only_one(asset, port);
        if (fits.empty() || fits.back() != address) fits.push_back(address);
      }
    }
    if (fits.empty()) return "# " + asset + ": nobody answers at its ports\n";
    used_.insert(fits.begin(), fits.end());
    std::string out;
    for (const std::string& address : fits) {
      const bool sure = certain && fits.size() == 1;
      out += (sure ? "" : "# perhaps ") + asset + "," + address + "," +
             yaml_scalar(ports_text(seen_.ports.at(address))) + "\n";
    }
    return out;
  }

  const Model& model_;
  const Responders& seen_;
  const std::map<std::string, std::vector<PortSpan>> reached_;
  std::set<std::string> used_;
};

}  // namespace

std::string propose_addresses(const Model& model, std::string_view records) {
  const Responders seen = responders_of(records);
  return Proposal(model, seen).text();
}

}  // namespace glacis::control
