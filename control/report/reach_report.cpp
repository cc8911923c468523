#include "control/report/reach_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

// What the model says of one way.
struct Account {
  std::vector<std::string> cases;               // that walk it
  std::vector<const ControlElement*> controls;  // of these cases, and that boundaries on it need
  size_t first_seen = 0;
};

class Accountant {
 public:
  Accountant(const Places& places, const Reach& reach) : model_(places.model()), reach_(reach) {
    for (const AbuseElement& abuse : model_.abuse) steps_.push_back(steps_of(abuse, places));
  }

  [[nodiscard]] Account of(const Way& way) const {
    Account out;
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (reach_.walks(steps_[i], way)) out.cases.push_back(model_.abuse[i].id);
    }
    for (const ControlElement& control : model_.controls) {
      const bool covers = std::ranges::any_of(
          control.covers, [&](const std::string& id) { return std::ranges::find(out.cases, id) != out.cases.end(); });
      if (covers || needed_on(way, control.id)) out.controls.push_back(&control);
    }
    out.first_seen = reach_.first_seen(way);
    return out;
  }

 private:
  [[nodiscard]] bool needed_on(const Way& way, const std::string& control) const {
    return std::ranges::any_of(way, [&](const Hop& hop) {
      return std::ranges::any_of(model_.boundaries, [&](const BoundaryElement& b) {
        return b.from == reach_.spots()[hop.from].zone->id && b.to == reach_.spots()[hop.to].zone->id &&
               std::ranges::find(b.needs, control) != b.needs.end();
      });
    });
  }

  const Model& model_;
  const Reach& reach_;
  std::vector<std::vector<CaseStep>> steps_;
};

std::string joined(const std::vector<std::string>& words, const std::string& none) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? none : out;
}

std::string ports_text(const std::vector<PortSpan>& ports) {
  std::string out;
  for (const PortSpan& span : ports) {
    out += (out.empty() ? "" : ",") + std::to_string(span.first);
    if (span.last != span.first) out += "-" + std::to_string(span.last);
  }
  return out;
}

std::string line_text(const FlowElement& line) {
  std::string out = line.id;
  if (!line.ports.empty()) out += " port " + ports_text(line.ports);
  if (!line.as.empty()) out += " as " + joined(line.as, "");
  return out + " (" + place_text(line.at) + ")";
}

std::string hop_text(const Hop& hop) {
  if (hop.lines.empty()) return "inside a flat zone";
  std::vector<std::string> lines;
  for (const FlowElement* line : hop.lines) lines.push_back(line_text(*line));
  return joined(lines, "");
}

std::string way_text(const Reach& reach, const Way& way) {
  std::string out = reach.spots()[way.front().from].name();
  for (const Hop& hop : way) out += " > " + reach.spots()[hop.to].name();
  return out;
}

std::vector<std::string> taps_of(const Places& places, const Reach& reach, const Hop& hop) {
  return places.taps(*reach.spots()[hop.from].zone, *reach.spots()[hop.to].zone);
}

std::string control_text(const ControlElement& control) {
  return control.id + " (" + (control.active ? "active" : "planned") + ", strength " +
         std::to_string(control.strength) + ")";
}

void print_way(const Places& places, const Reach& reach, const Way& way, const Account& account, std::ostream& out) {
  for (size_t i = 0; i < way.size(); ++i) {
    const std::string taps = joined(taps_of(places, reach, way[i]), "");
    out << "   " << i + 1 << "  " << hop_text(way[i]) << "; " << (taps.empty() ? "no tap sees it" : "seen by " + taps)
        << (i == account.first_seen ? "  <- first seen\n" : "\n");
  }
  std::vector<std::string> controls;
  for (const ControlElement* control : account.controls) controls.push_back(control_text(*control));
  out << "   controls: " << joined(controls, "none") << "; cases: " << joined(account.cases, "none walks it") << "\n";
}

Json lines_json(const Hop& hop) {
  Json out = Json::array();
  for (const FlowElement* line : hop.lines)
    out.push_back(
        {{"flow", line->id}, {"file", line->at.file}, {"line", line->at.line}, {"ports", ports_text(line->ports)}});
  return out;
}

Json way_json(const Places& places, const Reach& reach, const Way& way, const Account& account) {
  Json hops = Json::array(), controls = Json::array();
  for (const Hop& hop : way) {
    hops.push_back({{"from", reach.spots()[hop.from].name()},
                    {"to", reach.spots()[hop.to].name()},
                    {"lines", lines_json(hop)},
                    {"taps", taps_of(places, reach, hop)}});
  }
  for (const ControlElement* control : account.controls)
    controls.push_back({{"id", control->id}, {"active", control->active}, {"strength", control->strength}});
  Json out = {{"hops", std::move(hops)}, {"controls", std::move(controls)}, {"cases", account.cases}};
  out["first_seen_hop"] = account.first_seen < way.size() ? Json(account.first_seen + 1) : Json(nullptr);
  return out;
}

}  // namespace

void print_ways(const Places& places, const ReachQuestion& question, std::ostream& out) {
  const Reach reach(places);
  const Accountant accountant(places, reach);
  const Ways found = reach.ways(question.from, question.to, question.most, question.as);
  const std::string who = question.as.empty() ? "" : " as " + question.as;
  if (found.ways.empty()) {
    out << "no way from " << question.from << " to " << question.to << who << "\n";
    return;
  }
  for (size_t i = 0; i < found.ways.size(); ++i) {
    out << i + 1 << ". " << way_text(reach, found.ways[i]) << "\n";
    print_way(places, reach, found.ways[i], accountant.of(found.ways[i]), out);
  }
  out << found.ways.size() << (found.ways.size() == 1 ? " way" : " ways") << " from " << question.from << " to "
      << question.to << who << (found.complete ? "\n" : ", and more: --most N shows N\n");
}

void print_ways_json(const Places& places, const ReachQuestion& question, std::ostream& out) {
  const Reach reach(places);
  const Accountant accountant(places, reach);
  const Ways found = reach.ways(question.from, question.to, question.most, question.as);
  Json ways = Json::array();
  for (const Way& way : found.ways) ways.push_back(way_json(places, reach, way, accountant.of(way)));
  const Json all = {{"from", question.from},
                    {"to", question.to},
                    {"as", question.as},
                    {"complete", found.complete},
                    {"ways", std::move(ways)}};
  out << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace glacis::control
