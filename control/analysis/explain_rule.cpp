#include <algorithm>
#include <set>

#include "control/analysis/case_steps.h"
#include "control/analysis/explain.h"
#include "control/analysis/explain_tables.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

std::string_view kind_name(v1::RuleKind kind) {
  constexpr std::string_view kNames[] = {"", "flow", "never", "boundary", "unmodelled", "data", "path"};
  return static_cast<size_t>(kind) < std::size(kNames) ? kNames[kind] : "";
}

template <class Ranges>
std::string ports_of(const Ranges& ports) {
  std::vector<PortSpan> spans;
  for (const v1::PortRange& p : ports) spans.push_back({p.first(), p.last()});
  return spans.empty() ? "any" : port_text(spans);
}

}  // namespace

// What a rule was compiled to.
class Explainer::RuleReader {
 public:
  RuleReader(const Explainer& explainer, const v1::Rule& rule, RuleIndex index)
      : explainer_(explainer), policy_(explainer.generation_->policy()), rule_(rule), index_(index) {}

  RuleAnswer answer() {
    out_.alert = explainer_.alert_of(index_, rule_.severity());
    out_.kind = kind_name(rule_.kind());
    for (int i = 0; i < policy_.flows_size(); ++i) {
      if (policy_.flows(i).rule() == rule_.id()) flow(policy_.flows(i), static_cast<uint32_t>(i));
    }
    for (const v1::NeverLine& never : policy_.nevers()) {
      if (never.rule() == rule_.id()) this->never(never);
    }
    for (const v1::Boundary& boundary : policy_.boundaries()) {
      if (boundary.rule() == rule_.id()) this->boundary(boundary);
    }
    for (const v1::DataClass& data : policy_.data()) {
      if (data.rule() == rule_.id()) this->data(data);
    }
    for (const v1::AbusePath& path : policy_.paths()) {
      if (path.rule() == rule_.id()) this->path(path);
    }
    not_enforced();
    return std::move(out_);
  }

 private:
  void add(std::string key, std::string value) { out_.compiled.emplace_back(std::move(key), std::move(value)); }

  void flow(const v1::FlowLine& line, uint32_t position) {
    ends(line.from(), line.to());
    add("port", ports_of(line.ports()));
    if (line.until_s() != 0) add("until", date_text(line.until_s()));
    if (line.has_hours())
      add("hours", minute_text(line.hours().start_minute()) + "-" + minute_text(line.hours().end_minute()) + " " +
                       line.hours().tz());
    for (const v1::NeverLine& never : policy_.nevers()) {
      const bool excepted = std::ranges::find(never.except_flows(), position) != never.except_flows().end();
      if (never.carries().empty() && meets(never, line))
        except(never.rule(), excepted ? "excepts it" : "beats it where both fit");
    }
  }

  void never(const v1::NeverLine& line) {
    ends(line.from(), line.to());
    add("port", ports_of(line.ports()));
    std::vector<std::string> carried;
    for (const uint32_t d : line.carries()) carried.push_back(policy_.data(static_cast<int>(d)).id());
    if (!carried.empty()) add("fires on", joined(carried) + " in clear");
    for (const uint32_t flow : line.except_flows()) except(policy_.flows(static_cast<int>(flow)).rule(), "is excepted");
  }

  void boundary(const v1::Boundary& line) {
    v1::Ends from, to;
    from.add_zones(line.from_zone());
    to.add_zones(line.to_zone());
    ends(from, to);
  }

  void data(const v1::DataClass& data) {
    for (const uint32_t pattern : data.patterns())
      add("pattern", policy_.patterns(static_cast<int>(pattern)).expression());
    for (const v1::FlowLine& flow : policy_.flows()) {
      const auto carried = std::ranges::any_of(
          flow.carries(), [&](uint32_t d) { return policy_.data(static_cast<int>(d)).id() == data.id(); });
      if (carried) except(flow.rule(), "carries it");
    }
  }

  void path(const v1::AbusePath& path) {
    const Places& places = explainer_.places_[path.model()];
    const auto abuse = std::ranges::find(places.model().abuse, path.id(), &AbuseElement::id);
    for (const CaseStep& step : steps_of(*abuse, places)) {
      add("step " + step.step->id, step.step->source);
      add("step " + step.step->id, traffic_text(step, places));
    }
  }

  // "from users, to db, port any, taps t-core"; variables stand for where they were bound.
  std::string traffic_text(const CaseStep& step, const Places& places) const {
    const auto names = [](const EndNames& ends) { return ends.empty() ? "any" : joined(ends); };
    const std::vector<PortSpan>& ports = step.traffic.ports;
    std::set<std::string> taps;
    for (const ZoneElement* a : places.zones(step.traffic.from)) {
      for (const ZoneElement* b : places.zones(step.traffic.to)) {
        for (const TapAnswer& tap : explainer_.taps(*a, *b)) taps.insert(tap.tap);
      }
    }
    return "from " + names(step.traffic.from) + ", to " + names(step.traffic.to) + ", port " +
           (ports.empty() ? "any" : port_text(ports)) + ", taps " +
           (taps.empty() ? "none" : joined({taps.begin(), taps.end()})) +
           (step.step->enforced ? "" : "; not enforced yet");
  }

  // Places by name with their addresses, then the taps that see what is between them.
  void ends(const v1::Ends& from, const v1::Ends& to) {
    add("from", text_of(from));
    add("to", text_of(to));
    std::set<std::string> taps, unseen;
    for (const ZoneElement* a : zones_of(from)) {
      for (const ZoneElement* b : zones_of(to)) {
        const std::vector<TapAnswer> seeing = explainer_.taps(*a, *b);
        for (const TapAnswer& tap : seeing) taps.insert(tap.tap);
        if (seeing.empty()) unseen.insert(a->id == b->id ? "inside " + a->id : a->id + " to " + b->id);
      }
    }
    add("taps", taps.empty() ? "none" : joined({taps.begin(), taps.end()}));
    if (!unseen.empty()) add("no tap sees", joined({unseen.begin(), unseen.end()}));
  }

  template <class Prefixes>
  static std::string with_addresses(const std::string& name, const Prefixes& prefixes) {
    std::vector<std::string> texts;
    for (const AddressPrefix& prefix : prefixes) texts.push_back(prefix.text);
    return texts.empty() ? name : name + " (" + joined(texts) + ")";
  }

  std::string text_of(const v1::Ends& ends) const {
    if (ends.all()) return "any";
    std::vector<std::string> out;
    for (const uint32_t index : ends.zones()) {
      const ZoneElement& zone = *explainer_.zone(policy_.zones(static_cast<int>(index)).id());
      out.push_back(zone.any ? zone.id + " (every global address of no zone)" : with_addresses(zone.id, zone.prefixes));
    }
    for (const uint32_t index : ends.assets()) {
      const v1::Asset& asset = policy_.assets(static_cast<int>(index));
      const AssetElement& element = *explainer_.places_[asset.model()].asset(name_in_model(asset.id()));
      out.push_back(written(element));
    }
    return joined(out);
  }

  static std::string written(const AssetElement& asset) {
    if (asset.by_name_only()) return asset.id + " (known by name alone)";
    return asset.prefixes.empty() ? asset.id + " (what no asset claims of " + asset.zone + ")"
                                  : with_addresses(asset.id, asset.prefixes);
  }

  static std::string name_in_model(const std::string& id) { return id.substr(id.find('/') + 1); }

  std::vector<const ZoneElement*> zones_of(const v1::Ends& ends) const {
    std::set<uint32_t> indexes(ends.zones().begin(), ends.zones().end());
    for (const uint32_t asset : ends.assets()) indexes.insert(policy_.assets(static_cast<int>(asset)).zone());
    std::vector<const ZoneElement*> out;
    for (uint32_t i = 0; i < static_cast<uint32_t>(policy_.zones_size()); ++i) {
      if (ends.all() || indexes.contains(i)) out.push_back(explainer_.zone(policy_.zones(static_cast<int>(i)).id()));
    }
    return out;
  }

  // By the tables that sensors ask: some flow fits both.
  bool meets(const v1::NeverLine& never, const v1::FlowLine& flow) const {
    const Generation& generation = *explainer_.generation_;
    const auto common = [&](const v1::Ends& a, const v1::Ends& b) {
      for (uint32_t p = 0; p < generation.zones().places(); ++p) {
        const ZoneTable::Place& place = generation.zones().at(PlaceId(p));
        if (holds(policy_, a, place) && holds(policy_, b, place)) return true;
      }
      return false;
    };
    const auto spans = [](const auto& ports) {
      std::vector<PortSpan> out;
      for (const v1::PortRange& p : ports) out.push_back({p.first(), p.last()});
      return out;
    };
    return never.enforced() && ports_meet(spans(never.ports()), spans(flow.ports())) &&
           common(never.from(), flow.from()) && common(never.to(), flow.to());
  }

  void except(uint32_t rule, std::string says) {
    const RuleIndex index = index_of(policy_, rule);
    out_.exceptions.push_back({explainer_.element_of(index), std::move(says), true, explainer_.line_of(index)});
  }

  void not_enforced() {
    for (const v1::NotEnforced& element : policy_.not_enforced()) {
      const bool mine = element.element() == rule_.element() || element.element().starts_with(rule_.element() + ".");
      if (element.model() == rule_.model() && mine)
        out_.not_enforced.push_back(element.element() + " needs " + element.needs());
    }
  }

  const Explainer& explainer_;
  const v1::Policy& policy_;
  const v1::Rule& rule_;
  const RuleIndex index_;
  RuleAnswer out_;
};

Expected<std::vector<RuleAnswer>> Explainer::rule(const std::string& name) const {
  const v1::Policy& policy = generation_->policy();
  std::vector<RuleAnswer> out;
  std::vector<std::string_view> known;
  for (int i = 0; i < policy.rules_size(); ++i) {
    const v1::Rule& rule = policy.rules(i);
    const std::string& element = rule.element();
    const std::string id = element.substr(element.find('/') + 1);
    const bool asked =
        name == element || name == id || name == rule.model() + "/" + element || name == rule.model() + "/" + id;
    if (asked) out.push_back(RuleReader(*this, rule, RuleIndex(static_cast<uint32_t>(i))).answer());
    known.push_back(element);
  }
  if (!out.empty()) return out;
  const std::string best = closest(name, known);
  return fail("no rule '" + name + "'", "",
              best.empty() ? "the name of a flows or never line, boundary, data class or abuse case"
                           : "did you mean '" + best + "'?");
}

}  // namespace glacis::control
