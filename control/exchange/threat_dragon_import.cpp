#include <cmath>

#include "control/exchange/geometry.h"
#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"

namespace glacis::control {
namespace {

// OWASP Threat Dragon 2: cells of an AntV X6 graph, each with a `shape`; zones are boxes that are drawn around.
class ThreatDragon {
 public:
  ThreatDragon(const YamlTree& tree, Draft& draft) : tree_(tree), draft_(draft) {}

  void run() {
    const YamlTree& summary = child_at(tree_, "summary");
    draft_.title(text_at(summary, "title"));
    draft_.scope(text_at(summary, "description"));
    draft_.owner(text_at(summary, "owner"));
    for (const char* shape :
         {"actor", "process", "store", "flow", "trust-boundary-box", "trust-boundary-curve", "threats"})
      draft_.found(shape, 0);
    for (const YamlTree& diagram : items_at(child_at(tree_, "detail"), "diagrams")) {
      boxes_.clear();
      each(diagram, [&](const YamlTree& cell, const std::string& shape) { zone(cell, shape); });
      for (const auto& [inner, outer] : nested(boxes_))
        draft_.lost("zones/" + inner, "it is drawn inside '" + outer + "': zones do not nest");
      each(diagram, [&](const YamlTree& cell, const std::string& shape) { node(cell, shape); });
      each(diagram, [&](const YamlTree& cell, const std::string& shape) {
        if (shape == "flow") flow(cell);
      });
      note_rest(draft_, "diagrams", diagram,
                {"cells", "id", "title", "version", "diagramType", "thumbnail", "placeholder"});
    }
    note_rest(draft_, "summary", summary, {"title", "description", "owner", "id"});
  }

 private:
  template <class Do>
  static void each(const YamlTree& diagram, Do&& what) {
    for (const YamlTree& cell : items_at(diagram, "cells")) what(cell, text_at(cell, "shape"));
  }

  static Box box_of(const YamlTree& cell) {
    const YamlTree &at = child_at(cell, "position"), &size = child_at(cell, "size");
    return {number_at(at, "x").value_or(0), number_at(at, "y").value_or(0), number_at(size, "width").value_or(0),
            number_at(size, "height").value_or(0)};
  }
  static std::string name_of_cell(const YamlTree& cell) {
    const std::string name = text_at(child_at(cell, "data"), "name");
    return name.empty() ? text_at(cell, "shape") : name;
  }

  void zone(const YamlTree& cell, const std::string& shape) {
    if (shape == "trust-boundary-curve" || shape == "trust-broundary-curve") {
      draft_.found("trust-boundary-curve");
      draft_.lost("trust-boundary-curve/" + name_of_cell(cell), "a curve has no inside: it is no zone");
    }
    if (shape != "trust-boundary-box") return;
    draft_.found(shape);
    DraftElement& element = draft_.zone(name_of_cell(cell));
    ends_.put(text_at(cell, "id"), element.id);
    if (boxes_.size() < kMostZoneBoxes) boxes_.push_back({box_of(cell), element.id});
  }

  void node(const YamlTree& cell, const std::string& shape) {
    if (shape != "actor" && shape != "process" && shape != "store") {
      if (shape == "td-text-block") draft_.passed_over("cells", shape);
      return;
    }
    draft_.found(shape);
    const std::string name = name_of_cell(cell);
    const char* const fallback = shape == "actor" ? "users" : shape == "store" ? "store" : "service";
    const std::string kind = shape == "store" ? fallback : kind_guess("", name, fallback);
    DraftElement& asset = draft_.asset(name, zone_around(box_of(cell), boxes_), kind);
    const YamlTree& data = child_at(cell, "data");
    draft_.say(asset, name, text_at(data, "description"));
    ends_.put(text_at(cell, "id"), asset.id);
    out_of_scope(data, asset.place());
    threats(data, name);
    note_rest(draft_, "cells", data,
              {"type", "name", "description", "threats", "outOfScope", "reasonOutOfScope", "hasOpenThreats",
               "isTrustBoundary"});
  }

  void out_of_scope(const YamlTree& data, const std::string& where) {
    if (flag_at(data, "outOfScope")) draft_.lost(where, "out of scope there: " + text_at(data, "reasonOutOfScope"));
  }

  // The zone or asset that an end is, or empty with its reason told.
  std::string end_of(const YamlTree& cell, const char* which, const std::string& where) {
    const YamlTree& end = child_at(cell, which);
    const std::string id = text_at(end, "cell");
    std::string known = ends_.id_of(id);
    if (!known.empty()) return known;
    draft_.lost(where, id.empty()
                           ? std::string("its ") + which + " is a free point at " + text_at(end, "x") + "," +
                                 text_at(end, "y") + ": no flow"
                           : std::string("its ") + which + " is nothing that a flow can begin or end at: no flow");
    return {};
  }

  void flow(const YamlTree& cell) {
    draft_.found("flow");
    const YamlTree& data = child_at(cell, "data");
    const std::string name = name_of_cell(cell), where = "flow/" + name;
    threats(data, name);
    const std::string from = end_of(cell, "source", where), to = end_of(cell, "target", where);
    if (from.empty() || to.empty()) return;
    DraftElement& element = draft_.flow(name, from, to, text_at(data, "protocol"));
    if (flag_at(data, "isEncrypted")) element.set_yaml("clear", "false");
    draft_.say(element, name, text_at(data, "description"));
    if (flag_at(data, "isBidirectional"))
      draft_.assumed(element.place(), "drawn both ways: taken as begun where the arrow begins");
    out_of_scope(data, element.place());
    note_rest(draft_, "flow", data,
              {"type", "name", "description", "threats", "outOfScope", "reasonOutOfScope", "hasOpenThreats",
               "isBidirectional", "isEncrypted", "protocol", "isTrustBoundary"});
  }

  void threats(const YamlTree& data, const std::string& on) {
    for (const YamlTree& threat : items_at(data, "threats")) {
      draft_.found("threats");
      const std::string status = text_at(threat, "status"), title = text_at(threat, "title");
      draft_.found("threats " + status);
      if (status == "NA" || status == "Not applicable" || status == "NotApplicable") {
        draft_.lost("threats/" + title, "does not apply there: " + text_at(threat, "mitigation"));
        continue;
      }
      DraftElement& element =
          draft_.threat(title, text_at(threat, "description") + " (at " + on + ")", text_at(threat, "severity"));
      draft_.stride(element, {text_at(threat, "type")});
      const std::string mitigation = text_at(threat, "mitigation");
      if (!mitigation.empty())
        draft_.control(title, mitigation, status == "Mitigated" ? Draft::Status::kActive : Draft::Status::kPlanned,
                       {element.id});
      note_rest(draft_, "threats", threat,
                {"status", "severity", "title", "type", "description", "mitigation", "modelType", "id", "number"});
    }
  }

  const YamlTree& tree_;
  Draft& draft_;
  std::vector<ZoneBox> boxes_;  // of one diagram
  IdMap ends_;
};

}  // namespace

void import_threat_dragon(const YamlTree& tree, Draft& draft) { ThreatDragon(tree, draft).run(); }

}  // namespace glacis::control
