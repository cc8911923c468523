#include <algorithm>

#include "control/exchange/geometry.h"
#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"

namespace glacis::control {
namespace {

// Microsoft Threat Modeling Tool, .tm7: a DataContract serialisation. Names are among properties; zones are boxes that
// are drawn around; the knowledge base, most of the file, says nothing of this model.
class Tmt {
 public:
  Tmt(const YamlTree& tree, Draft& draft) : tree_(child_at(tree, "ThreatModel")), draft_(draft) {}

  void run() {
    const YamlTree& about = child_at(tree_, "MetaInformation");
    draft_.title(text_at(about, "ThreatModelName"));
    draft_.scope(text_at(about, "HighLevelSystemDescription"));
    draft_.owner(text_at(about, "Owner"));
    for (const char* what :
         {"surfaces", "stencils", "GE.EI", "GE.P", "GE.DS", "GE.TB.B", "GE.TB.L", "GE.DF", "threats"})
      draft_.found(what, 0);
    for (const YamlTree* surface : all_at(child_at(tree_, "DrawingSurfaceList"), "DrawingSurfaceModel")) {
      draft_.found("surfaces");
      boxes_.clear();
      each(*surface, "Borders", [&](const YamlTree& item) { zone(item); });
      for (const auto& [inner, outer] : nested(boxes_))
        draft_.lost("zones/" + inner, "it is drawn inside '" + outer + "': zones do not nest");
      each(*surface, "Borders", [&](const YamlTree& item) { stencil(item); });
      each(*surface, "Lines", [&](const YamlTree& item) { line(item); });
    }
    for (const YamlTree* threat : all_at(child_at(tree_, "ThreatInstances"), "KeyValueOfstringThreatpc_P0_PhOB"))
      add_threat(child_at(*threat, "Value"));
    note_rest(draft_, "model", tree_,
              {"DrawingSurfaceList", "MetaInformation", "ThreatInstances", "Version", "ThreatGenerationEnabled",
               "KnowledgeBase", "Profile"});
    note_rest(draft_, "MetaInformation", about, {"ThreatModelName", "HighLevelSystemDescription", "Owner"});
  }

 private:
  template <class Do>
  static void each(const YamlTree& surface, const char* list, Do&& what) {
    for (const YamlTree* item : all_at(child_at(surface, list), "KeyValueOfguidanyType"))
      what(child_at(*item, "Value"));
  }

  // Of a property by the name that people see.
  static std::string property(const YamlTree& item, std::string_view name) {
    for (const YamlTree* each : all_at(child_at(item, "Properties"), "anyType")) {
      if (text_at(*each, "DisplayName") == name) return text_at(*each, "Value");
    }
    return {};
  }
  // What a drawn thing is called, else what it is.
  static std::string name_of_item(const YamlTree& item) {
    const std::string name = property(item, "Name");
    return name.empty() ? text_at(item, "TypeId") : name;
  }
  // "web api" of "SE.P.TMCore.WebAPI".
  static std::string words_of_type(const YamlTree& item) {
    const std::string type = text_at(item, "TypeId");
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    std::string out;
    for (const char c : type.substr(type.rfind('.') + 1)) {
      if (capital(c) && !out.empty() && !capital(out.back())) out += ' ';
      out += c;
    }
    return out;
  }
  static std::string type_of(const YamlTree& item) { return text_at(item, "GenericTypeId"); }
  static Box box_of(const YamlTree& item) {
    return {number_at(item, "Left").value_or(0), number_at(item, "Top").value_or(0),
            number_at(item, "Width").value_or(0), number_at(item, "Height").value_or(0)};
  }

  // Attributes that somebody set, other than those that are read.
  void note_properties(const YamlTree& item) {
    constexpr std::string_view kRead[] = {"Name", "Dataflow Order", "Out Of Scope", "Reason For Out Of Scope",
                                          "Protocol"};
    for (const YamlTree* each : all_at(child_at(item, "Properties"), "anyType")) {
      const std::string name = text_at(*each, "DisplayName"), value = text_at(*each, "Value");
      const std::string chosen = text_at(*each, "SelectedIndex");  // of a list; 0: nothing was chosen
      const bool is_set = chosen.empty() ? !value.empty() && value != "false" : chosen != "0";
      if (is_set && std::ranges::find(kRead, name) == std::end(kRead)) draft_.passed_over("properties", name);
    }
  }

  void zone(const YamlTree& item) {
    if (type_of(item) != "GE.TB.B") return;
    draft_.found("GE.TB.B");
    DraftElement& element = draft_.zone(name_of_item(item));
    ends_.put(text_at(item, "Guid"), element.id);
    if (boxes_.size() < kMostZoneBoxes) boxes_.push_back({box_of(item), element.id});
  }

  void stencil(const YamlTree& item) {
    const std::string type = type_of(item), name = name_of_item(item);
    if (type == "GE.TB.B") return;
    if (type != "GE.EI" && type != "GE.P" && type != "GE.DS") return draft_.passed_over("Borders", type);
    draft_.found("stencils");
    draft_.found(type);
    const char* const fallback = type == "GE.EI" ? "third-party" : type == "GE.DS" ? "store" : "service";
    const std::string kind = type == "GE.DS" ? fallback : kind_guess(words_of_type(item), name, fallback);
    DraftElement& asset = draft_.asset(name, zone_around(box_of(item), boxes_), kind);
    ends_.put(text_at(item, "Guid"), asset.id);
    note_properties(item);
    if (property(item, "Out Of Scope") == "true")
      draft_.lost(asset.place(), "out of scope there: " + property(item, "Reason For Out Of Scope"));
  }

  void line(const YamlTree& item) {
    const std::string type = type_of(item), name = name_of_item(item);
    if (type == "GE.TB.L") {
      draft_.found(type);
      return draft_.lost("GE.TB.L/" + name, "a line has no inside: it is no zone");
    }
    if (type != "GE.DF") return draft_.passed_over("Lines", type);
    draft_.found(type);
    const std::string from = ends_.id_of(text_at(item, "SourceGuid")), to = ends_.id_of(text_at(item, "TargetGuid"));
    if (from.empty() || to.empty()) return draft_.lost("GE.DF/" + name, "one of its ends is a free point: no flow");
    DraftElement& flow = draft_.flow(name, from, to, property(item, "Protocol"));
    draft_.say(flow, name);
    flows_.put(text_at(item, "Guid"), name);
    note_properties(item);
    if (property(item, "Out Of Scope") == "true")
      draft_.lost(flow.place(), "out of scope there: " + property(item, "Reason For Out Of Scope"));
  }

  // Of a threat's own table.
  static std::string told(const YamlTree& threat, std::string_view name) {
    for (const YamlTree* each : all_at(child_at(threat, "Properties"), "KeyValueOfstringstring")) {
      if (text_at(*each, "Key") == name) return text_at(*each, "Value");
    }
    return {};
  }

  void add_threat(const YamlTree& threat) {
    draft_.found("threats");
    const std::string state = text_at(threat, "State"), title = told(threat, "Title");
    draft_.found("threats " + state);
    if (state == "NotApplicable")
      return draft_.lost("threats/" + title, "does not apply there: " + text_at(threat, "StateInformation"));
    const std::string flow = flows_.id_of(text_at(threat, "FlowGuid"));
    const std::string description = told(threat, "UserThreatDescription");
    DraftElement& element = draft_.threat(title, flow.empty() ? description : description + " (on " + flow + ")",
                                          text_at(threat, "Priority"));
    draft_.stride(element, {told(threat, "UserThreatCategory")});
    if (state == "AutoGenerated") draft_.assumed(element.place(), "the tool generated it, and nobody has judged it");
    const std::string mitigation = told(threat, "PossibleMitigations");
    if (state == "Mitigated")
      draft_.control(title, text_at(threat, "StateInformation"), Draft::Status::kActive, {element.id});
    if (state != "Mitigated" && !mitigation.empty()) draft_.lost(element.place(), "possible mitigation: " + mitigation);
  }

  const YamlTree& tree_;
  Draft& draft_;
  std::vector<ZoneBox> boxes_;  // of one surface
  IdMap ends_, flows_;          // flows_: names as the file has them
};

}  // namespace

void import_tmt(const YamlTree& tree, Draft& draft) { Tmt(tree, draft).run(); }

}  // namespace glacis::control
