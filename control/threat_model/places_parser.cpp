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
    model_.port_groups.push_back({{name.text, name.at}, out});
  }
}

void ModelParser::hours(const YamlTree& top) {
  const YamlTree* tree = top.find("hours");
  if (tree == nullptr) return;
  ElementReader r = open("hours", "hours", *tree, tree->at);
  if (const std::string zone = r.text("tz", "UTC"); is_time_zone(zone)) time_zone_ = zone;
  model_.hours = {time_zone_, r.text("days"), r.text("time"), tree->at};
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
    any |= word.text == "any";
    auto prefix = address_prefix(word.text);
    if (prefix && is_canonical(*prefix) && !covers_ip4_space(*prefix)) out.push_back(std::move(*prefix));
  }
  return out;
}

void ModelParser::zone(ElementReader& r, ZoneElement& out) {
  out.trust = r.number("trust", 50);
  out.env = r.text("env");
  out.says = r.sentence("says");
  out.flat = r.flag("flat");
  out.stack = r.choice_as<v1::Stack>("stack");
  out.prefixes = prefixes(r, out.any);
  out.taps = r.list("taps");
  for (const std::string_view key : {"tap", "vlan", "vni"}) {
    if (r.has(key)) out.apart += std::string(key) + " " + r.text(key) + " ";
  }
}

void ModelParser::asset(ElementReader& r, AssetElement& out) {
  out.kind = r.text("kind");
  out.zone = r.text("zone");
  out.owner = r.text("owner");
  out.says = r.sentence("says");
  bool any = false;
  out.prefixes = prefixes(r, any);
  out.names = r.list("name");
  out.holds = r.list("holds");
  out.exposed = r.flag("exposed");
  out.value = r.number("value");
  out.stack = r.choice_as<v1::Stack>("stack");
}

void ModelParser::boundary(ElementReader& r, BoundaryElement& out) {
  out.from = r.text("from");
  out.to = r.text("to");
  out.says = r.sentence("says");
  out.changes = r.choices("changes");
  out.needs = r.list("needs");
  out.unmodelled = r.choice_as<v1::Unmodelled>("default");
  out.severity = r.choice_as<v1::Severity>("severity");
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
