#include <cmath>

#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// threatcl's HCL (spec 0.7): blocks of `threatmodel`. Imports and including are never followed.
class Threatcl {
 public:
  Threatcl(const YamlTree& tree, Draft& draft) : tree_(tree), draft_(draft) {}

  void run() {
    const auto models = all_at(tree_, "threatmodel");
    note_rest(draft_, "file", tree_, {"spec_version", "threatmodel"});
    for (const char* what : {"data_flow_diagram", "trust_zone", "external_element", "process", "data_store", "flow",
                             "information_asset", "threat", "control"})
      draft_.found(what, 0);
    for (size_t i = 1; i < models.size(); ++i)
      draft_.lost("threatmodel/" + models[i]->text, "a second model in the file: give it a file of its own");
    if (!models.empty()) model(*models[0]);
  }

 private:
  void model(const YamlTree& tree) {
    draft_.title(tree.text);
    draft_.scope(text_at(tree, "description"));
    draft_.owner(text_at(tree, "author"));
    for (const YamlTree& file : items_at(tree, "imports"))
      draft_.lost("imports", "'" + file.text + "' is not followed");
    if (const std::string file = text_at(tree, "including"); !file.empty())
      draft_.lost("including", "'" + file + "' is not followed");
    for (const YamlTree* asset : all_at(tree, "information_asset")) data(*asset);
    for (const char* name : {"data_flow_diagram_v2", "data_flow_diagram"}) {
      for (const YamlTree* each : all_at(tree, name)) diagram(*each);
    }
    for (const YamlTree* each : all_at(tree, "threat")) threat(*each);
    note_rest(draft_, "threatmodel", tree,
              {"description", "author", "imports", "including", "information_asset", "data_flow_diagram_v2",
               "data_flow_diagram", "threat"});
  }

  void data(const YamlTree& tree) {
    draft_.found("information_asset");
    DraftElement& element = draft_.add(Section::kData, tree.text, "d-");
    element.set("sensitivity", sensitivity_of(text_at(tree, "information_classification")));
    draft_.say(element, tree.text, text_at(tree, "description"));
    note_rest(draft_, "information_asset", tree, {"description", "information_classification"});
  }

  void diagram(const YamlTree& tree) {
    draft_.found("data_flow_diagram");
    zones_ = {};
    ends_ = {};
    for (const YamlTree* zone : all_at(tree, "trust_zone")) {
      draft_.found("trust_zone");
      const std::string id = draft_.zone(zone->text).id;
      zones_.put(zone->text, id);
    }
    for (const YamlTree* zone : all_at(tree, "trust_zone")) elements(*zone, zones_.id_of(zone->text));
    elements(tree, "");
    for (const YamlTree* each : all_at(tree, "flow")) flow(*each);
  }

  void elements(const YamlTree& tree, const std::string& zone) {
    for (const auto& [type, fallback] :
         {std::pair{"external_element", "third-party"}, {"process", "service"}, {"data_store", "store"}}) {
      for (const YamlTree* each : all_at(tree, type)) {
        draft_.found(type);
        const std::string named = zones_.id_of(text_at(*each, "trust_zone"));
        const std::string kind =
            std::string_view(type) == "data_store" ? fallback : kind_guess("", each->text, fallback);
        DraftElement& asset = draft_.asset(each->text, zone.empty() ? named : zone, kind);
        draft_.say(asset, each->text);
        ends_.put(each->text, asset.id);
        note_rest(draft_, type, *each, {"trust_zone"});
      }
    }
  }

  void flow(const YamlTree& tree) {
    draft_.found("flow");
    const std::string from = ends_.id_of(text_at(tree, "from")), to = ends_.id_of(text_at(tree, "to"));
    const std::string what = text_at(tree, "from") + " to " + text_at(tree, "to");
    if (from.empty() || to.empty())
      return draft_.lost("flow/" + tree.text, what + ": one of its ends is not in the file: no flow");
    // A flow's name is often its protocol; two may have one name.
    const std::string protocol =
        text_at(tree, "protocol").empty() && !app_of(tree.text).empty() ? tree.text : text_at(tree, "protocol");
    DraftElement& element = draft_.flow(what, from, to, protocol);
    draft_.say(element, tree.text, what);
    note_rest(draft_, "flow", tree, {"from", "to", "protocol"});
  }

  void threat(const YamlTree& tree) {
    draft_.found("threat");
    DraftElement& element = draft_.threat(tree.text, text_at(tree, "description"), "");
    draft_.stride(element, texts_at(tree, "stride"));
    for (const char* type : {"control", "expanded_control", "proposed_control"}) {
      for (const YamlTree* each : all_at(tree, type)) control(*each, element.id);
    }
    if (const std::string text = text_at(tree, "control");
        !text.empty() && all_at(tree, "control")[0]->kind == YamlTree::Kind::kScalar)
      draft_.lost(element.place(), "control: " + text);
    note_rest(draft_, "threat", tree, {"description", "stride", "control", "expanded_control", "proposed_control"});
  }

  void control(const YamlTree& tree, const std::string& covered) {
    if (tree.kind != YamlTree::Kind::kMap) return;
    draft_.found("control");
    const std::string description = text_at(tree, "description");
    DraftElement& element =
        draft_.control(tree.text, description,
                       flag_at(tree, "implemented") ? Draft::Status::kActive : Draft::Status::kPlanned, {covered});
    if (tree.find("description") != nullptr && description.empty())
      draft_.lost(element.place(), "its description is computed, or from another file: neither is done here");
    if (const auto percent = number_in(text_at(tree, "risk_reduction"), 0, 100)) {
      element.set("strength", (*percent + 10) / 20);
      draft_.assumed(element.place(), "strength " + std::to_string((*percent + 10) / 20) +
                                          ", for a risk_reduction of " + std::to_string(*percent));
    }
    note_rest(draft_, "control", tree, {"description", "implemented", "risk_reduction"});
  }

  const YamlTree& tree_;
  Draft& draft_;
  IdMap zones_, ends_;  // of one diagram
};

}  // namespace

void import_threatcl(const YamlTree& tree, Draft& draft) { Threatcl(tree, draft).run(); }

}  // namespace glacis::control
