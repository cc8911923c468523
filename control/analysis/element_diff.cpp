#include "control/analysis/element_diff.h"

#include <algorithm>
#include <limits>
#include <map>

#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Amount = KeyDiff::Amount;
using Grows = KeyDiff::Grows;
using None = KeyDiff::None;

Amount number_amount(uint32_t number) { return {number, number == 0 ? "" : std::to_string(number)}; }

Amount word_amount(int position, Vocabulary vocabulary) {
  return {position, std::string(word_at(position, vocabulary))};
}

std::string text_of(const std::optional<HoursSpan>& hours) {
  return hours ? minute_text(hours->start_minute) + "-" + minute_text(hours->end_minute) + " " + hours->tz : "";
}

// Minutes of the day that the hours hold, whatever the zone: a longer span that begins no later is around a shorter.
bool hold(const std::optional<HoursSpan>& outer, const std::optional<HoursSpan>& inner) {
  if (!outer) return true;
  if (!inner || outer->tz != inner->tz) return false;
  constexpr uint32_t kDay = 1440;
  const auto length = [](uint32_t from, uint32_t to) { return (to + kDay - from - 1) % kDay + 1; };
  const uint32_t late = (inner->start_minute + kDay - outer->start_minute) % kDay;
  return late + length(inner->start_minute, inner->end_minute) <= length(outer->start_minute, outer->end_minute);
}

// "bytes: 50MB/h, flows: 2000/h" by what is limited.
std::map<std::string, std::string> limits_of(const std::string& limit) {
  std::map<std::string, std::string> out;
  for (size_t at = 0; at < limit.size();) {
    const size_t end = std::min(limit.find(", ", at), limit.size()), colon = limit.find(": ", at);
    out[limit.substr(at, colon - at)] = limit.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  return out;
}

// In millionths a second, so that rates in different units compare; what is not limited is more than any.
Amount rate_amount(const std::string& rate) {
  if (rate.empty()) return {std::numeric_limits<int64_t>::max(), ""};
  const size_t slash = rate.find('/');
  const uint64_t size = amount(rate.substr(0, slash)).value_or(0);
  const int64_t seconds = duration_ns("1" + rate.substr(slash + 1)).value_or(1'000'000'000) / 1'000'000'000;
  const auto scaled = static_cast<__int128>(size) * 1'000'000 / seconds;
  return {static_cast<int64_t>(std::min<__int128>(scaled, std::numeric_limits<int64_t>::max() - 1)), rate};
}

void compare_limits(const std::string& a, const std::string& b, KeyDiff& keys) {
  auto before = limits_of(a), after = limits_of(b);
  std::map<std::string, std::string> all = before;
  all.insert(after.begin(), after.end());
  keys.inside("limit", [&](KeyDiff& inner) {
    for (const auto& [what, unused] : all)
      inner.amount(what, rate_amount(before[what]), rate_amount(after[what]), Grows::kWider);
  });
}

// What flows and never lines have in common; `carried`: what no data means.
void compare_traffic(const TrafficElement& a, const TrafficElement& b, None carried, KeyDiff& keys) {
  keys.ends("from", a.from, b.from);
  keys.ends("to", a.to, b.to);
  keys.ports("port", a.ports, b.ports);
  keys.names("app", a.apps, b.apps, None::kAny);
  keys.names("as", a.as, b.as, None::kAny);
  keys.names("carries", a.carries, b.carries, carried);
  keys.text("says", a.says, b.says);
}

// One word as a list: none where it is not said.
std::vector<std::string> said(const std::string& word) {
  return word.empty() ? std::vector<std::string>() : std::vector{word};
}

std::string clear_text(std::optional<bool> clear) { return !clear ? "" : *clear ? "true" : "false"; }

std::vector<std::string> pairs_of(const TapElement& tap) {
  std::vector<std::string> out;
  for (const auto& [a, b] : tap.without) out.push_back(std::min(a, b) + " and " + std::max(a, b));
  return out;
}

std::vector<std::string> people_of(const Model& model) {
  std::vector<std::string> out;
  for (const auto& [team, person] : model.teams) out.push_back(team + ": " + person);
  return out;
}

}  // namespace

Amount span_amount(int64_t ns) { return {ns, ns == 0 ? "" : span_text(ns)}; }

Amount date_amount(int64_t until_s) {
  return until_s == 0 ? Amount{std::numeric_limits<int64_t>::max(), ""} : Amount{until_s, date_text(until_s)};
}

void compare(const TapElement& a, const TapElement& b, KeyDiff& keys) {
  keys.names("sensors", a.sensors, b.sensors);
  keys.names("inside", a.inside, b.inside);
  keys.names("not", pairs_of(a), pairs_of(b), None::kNothing, Grows::kNarrower);
}

void compare(const SourceElement& a, const SourceElement& b, KeyDiff& keys) {
  keys.value("owner", a.owner, b.owner);
  keys.value("state", a.fed ? "fed" : "planned", b.fed ? "fed" : "planned");
}

void compare(const PortGroupElement& a, const PortGroupElement& b, KeyDiff& keys) {
  keys.ports("ports", a.ports, b.ports);
}

void compare(const ZoneElement& a, const ZoneElement& b, KeyDiff& keys) {
  keys.value("trust", std::to_string(a.trust), std::to_string(b.trust));
  keys.flag("any", a.any, b.any, Grows::kWider);
  keys.prefixes("addr", a.prefixes, b.prefixes);
  keys.names("taps", a.taps, b.taps);
  keys.value("env", a.env, b.env);
  keys.flag("flat", a.flat, b.flat);
  keys.value("stack", word_at(a.stack, Vocabulary::kStack), word_at(b.stack, Vocabulary::kStack));
  keys.value("told apart by", a.apart, b.apart);
  keys.text("says", a.says, b.says);
}

void compare(const AssetElement& a, const AssetElement& b, KeyDiff& keys) {
  keys.value("kind", a.kind, b.kind);
  keys.value("zone", a.zone, b.zone);
  keys.prefixes("addr", a.prefixes, b.prefixes);
  keys.names("name", a.names, b.names);
  keys.flag("exposed", a.exposed, b.exposed);
  keys.names("holds", a.holds, b.holds);
  keys.amount("value", number_amount(a.value), number_amount(b.value));
  keys.value("owner", a.owner, b.owner);
  keys.value("stack", word_at(a.stack, Vocabulary::kStack), word_at(b.stack, Vocabulary::kStack));
  keys.text("says", a.says, b.says);
}

void compare(const FlowElement& a, const FlowElement& b, KeyDiff& keys) {
  compare_traffic(a, b, None::kNothing, keys);
  keys.names("clear", said(clear_text(a.clear)), said(clear_text(b.clear)), None::kAny);
  keys.choice("hours", text_of(a.hours), text_of(b.hours), hold(b.hours, a.hours), hold(a.hours, b.hours));
  keys.amount("until", date_amount(a.until_s), date_amount(b.until_s), Grows::kWider);
  compare_limits(a.limit, b.limit, keys);
  keys.value("class", a.class_, b.class_);
}

void compare(const NeverElement& a, const NeverElement& b, KeyDiff& keys) {
  compare_traffic(a, b, None::kAny, keys);
  keys.names("except", a.except, b.except, None::kNothing, Grows::kNarrower);
  keys.amount("severity", word_amount(a.severity, Vocabulary::kSeverity),
              word_amount(b.severity, Vocabulary::kSeverity), Grows::kWider);
  keys.names("stride", a.stride, b.stride, None::kNothing, Grows::kNone);
  keys.names("attack", a.attack, b.attack, None::kNothing, Grows::kNone);
  keys.text("why", a.why, b.why);
}

void compare(const BoundaryElement& a, const BoundaryElement& b, KeyDiff& keys) {
  keys.value("from", a.from, b.from);
  keys.value("to", a.to, b.to);
  keys.amount("default", word_amount(a.unmodelled, Vocabulary::kUnmodelled),
              word_amount(b.unmodelled, Vocabulary::kUnmodelled),
              a.unmodelled != 0 && b.unmodelled != 0 ? Grows::kWider : Grows::kNone);
  keys.amount("severity", word_amount(a.severity, Vocabulary::kSeverity),
              word_amount(b.severity, Vocabulary::kSeverity),
              a.severity != 0 && b.severity != 0 ? Grows::kWider : Grows::kNone);
  keys.names("changes", a.changes, b.changes, None::kNothing, Grows::kNone);
  keys.names("needs", a.needs, b.needs);
  keys.text("says", a.says, b.says);
}

void compare(const DataElement& a, const DataElement& b, KeyDiff& keys) {
  keys.value("class", a.class_, b.class_);
  keys.amount("sensitivity", number_amount(a.sensitivity), number_amount(b.sensitivity));
  keys.value("seen_as.pattern", a.pattern, b.pattern);
  keys.value("seen_as.check", a.check, b.check);
  keys.value("evidence", word_at(a.evidence, Vocabulary::kEvidence), word_at(b.evidence, Vocabulary::kEvidence));
  keys.text("says", a.says, b.says);
}

void compare(const IdentityElement& a, const IdentityElement& b, KeyDiff& keys) {
  keys.value("kind", a.kind, b.kind);
  keys.names("may", a.may, b.may);
  keys.names("can_become", a.can_become, b.can_become);
  keys.ends("lives_in", a.lives_in, b.lives_in);
  keys.names("env", said(a.env), said(b.env), None::kAny);
  keys.names("scopes", a.scopes, b.scopes);
  keys.names("seen_as", a.seen_as, b.seen_as, None::kNothing, Grows::kNone);
  keys.value("owner", a.owner, b.owner);
  keys.text("says", a.says, b.says);
}

void compare(const WorkHours& a, const WorkHours& b, KeyDiff& keys) {
  keys.value("tz", a.tz, b.tz);
  keys.value("days", a.days, b.days);
  keys.value("time", a.time, b.time);
}

void compare_header(const Model& a, const Model& b, KeyDiff& keys) {
  keys.value("id", a.id, b.id);
  keys.value("stage", a.stage, b.stage);
  keys.value("owner", a.owner, b.owner);
  keys.amount("reviewed", date_amount(a.reviewed_s), date_amount(b.reviewed_s));
  keys.amount("review_every", span_amount(a.review_every_ns), span_amount(b.review_every_ns));
  keys.names("review_on", a.review_on, b.review_on, None::kNothing, Grows::kNone);
  keys.names("teams", people_of(a), people_of(b), None::kNothing, Grows::kNone);
  keys.text("title", a.title, b.title);
  keys.text("scope", a.scope, b.scope);
  keys.text("include", joined(a.includes), joined(b.includes));
}

void compare_drift(const Model& a, const Model& b, KeyDiff& keys) {
  keys.amount("unmodelled.crossing", word_amount(a.drift_crossing, Vocabulary::kUnmodelled),
              word_amount(b.drift_crossing, Vocabulary::kUnmodelled), Grows::kWider);
  keys.amount("unmodelled.inside", word_amount(a.drift_inside, Vocabulary::kUnmodelled),
              word_amount(b.drift_inside, Vocabulary::kUnmodelled), Grows::kWider);
  keys.names("ignore", a.drift_ignore, b.drift_ignore, None::kNothing, Grows::kNarrower);
  keys.amount("unseen_after", span_amount(a.drift_unseen_after_ns), span_amount(b.drift_unseen_after_ns));
  keys.amount("learn", span_amount(a.drift_learn_ns), span_amount(b.drift_learn_ns));
  keys.names("resolvers", a.drift_resolvers, b.drift_resolvers, None::kNothing, Grows::kNone);
}

}  // namespace glacis::control
