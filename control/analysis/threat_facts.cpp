#include "control/analysis/threat_facts.h"

#include <algorithm>

#include "control/analysis/case_steps.h"

namespace glacis::control {
namespace {

constexpr std::string_view kReadableApps[] = {"http", "ftp",    "telnet", "ldap",   "smtp", "imap",  "pop3",
                                              "dns",  "snmp",   "redis",  "mqtt",   "tftp", "mysql", "postgresql",
                                              "tds",  "modbus", "dnp3",   "syslog", "nfs",  "smb"};
constexpr PortSpan kAdminPorts[] = {{22, 23}, {135, 135}, {445, 445}, {3389, 3389}, {5900, 5900}, {5985, 5986}};

}  // namespace

bool ThreatFacts::readable(const FlowElement& flow) const {
  if (flow.clear) return *flow.clear;
  return std::ranges::any_of(flow.apps, [](const std::string& app) {
    return std::ranges::find(kReadableApps, app) != std::end(kReadableApps);
  });
}

bool ThreatFacts::administers(const FlowElement& flow) const {
  const std::vector<PortSpan> admin(std::begin(kAdminPorts), std::end(kAdminPorts));
  return flow.class_ == "admin" || (!flow.ports.empty() && ports_meet(flow.ports, admin));
}

uint32_t ThreatFacts::least_trust(const EndNames& ends) const {
  uint32_t out = 100;
  for (const ZoneElement* zone : places_.zones(ends)) out = std::min(out, zone->trust);
  return out;
}

uint32_t ThreatFacts::most_trust(const EndNames& ends) const {
  uint32_t out = 0;
  for (const ZoneElement* zone : places_.zones(ends)) out = std::max(out, zone->trust);
  return out;
}

uint32_t ThreatFacts::carried(const FlowElement& flow) const {
  uint32_t out = 0;
  for (const std::string& name : flow.carries) {
    if (const DataElement* data = places_.data(name)) out = std::max(out, data->sensitivity);
  }
  return out;
}

bool ThreatFacts::ends_in(const EndNames& ends, std::string_view kind) const {
  return std::ranges::any_of(ends, [&](const std::string& name) {
    const AssetElement* asset = places_.asset(name);
    return asset != nullptr && asset->kind == kind;
  });
}

std::vector<std::string> ThreatFacts::environments(const EndNames& ends) const {
  std::vector<std::string> out;
  for (const ZoneElement* zone : places_.zones(ends)) {
    if (!zone->env.empty() && std::ranges::find(out, zone->env) == out.end()) out.push_back(zone->env);
  }
  return out;
}

std::vector<const FlowElement*> ThreatFacts::flows_to(const std::string& place) const {
  std::vector<const FlowElement*> out;
  for (const FlowElement& flow : model_.flows) {
    if (places_.meets(flow.to, EndNames{place})) out.push_back(&flow);
  }
  return out;
}

std::vector<const FlowElement*> ThreatFacts::flows_from(const std::string& place) const {
  std::vector<const FlowElement*> out;
  for (const FlowElement& flow : model_.flows) {
    if (places_.meets(flow.from, EndNames{place})) out.push_back(&flow);
  }
  return out;
}

bool ThreatFacts::guarded(const std::string& place) const {
  return std::ranges::any_of(model_.nevers, [&](const NeverElement& never) {
    return !names_nothing(never.to) && places_.meets(never.to, EndNames{place});
  });
}

bool ThreatFacts::egress_guarded(const ZoneElement& zone) const {
  return std::ranges::any_of(model_.nevers, [&](const NeverElement& never) {
    const bool outward = std::ranges::any_of(places_.zones(never.to), [](const ZoneElement* to) { return to->any; });
    return outward && never.carries.empty() && places_.holds(never.from, EndNames{zone.id});
  });
}

bool ThreatFacts::watched(const std::string& place) const {
  return std::ranges::any_of(model_.abuse, [&](const AbuseElement& abuse) {
    return std::ranges::any_of(steps_of(abuse, places_), [&](const CaseStep& step) {
      return !names_nothing(step.traffic.to) && places_.meets(step.traffic.to, EndNames{place});
    });
  });
}

}  // namespace glacis::control
