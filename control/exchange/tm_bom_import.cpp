#include <algorithm>
#include <map>
#include <set>

#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"

namespace glacis::control {
namespace {

// OWASP Threat Model Library 1.0 (TM-BOM): threat-model.schema.json. Everything is referred to by `symbolic_name`.
class TmBom {
 public:
  TmBom(const YamlTree& tree, Draft& draft) : tree_(tree), draft_(draft) {}

  void run() {
    draft_.title(text_at(child_at(tree_, "scope"), "title"));
    draft_.scope(text_at(tree_, "description"));
    draft_.reviewed(text_at(tree_, "reviewed_at"));
    each("trust_zones", [&](const YamlTree& zone) { zones_.put(symbol(zone), add_zone(zone)); });
    each("data_sets", [&](const YamlTree& set) { data_set(set); });
    each("actors", [&](const YamlTree& actor) { asset(actor, "actors", actor_kind(text_at(actor, "type"))); });
    each("components", [&](const YamlTree& component) { asset(component, "components", "service"); });
    each("data_stores", [&](const YamlTree& store) { asset(store, "data_stores", "store"); });
    each("data_flows", [&](const YamlTree& flow) { data_flow(flow); });
    each("assumptions", [&](const YamlTree& assumption) { add_assumption(assumption); });
    risks();
    each("threats", [&](const YamlTree& threat) { add_threat(threat); });
    each("controls", [&](const YamlTree& control) { add_control(control); });
    each("trust_boundaries", [&](const YamlTree& boundary) { add_boundary(boundary); });
    note_rest(
        draft_, "model", tree_,
        {"$schema", "version", "scope", "description", "reviewed_at", "trust_zones", "data_sets", "actors",
         "components", "data_stores", "data_flows", "assumptions", "threats", "controls", "risks", "trust_boundaries"});
  }

 private:
  template <class Do>
  void each(const char* section, Do&& what) {
    draft_.found(section, items_at(tree_, section).size());
    for (const YamlTree& item : items_at(tree_, section)) what(item);
  }
  static std::string symbol(const YamlTree& item) { return text_at(item, "symbolic_name"); }
  static std::string title_of(const YamlTree& item) {
    const std::string title = text_at(item, "title");
    return title.empty() ? symbol(item) : title;
  }
  static const char* actor_kind(const std::string& type) { return type == "third_party" ? "third-party" : "users"; }

  std::string add_zone(const YamlTree& zone) {
    DraftElement& element = draft_.zone(title_of(zone), std::nullopt, symbol(zone));
    draft_.say(element, title_of(zone), text_at(zone, "description"));
    return element.id;
  }

  // A zone that boundaries or assets name without its being declared, such as `public`.
  std::string zone_called(const std::string& name) {
    if (name.empty()) return {};
    if (zones_.id_of(name).empty()) {
      DraftElement& zone = draft_.zone(name);
      draft_.assumed(zone.place(), "a zone: it is named, not declared");
      zones_.put(name, zone.id);
    }
    return zones_.id_of(name);
  }

  void data_set(const YamlTree& set) {
    DraftElement& element = draft_.add(Section::kData, symbol(set), "d-");
    const std::vector<std::string> classes = texts_at(set, "data_sensitivity");
    uint32_t worst = 0;
    for (const std::string& each : classes) worst = std::max(worst, sensitivity_of(each));
    element.set("class", classes.empty() ? "" : classes[0]).set("sensitivity", worst);
    draft_.say(element, title_of(set), text_at(set, "description"));
    for (const YamlTree& placement : items_at(set, "placements"))
      held_[text_at(placement, "data_store")].push_back(element.id);
    note_rest(draft_, "data_sets", set, {"symbolic_name", "title", "description", "data_sensitivity", "placements"});
  }

  void asset(const YamlTree& tree, const char* section, const char* fallback) {
    const std::string name = title_of(tree);
    const bool fixed = std::string_view(fallback) != "service";
    DraftElement& element = draft_.asset(symbol(tree), zone_called(text_at(tree, "trust_zone")),
                                         fixed ? fallback : kind_guess("", name, fallback));
    std::vector<std::string>& held = held_[symbol(tree)];
    held.erase(std::unique(held.begin(), held.end()), held.end());
    element.set("holds", held);
    draft_.say(element, name, text_at(tree, "description"));
    assets_.put(symbol(tree), element.id);
    note_rest(draft_, section, tree, {"symbolic_name", "title", "description", "type", "trust_zone"});
  }

  // An end's `type` is wrong in some files; its name decides.
  std::string end_of(const YamlTree& flow, const char* which) {
    return assets_.id_of(text_at(child_at(flow, which), "object"));
  }

  void data_flow(const YamlTree& flow) {
    const std::string title = title_of(flow), from = end_of(flow, "source"), to = end_of(flow, "destination");
    if (from.empty() || to.empty())
      return draft_.lost("data_flows/" + symbol(flow), "one of its ends is not in the file: no flow");
    // A title is often a protocol.
    DraftElement& element = draft_.flow(symbol(flow), from, to, app_of(title).empty() ? "" : title);
    if (element.has("app")) draft_.assumed(element.place(), "its title is its protocol");
    if (flag_at(flow, "encrypted")) element.set_yaml("clear", "false");
    draft_.say(element, title, text_at(flow, "description"));
    note_rest(draft_, "data_flows", flow,
              {"symbolic_name", "title", "description", "source", "destination", "encrypted"});
  }

  void add_assumption(const YamlTree& assumption) {
    const std::string text = text_at(assumption, "description");
    DraftElement& element = draft_.add(Section::kAssumptions, text.substr(0, 24), "a-");
    element.set("says", text).set("says", element.id);
    note_rest(draft_, "assumptions", assumption, {"description"});
  }

  // A risk rates threats: each takes the worst of its own.
  void risks() {
    each("risks", [&](const YamlTree& risk) {
      const uint32_t likelihood = likelihood_of(text_at(risk, "likelihood")),
                     impact = impact_of(text_at(risk, "impact"));
      if (likelihood == 0 || impact == 0)
        return draft_.lost("risks/" + symbol(risk), "its likelihood or impact is no word that is known");
      for (const std::string& threat : texts_at(risk, "threats")) {
        auto& [old_likelihood, old_impact] = rated_[threat];
        if (likelihood * impact <= old_likelihood * old_impact) continue;
        old_likelihood = likelihood;
        old_impact = impact;
      }
      draft_.lost("risks/" + symbol(risk), "what it says in words; its rating is with its cases");
    });
  }

  void add_threat(const YamlTree& threat) {
    DraftElement& element = draft_.threat(title_of(threat), text_at(threat, "description"), "");
    cases_.put(symbol(threat), element.id);
    if (const auto rated = rated_.find(symbol(threat)); rated != rated_.end())
      element.set_yaml("risk", "{likelihood: " + std::to_string(rated->second.first) +
                                   ", impact: " + std::to_string(rated->second.second) + "}");
    note_rest(draft_, "threats", threat, {"symbolic_name", "title", "description"});
  }

  using ZonePair = std::pair<std::string, std::string>;
  static ZonePair pair_of(const YamlTree& boundary) {
    const auto ends = std::minmax({text_at(boundary, "trust_zone_a"), text_at(boundary, "trust_zone_b")});
    return {ends.first, ends.second};
  }

  void add_control(const YamlTree& control) {
    const std::string status = text_at(control, "status");
    draft_.found("controls " + status);
    DraftElement& element = draft_.control(title_of(control), text_at(control, "description"),
                                           status == "active" ? Draft::Status::kActive : Draft::Status::kPlanned,
                                           cases_.ids_of(texts_at(control, "threats")));
    if (status != "active") draft_.assumed(element.place(), "planned, as its status is '" + status + "'");
    const YamlTree& boundary = child_at(control, "trust_boundary");
    if (!boundary.entries.empty()) needed_[pair_of(boundary)].push_back(element.id);
    note_rest(draft_, "controls", control,
              {"symbolic_name", "title", "description", "threats", "trust_boundary", "status"});
  }

  void add_boundary(const YamlTree& boundary) {
    std::string a = zone_called(text_at(boundary, "trust_zone_a")), b = zone_called(text_at(boundary, "trust_zone_b"));
    const std::string where = "trust_boundaries/" + a + "/" + b;
    if (trust_of(b) < trust_of(a)) std::swap(a, b);
    if (a == b || a.empty() || b.empty() || !bounded_.insert({a, b}).second)
      return draft_.lost(where, "it has no two zones, or stands twice");
    DraftElement& element = draft_.add(Section::kBoundaries, a + "-" + b, "b-");
    element.set("from", a).set("to", b).set("needs", needed_[pair_of(boundary)]);
    draft_.assumed(element.place(), "towards the zone of more trust: a boundary has a direction here");
    note_rest(draft_, "trust_boundaries", boundary, {"trust_zone_a", "trust_zone_b"});
  }

  [[nodiscard]] int trust_of(const std::string& zone) const {
    for (const DraftElement& each : draft_.of(Section::kZones)) {
      if (each.id == zone) return std::stoi(each.keys.front().second);
    }
    return 0;
  }

  const YamlTree& tree_;
  Draft& draft_;
  IdMap zones_, assets_, cases_;
  std::map<std::string, std::vector<std::string>> held_;        // data, of a store
  std::map<std::string, std::pair<uint32_t, uint32_t>> rated_;  // likelihood and impact, of a threat
  std::map<ZonePair, std::vector<std::string>> needed_;         // controls, of a boundary by the file's names
  std::set<ZonePair> bounded_;
};

}  // namespace

void import_tm_bom(const YamlTree& tree, Draft& draft) { TmBom(tree, draft).run(); }

}  // namespace glacis::control
