#include "control/analysis/explain.h"

#include <algorithm>
#include <charconv>
#include <ranges>

#include "control/analysis/case_steps.h"
#include "control/analysis/explain_tables.h"
#include "control/analysis/flow_words.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr std::string_view kWritten = "10.1.7.3 -> 10.4.0.5:5432/tcp, [fd00:1::7] -> [fd00:4::5]:443 app=https";

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Error no_flow(const std::string& what) { return {what, "", "written as " + std::string(kWritten)}; }

// "[fd00::1]" is "fd00::1".
std::string bare(std::string_view address) {
  const bool brackets = address.starts_with('[') && address.ends_with(']');
  return std::string(brackets ? address.substr(1, address.size() - 2) : address);
}

// Takes "/udp" off the end; tcp where there is none.
std::optional<uint8_t> take_protocol(std::string_view& text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return kTcp;
  const auto found = std::ranges::find(kProtocolWords, text.substr(slash + 1), [](const auto& p) { return p.first; });
  if (found == std::end(kProtocolWords) || found->second == kIcmpV6) return std::nullopt;  // icmp, of either version
  text.remove_suffix(text.size() - slash);
  return found->second;
}

// Takes ":443" off the end. An IPv6 address without brackets has no port.
std::optional<uint16_t> take_port(std::string_view& text) {
  const size_t colon = text.rfind(':');
  const bool has =
      colon != std::string_view::npos && (text.find(':') == colon || (colon > 0 && text[colon - 1] == ']'));
  if (!has) return std::nullopt;
  const auto port = number_in(text.substr(colon + 1), 1, 0xffff);
  if (port) text.remove_suffix(text.size() - colon);
  return port ? std::optional(static_cast<uint16_t>(*port)) : std::nullopt;
}

}  // namespace

std::optional<IpAddress> ip_address(const std::string& text) {
  const auto prefix = address_prefix(text);
  if (!prefix || text.find('/') != std::string::npos) return std::nullopt;
  return IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(prefix->bytes.data()), prefix->bytes.size()});
}

Expected<AskedFlow> asked_flow(const std::string& text) {
  AskedFlow out;
  std::string_view rest = text;
  if (const size_t app = rest.find("app="); app != std::string_view::npos) {
    out.app = trimmed(rest.substr(app + 4));
    rest = trimmed(rest.substr(0, app));
  }
  const size_t arrow = rest.find("->");
  if (arrow == std::string_view::npos) return std::unexpected(no_flow("'" + text + "' has no ->"));
  out.written_from = bare(trimmed(rest.substr(0, arrow)));
  std::string_view to = trimmed(rest.substr(arrow + 2));
  const auto protocol = take_protocol(to);
  if (!protocol) return std::unexpected(no_flow("'" + text + "': the protocol is tcp, udp, sctp or icmp"));
  out.protocol = *protocol;
  const bool ports = *protocol != kIcmp;
  const auto port = ports ? take_port(to) : std::nullopt;
  if (ports && !port) return std::unexpected(no_flow("'" + text + "' has no port of the responder"));
  out.port = port.value_or(0);
  out.written_to = bare(to);
  const auto a = ip_address(out.written_from), b = ip_address(out.written_to);
  if (!a || !b) return std::unexpected(no_flow("'" + (a ? out.written_to : out.written_from) + "' is no address"));
  if (a->is_v4() != b->is_v4()) return std::unexpected(no_flow("one address is IPv4, the other IPv6"));
  out.from = *a;
  out.to = *b;
  if (out.protocol == kIcmp && !a->is_v4()) out.protocol = kIcmpV6;
  return out;
}

Explainer::Explainer(std::vector<Model> models) : models_(std::move(models)) {
  for (const Model& model : models_) places_.emplace_back(model);
}

Explainer::~Explainer() = default;

std::expected<std::unique_ptr<Explainer>, std::vector<Diagnostic>> Explainer::make(std::vector<Model> models) {
  std::ranges::stable_sort(models, {}, &Model::id);
  std::unique_ptr<Explainer> out(new Explainer(std::move(models)));
  RuleIds ids;
  const auto policy = compile(out->models_, "", ids);
  if (!policy) return std::unexpected(policy.error());
  auto generation = built(*policy);
  if (!generation) return std::unexpected(std::move(generation.error()));
  out->generation_ = std::move(*generation);
  return out;
}

std::string Explainer::element_of(RuleIndex rule) const {
  const v1::Rule& found = rule_at(*generation_, rule);
  return models_.size() > 1 ? found.model() + "/" + found.element() : found.element();
}

Position Explainer::line_of(RuleIndex rule) const { return position_of(rule_at(*generation_, rule).line()); }

Position Explainer::step_line(RuleIndex rule, const std::string& step) const {
  const v1::Rule& found = rule_at(*generation_, rule);
  const auto model = std::ranges::find(models_, found.model(), &Model::id);
  for (const AbuseElement& abuse : model->abuse) {
    if ("abuse/" + abuse.id != found.element()) continue;
    for (const CaseStep& one : steps_of(abuse, places_[static_cast<size_t>(model - models_.begin())])) {
      if (one.step->id == step) return one.step->at;
    }
  }
  return line_of(rule);
}

AlertAnswer Explainer::alert_of(RuleIndex rule, int severity) const {
  const v1::Rule& found = rule_at(*generation_, rule);
  return {
      element_of(rule), found.sentence(), found.owner(), severity, {found.findings().begin(), found.findings().end()},
      line_of(rule)};
}

const ZoneElement* Explainer::zone(const std::string& name) const {
  for (const Places& places : places_) {
    if (const ZoneElement* found = places.zone(name)) return found;
  }
  return nullptr;
}

namespace {

AddressPrefix whole(const IpAddress& address) {
  const auto wire = address.wire();
  return {{wire.begin(), wire.end()}, static_cast<uint32_t>(wire.size() * 8), ""};
}

const AddressPrefix* longest(const std::vector<AddressPrefix>& prefixes, const IpAddress& address) {
  const AddressPrefix* out = nullptr;
  for (const AddressPrefix& prefix : prefixes) {
    const bool better = out == nullptr || prefix.length > out->length;
    if (!prefix.shared && better && contains(prefix, whole(address))) out = &prefix;
  }
  return out;
}

}  // namespace

PlaceAnswer Explainer::place_of(const std::string& written, const IpAddress& address, PlaceId place) const {
  const v1::Policy& policy = generation_->policy();
  const ZoneTable::Place& at = generation_->zones().at(place);
  PlaceAnswer out{written, "unknown", {}, "", {}};
  const AddressPrefix* narrowest = nullptr;
  const auto decides = [&](const AddressPrefix* prefix, const Element& element) {
    if (prefix == nullptr || (narrowest != nullptr && narrowest->length >= prefix->length)) return;
    narrowest = prefix;
    out.prefix = prefix->text;
    out.at = element.at;
  };
  if (at.zone.value != 0) out.zone = policy.zones(at.zone.value - 1).id();
  for (size_t m = 0; m < models_.size(); ++m) {
    for (const AssetElement& asset : models_[m].assets) {
      if (!stands_at(policy, at, m, models_[m].id + "/" + asset.id)) continue;
      out.assets.push_back(models_.size() > 1 ? models_[m].id + "/" + asset.id : asset.id);
      decides(longest(asset.prefixes, address), asset);
    }
  }
  const ZoneElement* zone_there = zone(out.zone);
  if (narrowest != nullptr || zone_there == nullptr) return out;
  decides(longest(zone_there->prefixes, address), *zone_there);
  if (narrowest == nullptr) {
    out.prefix = "any";
    out.at = zone_there->at;
  }
  return out;
}

std::vector<TapAnswer> Explainer::taps(const ZoneElement& from, const ZoneElement& to) const {
  std::vector<TapAnswer> out;
  for (const Places& places : places_) {
    for (const std::string& tap : places.taps(from, to)) {
      if (std::ranges::find(out, tap, &TapAnswer::tap) == out.end()) out.push_back({tap, false});
    }
  }
  const std::string judge = judging_tap(
      from, to, [&](const std::string& tap) { return std::ranges::find(out, tap, &TapAnswer::tap) != out.end(); });
  for (TapAnswer& tap : out) tap.judges = tap.tap == judge;
  return out;
}

AddressAnswer Explainer::address(const std::string& written, const IpAddress& address) const {
  const PlaceId place = generation_->zones().place(address);
  const ZoneId here = generation_->zones().zone(place);
  const JudgeTables& tables = generation_->judge().tables();
  AddressAnswer out{place_of(written, address, place), {}};
  const auto add = [&](std::string element, bool from, bool to, Position at) {
    if (!from && !to) return;
    const char* says = from && to ? "as either end" : from ? "as initiator" : "as responder";
    out.lines.push_back({std::move(element), says, true, std::move(at)});
  };
  const auto add_rule = [&](const JudgedRule& rule) {
    add(element_of(rule.rule), rule.from.contains(place), rule.to.contains(place), line_of(rule.rule));
  };
  std::ranges::for_each(tables.nevers, add_rule);
  std::ranges::for_each(tables.lines, add_rule);
  for (const ZonePairRule& boundary : tables.boundaries)
    add(element_of(boundary.rule), boundary.from == here, boundary.to == here, line_of(boundary.rule));
  for (const PathRule& path : generation_->paths().paths) {
    for (const PathStepRule& step : path.steps) {
      add(element_of(path.rule) + "." + step.id, step.enforced && step.ends.from.contains(place),
          step.enforced && step.ends.to.contains(place), step_line(path.rule, step.id));
    }
  }
  return out;
}

}  // namespace glacis::control
