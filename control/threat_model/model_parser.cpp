#include "control/threat_model/model_parser.h"

#include <algorithm>

#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

const std::vector<std::string_view> kSeverities = {"info", "low", "medium", "high", "critical"};
const std::vector<std::string_view> kDefaults = {"allow", "report", "alert"};

bool within(const AddressPrefix& inner, const AddressPrefix& outer) {
  if (inner.bytes.size() != outer.bytes.size() || inner.length < outer.length) return false;
  for (uint32_t bit = 0; bit < outer.length; ++bit) {
    if (((inner.bytes[bit / 8] ^ outer.bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

// "Exactly" 10: likelihood times impact.
int severity_of_risk(uint32_t product) {
  if (product == 0) return 3;
  return product >= 20 ? 5 : product >= 12 ? 4 : product >= 6 ? 3 : 2;
}

bool canonical(const AddressPrefix& prefix) {
  for (size_t bit = prefix.length; bit < prefix.bytes.size() * 8; ++bit) {
    if ((prefix.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

}  // namespace

void ModelParser::error(std::string code, std::string message, std::string hint, const Position& at) {
  diagnostics_.push_back({Level::kError, std::move(code), std::move(message), std::move(hint), at});
}

void ModelParser::not_enforced(std::string element, std::string needs, const Position& at) {
  model_.not_enforced.push_back({std::move(element), std::move(needs), at});
}

void ModelParser::declare(const std::string& id, const Position& at) {
  if (id == "any" || id == "all" || id == "unknown") error("reserved-id", "'" + id + "' is a reserved word", "", at);
  const auto [old, fresh] = declared_.emplace(id, at);
  if (!fresh) error("duplicate-id", "'" + id + "' is declared twice", "also at line " + std::to_string(old->second.line), at);
}

void ModelParser::refer(const std::vector<std::string>& names, const Position& at, std::string kinds) {
  for (const std::string& name : names) references_.push_back({name, at, kinds});
}

void ModelParser::parse(const YamlTree& top) {
  ElementReader r(top, "top", diagnostics_);
  if (r.find("glacis") != nullptr && r.text("glacis") != "1") error("language", "language version '" + r.text("glacis") + "' is not known", "write glacis: 1", r.at("glacis"));
  const auto section = [&](std::string_view key) { return r.find(key); };
  if (const auto* t = section("model")) header(*t);
  if (const auto* t = section("ports")) ports(*t);
  if (const auto* t = section("hours")) hours(*t);
  if (const auto* t = section("taps")) taps(*t);
  const std::pair<std::string_view, Parse> parsers[] = {
      {"zones", &ModelParser::zone}, {"boundaries", &ModelParser::boundary}, {"data", &ModelParser::data},
      {"assets", &ModelParser::asset}, {"identities", &ModelParser::identity}, {"flows", &ModelParser::flow},
      {"never", &ModelParser::never}, {"abuse", &ModelParser::abuse}, {"findings", &ModelParser::finding}};
  for (const auto& [key, parser] : parsers) {
    if (const auto* t = section(key)) each(*t, parser);
  }
  const std::pair<std::string_view, std::string> carriers[] = {
      {"assumptions", "monitors"}, {"requirements", "monitors"}, {"hunts", "hunts"}, {"controls", ""}, {"sources", ""}};
  for (const auto& [key, needs] : carriers) {
    if (const auto* t = section(key)) {
      for (const auto& [id, value] : t->entries) carried(key, id.text, value, needs);
    }
  }
  if (const auto* t = section("drift")) drift(*t);
}

void ModelParser::each(const YamlTree& tree, Parse one) {
  if (tree.kind != YamlTree::Kind::kMap && tree.kind != YamlTree::Kind::kNull) {
    error("bad-element", "expected names and their keys", "", tree.at);
  }
  for (const auto& [key, value] : tree.entries) {
    YamlTree placed = value;
    placed.at = key.at;  // an element stands where its name does
    declare(key.text, key.at);
    (this->*one)(key.text, placed);
  }
}

void ModelParser::carried(std::string_view kind, const std::string& id, const YamlTree& tree, const std::string& needs) {
  ElementReader r(tree, kind, diagnostics_);
  if (kind != "sources") declare(id, tree.at);
  if (!needs.empty()) not_enforced(std::string(kind) + "/" + id, needs, tree.at);
}

void ModelParser::header(const YamlTree& tree) {
  ElementReader r(tree, "model", diagnostics_);
  model_.id = r.required("id");
  model_.title = r.text("title", model_.id);
  model_.owner = r.required("owner");
  const int stage = r.choice("stage", {"planning", "design", "build", "live"});
  constexpr std::string_view kStages[] = {"design", "planning", "design", "build", "live"};
  model_.stage = kStages[stage];
}

void ModelParser::ports(const YamlTree& tree) {
  for (const auto& [name, value] : tree.entries) {
    std::vector<PortSpan>& out = port_groups_[name.text];
    const std::vector<YamlTree> items = value.kind == YamlTree::Kind::kList ? value.items : std::vector<YamlTree>{value};
    for (const YamlTree& item : items) {
      if (const auto spans = port_spans(item.text)) {
        out.insert(out.end(), spans->begin(), spans->end());
      } else {
        error("bad-port", "'" + item.text + "' is not a port", "a number or a range such as 5985-5986", item.at);
      }
    }
  }
}

void ModelParser::hours(const YamlTree& tree) {
  ElementReader r(tree, "hours", diagnostics_);
  default_hours_.tz = r.text("tz", "UTC");
  if (const auto days = days_mask(r.text("days", "mon-sun"))) {
    default_hours_.days = *days;
  } else {
    error("bad-days", "'days' must be such as mon-fri", "", r.at("days"));
  }
}

void ModelParser::taps(const YamlTree& tree) {
  for (const auto& [name, value] : tree.entries) {
    ElementReader r(value, "taps", diagnostics_);
    TapElement out;
    out.id = name.text;
    declare(name.text, name.at);
    kind_[name.text] = 't';
    out.sensors = r.list("sensors");
    out.inside = r.list("inside");
    refer(out.inside, r.at("inside"), "z");
    if (const YamlTree* pairs = r.find("not")) {
      for (const YamlTree& pair : pairs->items) {
        if (pair.items.size() != 2) {
          error("bad-value", "'not' lists pairs of zones", "not: [[cloud, partner]]", pair.at);
          continue;
        }
        out.without.emplace_back(pair.items[0].text, pair.items[1].text);
        refer({pair.items[0].text, pair.items[1].text}, pair.at, "z");
      }
    }
    model_.taps.push_back(std::move(out));
  }
}

std::vector<AddressPrefix> ModelParser::prefixes(ElementReader& r, std::string_view key, bool& any) {
  std::vector<AddressPrefix> out;
  for (const std::string& text : r.list(key)) {
    if (text == "any") {
      any = true;
      continue;
    }
    const auto prefix = address_prefix(text);
    if (!prefix) {
      error("bad-address", "'" + text + "' is not an address or prefix", "10.1.0.0/16, fd00:1::/48 or any", r.at(key));
    } else if (!canonical(*prefix)) {
      error("bad-address", "'" + text + "' has bits set beyond its length", "", r.at(key));
    } else {
      out.push_back(*prefix);
    }
  }
  return out;
}

void ModelParser::zone(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "zones", diagnostics_);
  kind_[id] = 'z';
  ZoneElement out;
  out.id = id;
  out.at = tree.at;
  out.trust = r.number("trust", 0, 100, 50);
  if (r.find("trust") == nullptr) error("missing-key", "'trust' is missing", "0 (the internet) to 100", tree.at);
  out.env = r.text("env");
  out.flat = r.flag("flat");
  out.prefixes = prefixes(r, "addr", out.any);
  out.taps = r.list("taps");
  refer(out.taps, r.at("taps"), "t");
  model_.zones.push_back(std::move(out));
}

void ModelParser::boundary(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "boundaries", diagnostics_);
  kind_[id] = 'b';
  BoundaryElement out;
  out.id = id;
  out.at = tree.at;
  out.from = r.required("from");
  out.to = r.required("to");
  refer({out.from, out.to}, tree.at, "z");
  out.unmodelled = r.choice("default", kDefaults);
  out.severity = r.choice("severity", kSeverities);
  for (const BoundaryElement& other : model_.boundaries) {
    if (other.from == out.from && other.to == out.to) {
      error("two-boundaries", "'" + other.id + "' already covers " + out.from + " to " + out.to, "", tree.at);
    }
  }
  model_.boundaries.push_back(std::move(out));
}

void ModelParser::data(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "data", diagnostics_);
  kind_[id] = 'd';
  DataElement out;
  out.id = id;
  out.at = tree.at;
  out.class_ = r.text("class");
  out.sensitivity = r.number("sensitivity", 0, 5, 0);
  if (const YamlTree* seen = r.find("seen_as")) {
    const YamlTree* pattern = seen->find("pattern");
    const YamlTree* check = seen->find("check");
    if (pattern == nullptr) {
      error("missing-key", "'seen_as' needs a pattern", "seen_as: {pattern: 'INV-\\d{6}'}", seen->at);
    } else {
      out.pattern = pattern->text;
      out.pattern_at = pattern->at;
    }
    if (check != nullptr) {
      out.check = check->text;
      if (out.check != "luhn") error("bad-value", "check '" + out.check + "' is not known", "luhn", check->at);
    }
  }
  model_.data.push_back(std::move(out));
}

void ModelParser::asset(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "assets", diagnostics_);
  kind_[id] = 'a';
  AssetElement out;
  out.id = id;
  out.at = tree.at;
  out.kind = r.text("kind");
  out.zone = r.required("zone");
  refer({out.zone}, r.at("zone"), "z");
  bool any = false;
  out.prefixes = prefixes(r, "addr", any);
  if (any) error("bad-address", "an asset cannot be any address", "", r.at("addr"));
  out.names = r.list("name");
  out.holds = r.list("holds");
  refer(out.holds, r.at("holds"), "d");
  out.exposed = r.flag("exposed");
  if (!out.names.empty()) not_enforced("assets/" + id + ".name", "names", r.at("name"));
  model_.assets.push_back(std::move(out));
}

void ModelParser::identity(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "identities", diagnostics_);
  kind_[id] = 'i';
  model_.identities.emplace_back(id, r.text("kind"));
  refer(r.list("may"), r.at("may"), "f");
  refer(r.list("can_become"), r.at("can_become"), "i");
  refer(r.list("lives_in"), r.at("lives_in"), "za");
  not_enforced("identities/" + id, "identities", tree.at);
}

std::vector<PortSpan> ModelParser::port_list(ElementReader& r) {
  std::vector<PortSpan> out;
  for (const std::string& text : r.list("port")) {
    if (const auto group = port_groups_.find(text); group != port_groups_.end()) {
      out.insert(out.end(), group->second.begin(), group->second.end());
    } else if (const auto spans = port_spans(text)) {
      out.insert(out.end(), spans->begin(), spans->end());
    } else {
      std::vector<std::string_view> names;
      for (const auto& [name, unused] : port_groups_) names.push_back(name);
      const std::string best = closest(text, names);
      error("bad-port", "'" + text + "' is neither a port nor a named group", best.empty() ? "443, 5985-5986 or a name under ports:" : "did you mean '" + best + "'?", r.at("port"));
    }
  }
  return out;
}

void ModelParser::flow(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "flows", diagnostics_);
  kind_[id] = 'f';
  FlowElement out;
  out.id = id;
  out.at = tree.at;
  out.from = r.list("from");
  out.to = r.list("to");
  if (out.from.empty() || out.to.empty()) error("missing-key", "a flow needs 'from' and 'to'", "", tree.at);
  refer(out.from, r.at("from"), "za");
  refer(out.to, r.at("to"), "za");
  out.apps = r.list("app");
  out.carries = r.list("carries");
  refer(out.carries, r.at("carries"), "d");
  refer(r.list("as"), r.at("as"), "i");
  out.ports = port_list(r);
  out.class_ = r.text("class");
  if (r.find("until") != nullptr) {
    const auto end = end_of_date_s(r.text("until"));
    if (!end) error("bad-date", "'until' must be a date such as 2029-03-31", "", r.at("until"));
    out.until_s = end.value_or(0);
  }
  if (r.find("hours") != nullptr) {
    out.hours = hours_span(r.text("hours"));
    if (out.hours) {
      out.hours->tz = default_hours_.tz;
    } else {
      error("bad-hours", "'hours' must be such as \"01:00-03:00\"", "", r.at("hours"));
    }
  }
  if (!out.apps.empty()) not_enforced("flows/" + id + ".app", "apps", r.at("app"));
  if (r.find("as") != nullptr) not_enforced("flows/" + id + ".as", "identities", r.at("as"));
  if (const YamlTree* limit = r.find("limit")) {
    for (const auto& [key, value] : limit->entries) out.limit += (out.limit.empty() ? "" : ", ") + key.text + ": " + value.text;
    not_enforced("flows/" + id + ".limit", "aggregates", limit->at);
  }
  model_.flows.push_back(std::move(out));
}

void ModelParser::never(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "never", diagnostics_);
  kind_[id] = 'n';
  NeverElement out;
  out.id = id;
  out.at = tree.at;
  out.why = r.text("why");
  out.from = r.list("from");
  out.to = r.list("to");
  refer(out.from, r.at("from"), "za");
  refer(out.to, r.at("to"), "za");
  out.apps = r.list("app");
  out.carries = r.list("carries");
  refer(out.carries, r.at("carries"), "d");
  out.except = r.list("except");
  refer(out.except, r.at("except"), "f");
  out.ports = port_list(r);
  if (const int severity = r.choice("severity", kSeverities)) out.severity = severity;
  if (out.from.empty() && out.to.empty() && out.carries.empty() && out.ports.empty() && r.find("as") == nullptr && out.apps.empty()) {
    error("matches-all", "this would forbid every flow", "say from, to, port, app, as or carries", tree.at);
  }
  for (const std::string_view key : {std::string_view("app"), std::string_view("as")}) {
    if (r.find(key) == nullptr) continue;
    out.enforced = false;
    not_enforced("never/" + id, key == "app" ? "apps" : "identities", r.at(key));
  }
  model_.nevers.push_back(std::move(out));
}

void ModelParser::abuse(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "abuse", diagnostics_);
  kind_[id] = 'c';
  AbuseElement out;
  out.id = id;
  out.at = tree.at;
  out.says = r.required("says");
  out.stride = r.list("stride");
  out.attack = r.list("attack");
  out.respond = r.list("respond");
  if (const YamlTree* risk = r.find("risk")) {
    const auto factor = [&](std::string_view key) {
      const YamlTree* value = risk->find(key);
      return value != nullptr && value->text.size() == 1 && value->text[0] >= '1' && value->text[0] <= '5' ? static_cast<uint32_t>(value->text[0] - '0') : 0u;
    };
    out.severity = severity_of_risk(factor("likelihood") * factor("impact"));
  }
  if (const int severity = r.choice("severity", kSeverities)) out.severity = severity;
  if (const YamlTree* path = r.find("path")) {
    ElementReader p(*path, "group", diagnostics_);
    out.alert_at = p.list("alert_at");
    out.path = group(*path, 1, "abuse/" + id);
  }
  model_.abuse.push_back(std::move(out));
}

void ModelParser::finding(const std::string& id, const YamlTree& tree) {
  ElementReader r(tree, "findings", diagnostics_);
  FindingElement out;
  out.id = id;
  out.at_element = r.required("at");
  out.owner = r.required("owner");
  out.abuse = r.list("abuse");
  if (r.find("decide") == nullptr) error("weak-finding", "a finding needs a decision", "decide: [reduce-access]", tree.at);
  if (r.find("due") == nullptr && r.find("accept") == nullptr) error("weak-finding", "a finding needs a due date", "due: 2028-12-15", tree.at);
  refer({out.at_element}, r.at("at"), "zafndbic");
  refer(out.abuse, r.at("abuse"), "c");
  if (r.find("accept") != nullptr) not_enforced("findings/" + id + ".accept", "acceptance", r.at("accept"));
  model_.findings.push_back(std::move(out));
}

void ModelParser::drift(const YamlTree& tree) {
  ElementReader r(tree, "drift", diagnostics_);
  model_.drift_at = tree.at;
  model_.drift_ignore = r.list("ignore");
  if (const YamlTree* unmodelled = r.find("unmodelled")) {
    model_.drift_at = unmodelled->at;
    for (const auto& [key, value] : unmodelled->entries) {
      const auto word = std::find(kDefaults.begin(), kDefaults.end(), value.text);
      if (word == kDefaults.end() || (key.text != "crossing" && key.text != "inside")) {
        error("bad-value", "unmodelled takes crossing and inside: allow, report or alert", "", value.at);
        continue;
      }
      (key.text == "crossing" ? model_.drift_crossing : model_.drift_inside) = static_cast<int>(word - kDefaults.begin()) + 1;
    }
  }
  for (const std::string_view key : {std::string_view("unseen_after"), std::string_view("learn")}) {
    if (r.find(key) != nullptr && r.duration(key) > 0) not_enforced("drift." + std::string(key), "baselines", r.at(key));
  }
}

void ModelParser::check_references() {
  std::vector<std::string_view> names;
  for (const auto& [name, unused] : kind_) names.push_back(name);
  for (const Reference& ref : references_) {
    const auto found = kind_.find(ref.name);
    if (found != kind_.end() && ref.kinds.find(found->second) != std::string::npos) continue;
    const std::string best = closest(ref.name, names);
    const bool wrong_kind = found != kind_.end();
    error(wrong_kind ? "wrong-kind" : "unknown-name", wrong_kind ? "'" + ref.name + "' is not what is wanted here" : "'" + ref.name + "' is not declared",
          best.empty() || wrong_kind ? "" : "did you mean '" + best + "'?", ref.at);
  }
  check_addresses();
}

void ModelParser::check_addresses() {
  std::map<std::string, std::string> zone_of;
  const auto key = [](const AddressPrefix& p) { return p.bytes + "/" + std::to_string(p.length); };
  for (const ZoneElement& zone : model_.zones) {
    for (const AddressPrefix& prefix : zone.prefixes) {
      const auto [old, fresh] = zone_of.emplace(key(prefix), zone.id);
      if (!fresh) error("same-prefix", prefix.text + " is in zone '" + old->second + "' too", "", zone.at);
    }
  }
  std::map<std::string, std::string> asset_of;
  for (const AssetElement& asset : model_.assets) {
    const auto zone = std::find_if(model_.zones.begin(), model_.zones.end(), [&](const ZoneElement& z) { return z.id == asset.zone; });
    for (const AddressPrefix& prefix : asset.prefixes) {
      const auto [old, fresh] = asset_of.emplace(key(prefix), asset.id);
      if (!fresh) error("same-prefix", prefix.text + " is asset '" + old->second + "' too", "", asset.at);
      if (zone == model_.zones.end() || zone->any) continue;
      if (std::none_of(zone->prefixes.begin(), zone->prefixes.end(), [&](const AddressPrefix& z) { return within(prefix, z); })) {
        error("outside-zone", prefix.text + " is not in zone '" + asset.zone + "'", "", asset.at);
      }
    }
  }
}

}  // namespace glacis::control
