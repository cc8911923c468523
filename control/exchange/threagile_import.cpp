#include <algorithm>

#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"
#include "control/exchange/yaml_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// Threagile 1.0: support/schema.json of its repository. Elements are maps by title, referred to by `id`.
class Threagile {
 public:
  Threagile(const YamlTree& tree, Draft& draft) : tree_(tree), draft_(draft) {}

  void run() {
    draft_.title(text_at(tree_, "title"));
    draft_.owner(text_at(child_at(tree_, "author"), "name"));
    draft_.scope(text_at(child_at(tree_, "business_overview"), "description"));
    draft_.reviewed(text_at(tree_, "date"));
    boundaries();
    data();
    assets();
    links();
    texts("abuse_cases", [&](const std::string& title, const std::string& text) { draft_.threat(title, text, ""); });
    texts("security_requirements", [&](const std::string& title, const std::string& text) {
      DraftElement& element = draft_.add(Section::kRequirements, title, "r-");
      draft_.say(element, title, text);
      element.set("says", element.id);
    });
    risks();
    note_rest(draft_, "model", tree_,
              {"threagile_version", "title", "business_overview", "date", "author", "trust_boundaries", "data_assets",
               "technical_assets", "abuse_cases", "security_requirements", "risk_tracking"});
  }

 private:
  static std::string id_or(const YamlTree& title, const YamlTree& element) {
    const std::string id = text_at(element, "id");
    return id.empty() ? title.text : id;
  }

  void boundaries() {
    for (const auto& [title, boundary] : entries_at(tree_, "trust_boundaries")) {
      draft_.found("trust_boundaries");
      DraftElement& zone = draft_.zone(title.text, std::nullopt, text_at(boundary, "id"));
      zones_.put(text_at(boundary, "id"), zone.id);
      for (const std::string& asset : texts_at(boundary, "technical_assets_inside")) zone_of_.put(asset, zone.id);
      note_rest(draft_, "trust_boundaries", boundary,
                {"id", "description", "technical_assets_inside", "trust_boundaries_nested"});
    }
    for (const auto& [title, boundary] : entries_at(tree_, "trust_boundaries")) {
      for (const std::string& inner : texts_at(boundary, "trust_boundaries_nested")) {
        const std::string id = zones_.id_of(inner);
        if (!id.empty())
          draft_.lost("zones/" + id, "it lies inside '" + zones_.id_of(text_at(boundary, "id")) +
                                         "': zones do not nest, give it prefixes inside that one's");
      }
    }
  }

  void data() {
    for (const auto& [title, asset] : entries_at(tree_, "data_assets")) {
      draft_.found("data_assets");
      DraftElement& element = draft_.add(Section::kData, id_or(title, asset), "d-");
      element.set("sensitivity", sensitivity_of(text_at(asset, "confidentiality")));
      draft_.say(element, title.text, text_at(asset, "description"));
      data_.put(text_at(asset, "id"), element.id);
      note_rest(draft_, "data_assets", asset, {"id", "description", "confidentiality"});
    }
  }

  // An asset in no boundary that is reached over the internet stands there.
  std::string zone_for(const std::string& id, const YamlTree& asset) {
    std::string zone = zone_of_.id_of(id);
    if (!zone.empty() || !flag_at(asset, "internet")) return zone;
    if (internet_.empty()) internet_ = draft_.zone("Internet").id;
    return internet_;
  }

  void assets() {
    for (const auto& [title, asset] : entries_at(tree_, "technical_assets")) {
      draft_.found("technical_assets");
      const std::string id = text_at(asset, "id"), type = text_at(asset, "type");
      const std::string kind = kind_guess(text_at(asset, "technology"), title.text,
                                          type == "datastore"         ? "store"
                                          : type == "external-entity" ? "third-party"
                                                                      : "service");
      DraftElement& element = draft_.asset(id_or(title, asset), zone_for(id, asset), kind);
      element.set("holds", data_.ids_of(texts_at(asset, "data_assets_stored"))).set("owner", text_at(asset, "owner"));
      if (flag_at(asset, "internet")) element.set_yaml("exposed", "true");
      draft_.say(element, title.text, text_at(asset, "description"));
      if (zone_of_.id_of(id).empty() && flag_at(asset, "internet"))
        draft_.assumed(element.place(), "in zone internet: no trust boundary has it inside, and it is on the internet");
      assets_.put(id, element.id);
      note_rest(draft_, "technical_assets", asset,
                {"id", "description", "type", "technology", "internet", "owner", "data_assets_stored",
                 "communication_links"});
    }
  }

  void links() {
    for (const auto& [title, asset] : entries_at(tree_, "technical_assets")) {
      for (const auto& [name, link] : entries_at(asset, "communication_links")) {
        draft_.found("communication_links");
        add_link(assets_.id_of(text_at(asset, "id")), name.text, link);
      }
    }
  }

  void add_link(const std::string& from, const std::string& name, const YamlTree& link) {
    const std::string target = text_at(link, "target"), to = assets_.id_of(target),
                      protocol = text_at(link, "protocol");
    const std::string where = "communication_links/" + name;
    if (from.empty() || to.empty()) return draft_.lost(where, "its target '" + target + "' is not in the file");
    if (stays_inside(protocol)) return draft_.lost(where, "'" + protocol + "' never is on a wire");
    DraftElement& flow = draft_.flow(name, from, to, protocol);
    std::vector<std::string> carried = texts_at(link, "data_assets_sent");
    const std::vector<std::string> received = texts_at(link, "data_assets_received");
    carried.insert(carried.end(), received.begin(), received.end());
    flow.set("carries", data_.ids_of(carried));
    if (text_at(link, "usage") == "devops") {
      flow.set("class", "admin");
      draft_.assumed(flow.place(), "class admin, as its usage is devops");
    }
    draft_.say(flow, name, text_at(link, "description"));
    note_rest(draft_, "communication_links", link,
              {"target", "description", "protocol", "usage", "data_assets_sent", "data_assets_received"});
  }

  template <class Add>
  void texts(const char* section, Add&& add) {
    draft_.found(section, entries_at(tree_, section).size());
    for (const auto& [title, text] : entries_at(tree_, section)) add(title.text, text.text);
  }

  void risks() {
    draft_.found("risk_tracking", entries_at(tree_, "risk_tracking").size());
    for (const auto& [id, risk] : entries_at(tree_, "risk_tracking")) {
      const std::string status = text_at(risk, "status"), why = text_at(risk, "justification");
      if (status == "mitigated") {
        DraftElement& control = draft_.control(id.text, why, Draft::Status::kActive, {});
        draft_.lost(control.place(), "which case it covers, and how strongly: the file says neither");
      } else if (status == "false-positive") {
        draft_.lost("risk_tracking/" + id.text, "judged a false positive: " + why);
      } else {
        finding(id.text, status, risk);
      }
    }
  }

  // Parts of a risk's id behind the first @: assets, and links as asset>link. None that is known: everything.
  std::vector<std::string> places_of(const std::string& id) {
    std::vector<std::string> out;
    for (size_t at = id.find('@'); at != std::string::npos;) {
      const size_t next = id.find('@', at + 1);
      std::string part = id.substr(at + 1, next == std::string::npos ? next : next - at - 1);
      part = part.substr(0, part.find('>'));
      std::string known = assets_.id_of(part);
      if (known.empty()) known = zones_.id_of(part);
      if (!known.empty() && std::ranges::find(out, known) == out.end()) out.push_back(known);
      at = next;
    }
    return out;
  }

  void finding(const std::string& id, const std::string& status, const YamlTree& risk) {
    std::vector<std::string> at = places_of(id);
    const bool everywhere = at.empty() && draft_.of(Section::kZones).size() <= kMostEverywhere;
    if (everywhere) {
      for (const DraftElement& zone : draft_.of(Section::kZones)) at.push_back(zone.id);
    }
    const std::string date = text_at(risk, "date"), by = text_at(risk, "checked_by");
    if (at.empty() || !end_of_date_s(date))
      return draft_.lost("risk_tracking/" + id, "a finding needs a place and a date, and it has none");
    DraftElement& out = draft_.add(Section::kFindings, id, "fi-");
    const char* const decision = status == "accepted"      ? "accept-risk"
                                 : status == "in-progress" ? "change-design"
                                                           : "assign-owner";
    draft_.say(out, id, text_at(risk, "justification"));
    out.set("at", at).set("decide", decision).set("owner", by.empty() ? "unassigned" : by).set("due", date);
    out.set("owner", "unassigned").set("ticket", text_at(risk, "ticket"));
    draft_.assumed(out.place(), "decide " + std::string(decision) + ", as its status is '" + status + "'");
    draft_.assumed(out.place(), "due on the day of its status: the file has no day by which it ends");
    if (everywhere) draft_.assumed(out.place(), "at every zone: its id names no asset, or all");
  }

  static constexpr size_t kMostEverywhere = 32;  // zones that one finding names

  const YamlTree& tree_;
  Draft& draft_;
  IdMap zones_, zone_of_, data_, assets_;
  std::string internet_;
};

}  // namespace

void import_threagile(const YamlTree& tree, Draft& draft) { Threagile(tree, draft).run(); }

}  // namespace glacis::control
