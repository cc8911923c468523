#include <algorithm>
#include <optional>
#include <utility>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/value.h"

namespace glacis::control {

void ModelParser::ports(const YamlTree& top) {
  const YamlTree* tree = top.find("ports");
  if (tree == nullptr) return;
  if (tree->kind != YamlTree::Kind::kMap)
    error("bad-element", "'ports' must be names and their ports", "ports: {admin: [22, 3389]}", tree->at);
  for (const auto& [name, value] : tree->entries) {
    names_.declare(name.text, kPortGroupName, name.at);
    std::vector<PortSpan>& out = port_groups_[name.text];
    const std::vector<YamlTree> items =
        value.kind == YamlTree::Kind::kList ? value.items : std::vector<YamlTree>{value};
    for (const YamlTree& item : items) {
      if (const auto spans = port_spans(item.text)) {
        out.insert(out.end(), spans->begin(), spans->end());
      } else {
        error("bad-port", "'" + item.text + "' is not a port", "a number to 65535 or a range such as 5985-5986",
              item.at.line != 0 ? item.at : name.at);
      }
    }
  }
}

void ModelParser::hours(const YamlTree& top) {
  const YamlTree* tree = top.find("hours");
  if (tree == nullptr) return;
  ElementReader r = open("hours", "hours", *tree, tree->at);
  const std::string zone = r.text("tz", "UTC");
  if (is_time_zone(zone)) {
    time_zone_ = zone;
  } else {
    error("bad-time-zone", "'" + zone + "' is not a time zone", "a name such as Europe/Berlin", r.at("tz"));
  }
  if (!days_mask(r.text("days", "mon-sun"))) error("bad-days", "'days' must be such as mon-fri", "", r.at("days"));
  if (r.has("time") && !hours_span(r.text("time")))
    error("bad-hours", "'time' must be such as \"07:00-19:00\"", "", r.at("time"));
}

void ModelParser::tap(ElementReader& r, TapElement& out) {
  out.sensors = r.list("sensors");
  out.inside = r.list("inside");
  const YamlTree* pairs = r.find("not");
  if (pairs == nullptr) return;
  if (pairs->kind != YamlTree::Kind::kList)
    error("bad-value", "'not' lists pairs of zones", "not: [[cloud, partner]]", pairs->at);
  for (const YamlTree& pair : pairs->items) {
    if (pair.items.size() != 2) {
      error("bad-value", "'not' lists pairs of zones", "not: [[cloud, partner]]", pair.at);
      continue;
    }
    out.without.emplace_back(pair.items[0].text, pair.items[1].text);
    for (const YamlTree& zone : pair.items) names_.refer({zone.text, zone.at}, kZoneName);
  }
}

std::vector<AddressPrefix> ModelParser::prefixes(ElementReader& r, bool& any) {
  std::vector<AddressPrefix> out;
  for (const Word& word : r.words("addr")) {
    if (word.text == "any") {
      any = true;
      continue;
    }
    const auto prefix = address_prefix(word.text);
    if (!prefix) {
      error("bad-address", "'" + word.text + "' is not an address or prefix", "10.1.0.0/16, fd00:1::/48 or any",
            word.at);
    } else if (!is_canonical(*prefix)) {
      error("bad-address", "'" + word.text + "' has bits set beyond its length", "clear them, or write a longer length",
            word.at);
    } else if (prefix->bytes.size() == 16 &&
               contains(*prefix, {std::string(10, '\0') + "\xff\xff" + std::string(4, '\0'), 96, ""})) {
      error("bad-address", "'" + word.text + "' covers IPv4 too", "2000::/3 is global IPv6; any is both", word.at);
    } else {
      out.push_back(*prefix);
    }
  }
  return out;
}

void ModelParser::zone(ElementReader& r, ZoneElement& out) {
  if (!r.has("trust")) error("missing-key", "'trust' is missing", "0 (the internet) to 100", r.at());
  out.trust = r.number("trust", 0, 100, 50);
  out.env = r.text("env");
  out.flat = r.flag("flat");
  out.stack = r.choice("stack", Vocabulary::kStack);
  out.prefixes = prefixes(r, out.any);
  out.taps = r.list("taps");
  for (const std::string_view key : {"tap", "vlan", "vni"}) {
    if (r.has(key)) out.apart += std::string(key) + " " + r.text(key) + " ";
  }
  (void)r.number("vlan", 1, 4094, 0);
  (void)r.number("vni", 0, (1u << 24) - 1, 0);
}

void ModelParser::asset(ElementReader& r, AssetElement& out) {
  out.kind = r.text("kind");
  out.zone = r.required("zone", "the zone that it is in");
  bool any = false;
  out.prefixes = prefixes(r, any);
  if (any)
    error("bad-address", "an asset cannot be any address",
          "its addresses, or none for what no other asset of its zone claims", r.at("addr"));
  out.names = r.list("name");
  out.holds = r.list("holds");
  out.exposed = r.flag("exposed");
  out.stack = r.choice("stack", Vocabulary::kStack);
  (void)r.number("value", 1, 5, 1);
}

void ModelParser::boundary(ElementReader& r, BoundaryElement& out) {
  out.from = r.required("from", "the zone in which crossings start");
  out.to = r.required("to", "the zone that they reach");
  out.says = r.sentence("says");
  out.unmodelled = r.choice("default", Vocabulary::kUnmodelled);
  out.severity = r.choice("severity", Vocabulary::kSeverity);
}

std::vector<PortSpan> ModelParser::port_list(ElementReader& r) {
  std::vector<PortSpan> out;
  for (const Word& word : r.words("port")) {
    if (const auto group = port_groups_.find(word.text); group != port_groups_.end()) {
      out.insert(out.end(), group->second.begin(), group->second.end());
      continue;
    }
    if (const auto spans = port_spans(word.text)) {
      out.insert(out.end(), spans->begin(), spans->end());
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, unused] : port_groups_) names.push_back(name);
    const std::string best = closest(word.text, names);
    error("bad-port", "'" + word.text + "' is neither a port nor a named group",
          best.empty() ? "443, 5985-5986 or a name under ports:" : "did you mean '" + best + "'?", word.at);
  }
  return out;
}

}  // namespace glacis::control
