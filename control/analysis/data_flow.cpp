#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "control/analysis/graph.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr size_t kMostPorts = 4;  // shown of a line

Graph::Shape shape_of(std::string_view kind) {
  constexpr std::array<std::string_view, 4> kExternals = {"users", "workstation", "device", "third-party"};
  constexpr std::array<std::string_view, 3> kStores = {"store", "queue", "backup"};
  if (std::ranges::find(kExternals, kind) != kExternals.end()) return Graph::Shape::kExternal;
  return std::ranges::find(kStores, kind) != kStores.end() ? Graph::Shape::kStore : Graph::Shape::kProcess;
}

std::string ports_text(const std::vector<PortSpan>& ports) {
  std::vector<std::string> out;
  for (const PortSpan& span : ports) {
    if (out.size() == kMostPorts) {
      out.emplace_back("...");
      break;
    }
    out.push_back(std::to_string(span.first) + (span.last == span.first ? "" : "-" + std::to_string(span.last)));
  }
  return joined(out);
}

// "f-db postgresql/5432 (cards)"
std::string label_of(const FlowElement& flow) {
  const std::string apps = joined(flow.apps), ports = ports_text(flow.ports);
  std::string out = flow.id;
  if (!apps.empty() || !ports.empty()) out += " " + apps + (apps.empty() || ports.empty() ? "" : "/") + ports;
  return flow.carries.empty() ? out : out + " (" + joined(flow.carries) + ")";
}

class DataFlow {
 public:
  explicit DataFlow(const Places& places) : places_(places), model_(places.model()) {
    out_.id = model_.id;
    out_.title = model_.title.empty() ? model_.id : model_.title;
  }

  Graph run() {
    add_zones();
    add_ends();
    for (const AssetElement& asset : model_.assets) add_asset(asset);
    for (const BoundaryElement& boundary : model_.boundaries) boundaries_[{boundary.from, boundary.to}] = &boundary;
    for (const FlowElement& flow : model_.flows) add_flow(flow);
    for (const BoundaryElement& boundary : model_.boundaries) add_empty(boundary);
    return std::move(out_);
  }

 private:
  // Each in its column, by trust; the first column is for `any`.
  void add_zones() {
    std::vector<const ZoneElement*> by_trust;
    for (const ZoneElement& zone : model_.zones) by_trust.push_back(&zone);
    std::ranges::stable_sort(by_trust, {}, &ZoneElement::trust);
    for (const ZoneElement& zone : model_.zones) {
      const auto at = std::ranges::find(by_trust, &zone) - by_trust.begin();
      zone_group_[zone.id] = out_.groups.size();
      out_.groups.push_back({graph_id('z', zone.id), zone.id + " (trust " + std::to_string(zone.trust) + ")",
                             static_cast<size_t>(at) + 1});
    }
  }

  // What stands for a whole zone, where a line or a boundary without lines names one or nothing else is in it, and for
  // `any`.
  void add_ends() {
    std::map<std::string, bool> named;
    for (const ZoneElement& zone : model_.zones) named[zone.id] = true;
    for (const AssetElement& asset : model_.assets) named[asset.zone] = false;
    for (const FlowElement& flow : model_.flows) {
      for (const EndNames* ends : {&flow.from, &flow.to}) {
        for (const std::string& name : *ends) named[name] = true;
      }
    }
    for (const BoundaryElement& boundary : model_.boundaries) {
      if (!crossed(boundary)) named[boundary.from] = named[boundary.to] = true;
    }
    if (named["any"])
      add_node("any", {.id = graph_id('e', "any"), .lines = {"anyone"}, .shape = Graph::Shape::kExternal});
    for (const ZoneElement& zone : model_.zones) {
      if (named[zone.id])
        add_node(zone.id, {.id = graph_id('e', zone.id),
                           .lines = {"all of " + zone.id},
                           .shape = Graph::Shape::kExternal,
                           .group = zone_group_.at(zone.id)});
    }
  }

  void add_asset(const AssetElement& asset) {
    Graph::Node node{.id = graph_id('a', asset.id), .lines = {asset.id}, .shape = shape_of(asset.kind)};
    if (!asset.kind.empty()) node.lines.push_back(asset.kind + (asset.exposed ? ", exposed" : ""));
    if (!asset.holds.empty()) node.lines.push_back("holds " + joined(asset.holds));
    node.group = zone_group_.at(asset.zone);
    add_node(asset.id, std::move(node));
  }

  void add_node(const std::string& name, Graph::Node node) {
    node.column = node.group ? out_.groups[*node.group].column : 0;
    node.row = rows_[node.column]++;
    node_[name] = out_.nodes.size();
    out_.nodes.push_back(std::move(node));
  }

  void add_flow(const FlowElement& flow) {
    for (const std::string& from : flow.from) {
      for (const std::string& to : flow.to) {
        Graph::Edge edge{.from = node_.at(from), .to = node_.at(to), .label = label_of(flow)};
        if (const BoundaryElement* boundary = boundary_between(from, to)) {
          edge.mark = Graph::Mark::kBoundary;
          edge.label += " [" + boundary->id + "]";
        }
        if (!places_.seen({from}, {to})) {
          edge.mark = Graph::Mark::kUnseen;
          edge.label += " NO TAP";
        }
        out_.edges.push_back(std::move(edge));
      }
    }
  }

  void add_empty(const BoundaryElement& boundary) {
    if (crossed(boundary)) return;
    out_.edges.push_back({node_.at(boundary.from), node_.at(boundary.to), "[" + boundary.id + "] no line crosses it",
                          Graph::Mark::kEmpty});
  }

  [[nodiscard]] const BoundaryElement* boundary_between(const std::string& from, const std::string& to) const {
    const ZoneElement *a = places_.zone_around(from), *b = places_.zone_around(to);
    if (a == nullptr || b == nullptr) return nullptr;
    const auto found = boundaries_.find({a->id, b->id});
    return found == boundaries_.end() ? nullptr : found->second;
  }

  [[nodiscard]] bool crossed(const BoundaryElement& boundary) const {
    return std::ranges::any_of(model_.flows, [&](const FlowElement& flow) {
      return std::ranges::any_of(flow.from, [&](const std::string& name) { return lies_in(name, boundary.from); }) &&
             std::ranges::any_of(flow.to, [&](const std::string& name) { return lies_in(name, boundary.to); });
    });
  }

  [[nodiscard]] bool lies_in(const std::string& name, const std::string& zone) const {
    const ZoneElement* around = places_.zone_around(name);
    return around != nullptr && around->id == zone;
  }

  const Places& places_;
  const Model& model_;
  Graph out_;
  std::map<std::string, size_t> zone_group_, node_;  // by name
  std::map<size_t, size_t> rows_;                    // taken, of each column
  std::map<std::pair<std::string, std::string>, const BoundaryElement*> boundaries_;
};

}  // namespace

std::string graph_id(char kind, std::string_view name) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out{kind, '_'};
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain) {
      out += c;
    } else {
      out += {'_', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    }
  }
  return out;
}

Graph data_flow(const Places& places) { return DataFlow(places).run(); }

}  // namespace glacis::control
