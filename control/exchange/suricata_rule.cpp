#include "control/exchange/suricata_rule.h"

#include "control/exchange/applications.h"
#include "control/exchange/one_line.h"
#include "control/exchange/suricata_pattern.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

constexpr uint32_t kFirstSid = 1'000'000, kSids = 1'000'000;
// One alert for two hosts in this time: each packet of a flow matches.
constexpr std::string_view kOnce = "threshold:type limit,track by_both,count 1,seconds 60";

std::string addresses(const AddressBlock& block) {
  if (block.everywhere && block.without.empty()) return "any";
  std::vector<std::string> parts;
  for (const AddressPrefix& prefix : block.within) parts.push_back(prefix_text(prefix));
  for (const AddressPrefix& prefix : block.without) parts.push_back("!" + prefix_text(prefix));
  return '[' + joined(parts, ",") + ']';
}

std::string ports(const std::vector<PortSpan>& spans) {
  if (spans.empty()) return "any";
  std::vector<std::string> parts;
  for (const PortSpan& span : spans) {
    const std::string first = std::to_string(span.first);
    parts.push_back(span.first == span.last ? first : first + ":" + std::to_string(span.last));
  }
  return '[' + joined(parts, ",") + ']';
}

std::string ends(const AddressBlock& from, const AddressBlock& to, const std::vector<PortSpan>& spans, Way way) {
  const std::string client = addresses(from) + " any", server = addresses(to) + " " + ports(spans);
  return way == Way::kToServer ? client + " -> " + server : server + " -> " + client;
}

std::string metadata(const v1::Rule& rule) {
  std::string out = "metadata:owner " + suricata_word(rule.owner());
  for (const std::string& technique : rule.attack()) out += ", attack " + suricata_word(technique);
  return out + ", severity " + severity_word(rule) + ", element " + suricata_word(rule.model() + "/" + rule.element()) +
         ", line " + suricata_word(line_text(rule));
}

}  // namespace

uint32_t Sids::next(const std::string& model, const std::string& element) {
  const uint32_t place = given_[model + "/" + element]++;
  const std::string key = place == 0 ? element : element + "#" + std::to_string(place);
  uint32_t at = ids_.id_for(model, key) % kSids;
  while (!taken_.insert(at).second) at = (at + 1) % kSids;
  return kFirstSid + at;
}

void SuricataRules::add(const Filter& filter, Way way, Looks looks, const SuricataOptions& options) {
  std::vector<std::string> transports;
  for (const Transport t : filter.transports) transports.emplace_back(transport_name(t));
  if (transports.empty() && looks == Looks::kPayload) transports = {"tcp", "udp"};
  if (transports.empty()) transports = {"ip"};
  const std::vector<std::string> apps = filter.apps.empty() ? std::vector<std::string>{""} : filter.apps;
  for (const std::string& transport : transports) {
    for (const AddressBlock& from : filter.from) {
      for (const AddressBlock& to : filter.to) {
        for (const std::string& app : apps) one(transport, ends(from, to, filter.ports, way), way, app, options);
      }
    }
  }
}

void SuricataRules::one(const std::string& transport, const std::string& ends, Way way, const std::string& app,
                        const SuricataOptions& options) {
  std::vector<std::string> out = {"msg:\"" + suricata_text(options.message) + '"'};
  out.push_back(std::string("flow:") + (way == Way::kToServer ? "to_server" : "to_client") +
                (options.established ? ",established" : ""));
  if (!app.empty()) out.push_back("app-layer-protocol:" + std::string(suricata_application(app)));
  out.insert(out.end(), options.matches.begin(), options.matches.end());
  out.emplace_back(options.alerts ? kOnce : "noalert");
  out.push_back(metadata(rule_));
  out.push_back("priority:" + std::to_string(6 - static_cast<int>(rule_.severity())));
  out.push_back("sid:" + std::to_string(sids_.next(rule_.model(), rule_.element())));
  out.emplace_back("rev:1");
  text_ += "alert " + transport + " " + ends + " (" + joined(out, "; ") + ";)\n";
}

}  // namespace glacis::control
