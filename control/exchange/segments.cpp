#include "control/exchange/segments.h"

#include <algorithm>
#include <set>

#include "control/exchange/end_addresses.h"
#include "control/exchange/filter.h"
#include "control/exchange/one_line.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

class Segmenter {
 public:
  Segmenter(const ExportModels& models, Losses& losses) : models_(models), losses_(losses), addresses_(models) {}

  std::vector<Segment> run() {
    for (const Model& model : models_.models()) {
      for (const NeverElement& never : model.nevers) this->never(model, never);
    }
    for (const Model& model : models_.models()) {
      for (const FlowElement& flow : model.flows) this->flow(model, flow);
    }
    for (const Model& model : models_.models()) {
      for (const ZoneElement& zone : model.zones) inside(model, zone);
    }
    for (const Model& model : models_.models()) {
      for (const BoundaryElement& boundary : model.boundaries) this->boundary(model, boundary);
      if (model.drift_crossing == v1::UNMODELLED_ALLOW)
        losses_.add(model.id, "drift", model.drift_at, "crossings that no line models are denied all the same");
    }
    return std::move(out_);
  }

 private:
  // Of the ends those with an address; false: there were some, and none has.
  bool ends(const Model& model, const std::string& element, const Position& at, const EndNames& names, EndNames& out) {
    for (const std::string& name : names) {
      if (!addresses_.of(model, name).empty()) out.push_back(name);
    }
    const EndNames missing = addresses_.without_address(model, names);
    if (!missing.empty()) losses_.add(model.id, element, at, "no address is known of " + joined(missing, ", "));
    return out.empty() == names.empty();
  }

  void add(const Model& model, std::string element, const TrafficElement& line, Segment segment) {
    segment.model = &model;
    segment.at = line.at;
    segment.says = models_.rule(model, element).sentence();
    segment.ports = line.ports;
    segment.transports = transports_of(line.apps, line.ports);
    const bool seen =
        ends(model, element, line.at, line.from, segment.from) && ends(model, element, line.at, line.to, segment.to);
    segment.element = std::move(element);
    if (seen) out_.push_back(std::move(segment));
  }

  void never(const Model& model, const NeverElement& never) {
    const std::string element = "never/" + never.id;
    const auto no = [&](const std::string& what) {
      losses_.add(model.id, element, never.at, "not denied: " + what + " is nothing that addresses and ports tell");
    };
    if (!never.carries.empty()) return no("what a flow carries");
    if (!never.as.empty()) return no("who uses a flow");
    if (!never.apps.empty()) return no("an application");
    Segment out;
    for (const std::string& name : never.except) {
      if (const FlowElement* line = models_.places(model).flow(name)) out.except.push_back(line);
    }
    add(model, element, never, std::move(out));
  }

  void flow(const Model& model, const FlowElement& flow) {
    const std::string element = "flows/" + flow.id, untold = untold_conditions(flow);
    if (!flow.apps.empty()) losses_.add(model.id, element, flow.at, "ports are let through, whatever is spoken there");
    if (!untold.empty()) losses_.add(model.id, element, flow.at, "is let through whatever its " + untold + " say");
    if (flow.ports.empty() && flow.apps.empty())
      losses_.add(model.id, element, flow.at, "names no port: all are let through");
    if (!flow.ports.empty() && flow.apps.empty())
      losses_.add(model.id, element, flow.at, "names no app: TCP and UDP are let through");
    Segment out;
    out.allow = true;
    add(model, element, flow, std::move(out));
  }

  // Zones that several models share, once. What is inside `any` is nobody's to forward.
  void inside(const Model& model, const ZoneElement& zone) {
    if (zone.any || !zones_.insert(zone.id).second) return;
    if (addresses_.of(model, zone.id).empty()) {
      losses_.add(model.id, "zones/" + zone.id, zone.at, "it has no address");
      return;
    }
    out_.push_back({&model, "zones/" + zone.id, zone.at, "inside " + zone.id, {zone.id}, {zone.id}, {}, {}, true, {}});
  }

  void boundary(const Model& model, const BoundaryElement& boundary) {
    const std::string element = "boundaries/" + boundary.id;
    if (boundary.unmodelled == v1::UNMODELLED_REPORT)
      losses_.add(model.id, element, boundary.at, "what no line models is denied, not only reported");
    if (boundary.unmodelled != v1::UNMODELLED_ALLOW) return;
    Segment out{&model, element, boundary.at, models_.rule(model, element).sentence(), {}, {}, {}, {}, true, {}};
    const bool seen = ends(model, element, boundary.at, {boundary.from}, out.from) &&
                      ends(model, element, boundary.at, {boundary.to}, out.to);
    if (seen) out_.push_back(std::move(out));
  }

  const ExportModels& models_;
  Losses& losses_;
  EndAddresses addresses_;
  std::vector<Segment> out_;
  std::set<std::string> zones_;
};

}  // namespace

std::vector<Segment> segments_of(const ExportModels& models, Losses& losses) { return Segmenter(models, losses).run(); }

}  // namespace glacis::control
