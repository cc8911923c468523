#include <array>

#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// What pytm's --json writes: elements refer to each other by name, enumerations are "Classification.SECRET".
class Pytm {
 public:
  Pytm(const YamlTree& tree, Draft& draft) : tree_(tree), draft_(draft) {}

  void run() {
    draft_.title(text_at(tree_, "name"));
    draft_.scope(text_at(tree_, "description"));
    zones();
    data();
    draft_.found("actors", items_at(tree_, "actors").size());
    for (const YamlTree& actor : items_at(tree_, "actors")) asset(actor, "users");
    draft_.found("assets", items_at(tree_, "assets").size());
    for (const YamlTree& each : items_at(tree_, "assets")) asset(each, "service");
    draft_.found("flows", items_at(tree_, "flows").size());
    for (const YamlTree& each : items_at(tree_, "flows")) flow(each);
    findings();
    // `elements` says again what actors and assets say.
    note_rest(draft_, "model", tree_,
              {"name", "description", "boundaries", "data", "actors", "assets", "flows", "findings", "elements"});
  }

 private:
  void zones() {
    draft_.found("boundaries", items_at(tree_, "boundaries").size());
    for (const YamlTree& boundary : items_at(tree_, "boundaries")) {
      const std::string name = text_at(boundary, "name");
      DraftElement& zone = draft_.zone(name);
      draft_.say(zone, name, text_at(boundary, "description"));
      zones_.put(name, zone.id);
      note_rest(draft_, "boundaries", boundary, {"name", "description", "inBoundary", "levels"});
    }
    for (const YamlTree& boundary : items_at(tree_, "boundaries")) {
      const std::string inner = zones_.id_of(text_at(boundary, "name")),
                        outer = zones_.id_of(text_at(boundary, "inBoundary"));
      if (!outer.empty()) draft_.lost("zones/" + inner, "it lies inside '" + outer + "': zones do not nest");
    }
  }

  static uint32_t sensitivity(const std::string& classification) {
    constexpr std::array<std::string_view, 6> kLevels = {"UNKNOWN",   "PUBLIC", "RESTRICTED",
                                                         "SENSITIVE", "SECRET", "TOP_SECRET"};
    for (uint32_t i = 1; i < kLevels.size(); ++i) {
      if (classification == "Classification." + std::string(kLevels[i])) return i;
    }
    return 0;
  }

  void data() {
    draft_.found("data", items_at(tree_, "data").size());
    for (const YamlTree& each : items_at(tree_, "data")) {
      const std::string name = text_at(each, "name");
      DraftElement& element = draft_.add(Section::kData, name, "d-");
      element.set("class", flag_at(each, "isPII") ? "pii" : flag_at(each, "isCredentials") ? "credentials" : "");
      element.set("sensitivity", sensitivity(text_at(each, "classification")));
      draft_.say(element, name, text_at(each, "description"));
      data_.put(name, element.id);
      note_rest(draft_, "data", each,
                {"name", "description", "classification", "isPII", "isCredentials", "carriedBy", "processedBy"});
    }
  }

  void asset(const YamlTree& tree, const char* fallback) {
    const std::string name = text_at(tree, "name"), type = text_at(tree, "__class__");
    const std::string kind = type == "Datastore"        ? "store"
                             : type == "Lambda"         ? "workload"
                             : type == "ExternalEntity" ? "third-party"
                                                        : kind_guess("", name, fallback);
    DraftElement& element = draft_.asset(name, zones_.id_of(text_at(tree, "inBoundary")), kind);
    draft_.say(element, name, text_at(tree, "description"));
    if (type == "Datastore") element.set("holds", data_.ids_of(texts_at(tree, "data")));
    if (text_at(tree, "inScope") == "false") draft_.lost(element.place(), "out of scope there");
    assets_.put(name, element.id);
    if (const auto port = number_in(text_at(tree, "port"), 1, 65'535)) ports_.put(name, std::to_string(*port));
    note_rest(draft_, "elements", tree,
              {"name", "__class__", "inBoundary", "description", "inScope", "port", "inputs", "outputs", "levels"});
  }

  void flow(const YamlTree& tree) {
    const std::string name = text_at(tree, "name"), where = "flows/" + name;
    const std::string from = assets_.id_of(text_at(tree, "source")), to = assets_.id_of(text_at(tree, "sink"));
    if (from.empty() || to.empty()) return draft_.lost(where, "one of its ends is not in the file: no flow");
    if (flag_at(tree, "isResponse") || !text_at(tree, "responseTo").empty())
      return draft_.lost(where, "an answer belongs to its flow: '" + text_at(tree, "responseTo") + "'");
    DraftElement& element = draft_.flow(name, from, to, text_at(tree, "protocol"));
    port(tree, element);
    element.set("carries", data_.ids_of(texts_at(tree, "data")));
    if (flag_at(child_at(tree, "controls"), "isEncrypted")) element.set_yaml("clear", "false");
    draft_.say(element, name, text_at(tree, "note"));
    note_rest(draft_, "flows", tree,
              {"name", "source", "sink", "isResponse", "responseTo", "protocol", "dstPort", "data", "note", "response",
               "levels", "order", "inScope"});
  }

  void port(const YamlTree& tree, DraftElement& element) {
    const auto own = number_in(text_at(tree, "dstPort"), 1, 65'535);
    const std::string of_sink = ports_.id_of(text_at(tree, "sink"));
    if (own) element.set("port", *own);
    if (own || of_sink.empty()) return;
    element.set_yaml("port", of_sink);
    draft_.assumed(element.place(), "port " + of_sink + ", its sink's");
  }

  void findings() {
    draft_.found("findings", items_at(tree_, "findings").size());
    for (const YamlTree& finding : items_at(tree_, "findings")) {
      DraftElement& element =
          draft_.threat(text_at(finding, "description") + " (at " + text_at(finding, "target") + ")",
                        text_at(finding, "details"), text_at(finding, "severity"));
      if (!text_at(finding, "mitigations").empty())
        draft_.lost(element.place(), "possible mitigation: " + text_at(finding, "mitigations"));
      note_rest(draft_, "findings", finding, {"description", "target", "details", "severity", "mitigations"});
    }
  }

  const YamlTree& tree_;
  Draft& draft_;
  IdMap zones_, data_, assets_, ports_;
};

}  // namespace

void import_pytm(const YamlTree& tree, Draft& draft) { Pytm(tree, draft).run(); }

}  // namespace glacis::control
