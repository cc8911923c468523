#include "dataplane/zone/judge.h"

#include <algorithm>
#include <span>
#include <utility>

namespace glacis {
namespace {

constexpr uint8_t kIcmp = 1, kIcmpV6 = 58, kUdp = 17;
constexpr uint8_t kInfo = 1, kMedium = 3, kHigh = 4;  // v1::Severity
constexpr int64_t kSecond = 1'000'000'000;
constexpr uint32_t kNoLine = UINT32_MAX;
constexpr int kSteepRise = 40, kSensitive = 4;  // "Exactly" 10

int64_t utc_offset(const std::vector<int64_t>& offsets, int64_t unix_s) {
  size_t low = 0, high = offsets.size() / 2;  // the last pair that has begun lies before `high`
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (offsets[2 * middle] <= unix_s) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? 0 : offsets[2 * low - 1];
}

// Division that rounds down, so that times before 1970 fall into the right day.
int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool has_hours(const FlowLineRule& line) { return line.days != 0x7f || line.start_minute != line.end_minute; }

// Whether the line's hours hold. A span that ends at or before its start runs over midnight and
// belongs to the day on which it began.
bool hours_hold(const FlowLineRule& line, Nanos time) {
  constexpr int64_t kDay = 86'400;
  if (!has_hours(line)) return true;
  const int64_t unix_s = floor_div(time.value, kSecond);
  const int64_t local = unix_s + utc_offset(line.utc_offsets, unix_s);
  const int64_t day = floor_div(local, kDay);
  const int64_t minute = (local - day * kDay) / 60;
  const int64_t weekday = day + 3;  // 1970-01-01 was a Thursday; 0 = Monday
  const auto on = [&line](int64_t d) { return (line.days >> ((d % 7 + 7) % 7) & 1) != 0; };
  if (line.start_minute < line.end_minute) {
    return on(weekday) && minute >= line.start_minute && minute < line.end_minute;
  }
  return (minute >= line.start_minute && on(weekday)) || (minute < line.end_minute && on(weekday - 1));
}

// Ties of severity ("Exactly" 8).
constexpr uint8_t kNeverRank = 0, kDataRank = 1, kExpiredRank = 2, kBoundaryRank = 3, kUnmodelledRank = 4;

// Violations in the order in which they are told: severest first, then never before the rest.
struct Violations {
  struct One {
    uint8_t severity;
    uint8_t rank;
    RuleIndex rule;
  };
  std::array<One, kMaxRulesPerEvent> list;
  size_t count = 0;
  uint8_t left_out = 0;

  void add(uint8_t severity, uint8_t rank, RuleIndex rule) {
    const One one{severity, rank, rule};
    for (size_t i = 0; i < count; ++i) {
      if (list[i].rule == rule) return;
    }
    size_t at = 0;
    while (at < count && !before(one, list[at])) ++at;
    if (count == list.size() && left_out != UINT8_MAX) ++left_out;
    if (at == list.size()) return;
    for (size_t i = std::min(count, list.size() - 1); i > at; --i) list[i] = list[i - 1];
    list[at] = one;
    if (count < list.size()) ++count;
  }
  static bool before(const One& a, const One& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.rule < b.rule;
  }
  void write(Verdict& out) const {
    out.rule_count = static_cast<uint8_t>(count);
    out.left_out = left_out;
    for (size_t i = 0; i < count; ++i) {
      out.rules[i] = list[i].rule;
      out.severities[i] = list[i].severity;
    }
  }
};

bool time_fits(const FlowLineRule& line, const Question& q) {
  if (line.until_s != 0 && floor_div(q.time.value, kSecond) > line.until_s) return false;
  return hours_hold(line, q.time);
}

bool line_fits(const FlowLineRule& line, const Question& q) { return ends_fit(line, q) && time_fits(line, q); }

bool excepted(const JudgeTables& t, const NeverRule& never, const Question& q) {
  return std::any_of(never.except.begin(), never.except.end(),
                     [&](uint32_t line) { return line_fits(t.lines[line], q); });
}

void add_never(const JudgeTables& t, const NeverRule& never, const Question& q, Violations& out) {
  if (!excepted(t, never, q)) out.add(never.severity, kNeverRank, never.rule);
}

// "Exactly" 10: how severe an unmodelled crossing is.
uint8_t crossing_severity(const JudgeTables& t, const Question& q, ZoneId from, ZoneId to) {
  const int rise = int{t.trust[to.value]} - int{t.trust[from.value]};
  const bool steep = from.value != 0 && to.value != 0 && rise >= kSteepRise;
  return steep || t.sensitivity[q.responder.value] >= kSensitive ? kHigh : kMedium;
}

bool drift_ignores(const DriftRule& drift, const Question& q) {
  if (drift.ignore_icmp && (q.protocol == kIcmp || q.protocol == kIcmpV6)) return true;
  const bool dhcp = q.protocol == kUdp && (q.responder_port == 67 || q.responder_port == 68 ||
                                           q.responder_port == 546 || q.responder_port == 547);
  return drift.ignore_dhcp && dhcp;
}

UnmodelledAction unmodelled(const JudgeTables& t, const Question& q, ZoneId from, ZoneId to, Violations& out) {
  UnmodelledAction strictest = UnmodelledAction::kAllow;
  bool bounded = false;
  const auto pair_of = [](const ZonePairRule& b) { return std::pair(b.from, b.to); };
  for (const ZonePairRule& boundary : std::ranges::equal_range(t.boundaries, std::pair(from, to), {}, pair_of)) {
    bounded = true;
    strictest = std::max(strictest, boundary.action);
    if (boundary.action == UnmodelledAction::kAlert) out.add(boundary.severity, kBoundaryRank, boundary.rule);
  }
  if (bounded) return strictest;
  const bool inside = from == to;
  for (const DriftRule& drift : t.drift) {
    const bool own = drift.declares[from.value] || drift.declares[to.value] || drift.assets.contains(q.initiator) ||
                     drift.assets.contains(q.responder);
    if (!own) continue;
    if (drift_ignores(drift, q)) continue;
    const UnmodelledAction action = inside ? drift.inside : drift.crossing;
    strictest = std::max(strictest, action);
    if (action != UnmodelledAction::kAlert) continue;
    out.add(inside ? kInfo : crossing_severity(t, q, from, to), kUnmodelledRank,
            inside ? drift.inside_rule : drift.crossing_rule);
  }
  return strictest;
}

bool wants_scan_plainly(const JudgeTables& t, const Question& q) {
  return t.scan_everything || std::any_of(t.scan_selectors.begin(), t.scan_selectors.end(),
                                          [&q](const JudgedRule& s) { return ends_fit(s, q); });
}

bool elsewhere(const JudgeTables& t, ZoneId from, ZoneId to) {
  return std::binary_search(t.elsewhere.begin(), t.elsewhere.end(), std::pair(from, to));
}

// No line covers the flow; one that would at another time is broken ("Exactly" 5).
void add_expired(const FlowLineRule& line, const Question& q, Violations& out) {
  if (!time_fits(line, q)) out.add(line.severity, kExpiredRank, line.rule);
}

ModelledAs without_line(const JudgeTables& t, const Question& q, ZoneId from, ZoneId to, Violations& out) {
  if (from == to && t.flat[from.value]) return ModelledAs::kFlat;
  return unmodelled(t, q, from, to, out) == UnmodelledAction::kAllow ? ModelledAs::kAllowed : ModelledAs::kReported;
}

// Who finds the rules that fit a flow's ends and port: by an index, or by walking over all of them.
struct Indexed {
  const JudgeTables& t;
  const PairIndex &line_index, &never_index;
  const Question& q;
  const ZoneTable& zones;

  template <class With>
  void lines(With with) const {
    line_index.each(t.lines, q, zones, with);
  }
  template <class With>
  void nevers(With with) const {
    never_index.each(t.nevers, q, zones, [&](uint32_t i, bool) { with(i); });
  }
};
struct Walked {
  const JudgeTables& t;
  const Question& q;

  template <class With>
  void lines(With with) const {
    for (uint32_t i = 0; i < t.lines.size(); ++i) {
      if (ends_fit(t.lines[i], q)) with(i, false);
    }
  }
  template <class With>
  void nevers(With with) const {
    for (uint32_t i = 0; i < t.nevers.size(); ++i) {
      if (t.nevers[i].carries == 0 && ends_fit(t.nevers[i], q)) with(i);
    }
  }
};

// Of the lines that cover the flow, the first of the policy.
template <class Finder>
uint32_t first_line(const JudgeTables& t, const Question& q, const Finder& finder) {
  uint32_t first = kNoLine;
  finder.lines([&](uint32_t i, bool always) {
    if (i < first && (always || time_fits(t.lines[i], q))) first = i;
  });
  return first;
}

template <class Finder>
void judge_with(const JudgeTables& t, const Question& q, const ZoneTable& zones, const Finder& finder, Verdict& out) {
  Violations violations;
  const ZoneId from = zones.zone(q.initiator), to = zones.zone(q.responder);
  out.judged_here = !elsewhere(t, from, to);
  finder.nevers([&](uint32_t i) { add_never(t, t.nevers[i], q, violations); });
  if (const uint32_t line = first_line(t, q, finder); line != kNoLine) {
    out.line = t.lines[line].rule;
    out.modelled = ModelledAs::kLine;
  } else {
    finder.lines([&](uint32_t i, bool always) {
      if (!always) add_expired(t.lines[i], q, violations);
    });
    out.modelled = without_line(t, q, from, to, violations);
  }
  violations.write(out);
  if (out.rule_count > 0) out.modelled = ModelledAs::kViolation;
}

std::vector<PairIndex::Listed> listed(const std::vector<FlowLineRule>& lines) {
  std::vector<PairIndex::Listed> out;
  for (const FlowLineRule& line : lines) {
    out.push_back({static_cast<uint32_t>(out.size()), &line, line.until_s == 0 && !has_hours(line)});
  }
  return out;
}

// Those that fire on data are no matter of ends alone.
std::vector<PairIndex::Listed> listed(const std::vector<NeverRule>& nevers) {
  std::vector<PairIndex::Listed> out;
  for (uint32_t i = 0; i < nevers.size(); ++i) {
    if (nevers[i].carries == 0) out.push_back({i, &nevers[i], true});
  }
  return out;
}

}  // namespace

Judge::Judge(JudgeTables tables, const ZoneTable& zones)
    : tables_(std::move(tables)),
      lines_(listed(tables_.lines), tables_.flat.size(), zones),
      nevers_(listed(tables_.nevers), tables_.flat.size(), zones),
      selectors_(tables_.scan_selectors.size(), zones.places()) {
  std::ranges::stable_sort(tables_.boundaries, {}, [](const ZonePairRule& b) { return std::pair(b.from, b.to); });
  for (size_t i = 0; i < tables_.scan_selectors.size(); ++i) {
    const JudgedRule& selector = tables_.scan_selectors[i];
    selectors_.add(i, selector.from, selector.to);
    selector_ports_.emplace_back(selector.ports);
  }
}

// Both ends fit by the index.
bool Judge::selects(size_t selector, const Question& q) const {
  return selector_ports_[selector].fits(tables_.scan_selectors[selector].ports, q.responder_port);
}

Verdict Judge::judge(const Question& q, const ZoneTable& zones) const {
  Verdict out;
  if (empty()) return out;
  judge_with(tables_, q, zones, Indexed{tables_, lines_, nevers_, q, zones}, out);
  out.scan =
      tables_.scan_everything || selectors_.any(q.initiator, q.responder, [&](size_t i) { return selects(i, q); });
  return out;
}

bool Judge::has_line(const Question& q, const ZoneTable& zones) const {
  return !empty() && first_line(tables_, q, Indexed{tables_, lines_, nevers_, q, zones}) != kNoLine;
}

EitherWay Judge::judge_either(const Question& guessed, const Question& reversed, const ZoneTable& zones) const {
  const auto breaks = [](const Verdict& verdict) { return verdict.rule_count != 0 && verdict.judged_here; };
  EitherWay out{judge(guessed, zones)};
  const bool line = out.verdict.modelled == ModelledAs::kLine;
  if (line && !has_line(reversed, zones)) {
    out.told = true;
    return out;
  }
  const Verdict other = judge(reversed, zones);
  const bool other_line = other.modelled == ModelledAs::kLine;
  const bool told_by_line = line != other_line, told_by_rules = breaks(out.verdict) != breaks(other);
  out.told = told_by_line || told_by_rules;
  out.turned = told_by_line ? other_line : told_by_rules && breaks(out.verdict);
  if (out.turned) out.verdict = other;
  return out;
}

Verdict Judge::judge_plainly(const Question& q, const ZoneTable& zones) const {
  Verdict out;
  if (empty()) return out;
  judge_with(tables_, q, zones, Walked{tables_, q}, out);
  out.scan = wants_scan_plainly(tables_, q);
  return out;
}

Verdict Judge::judge_data(const Question& q, uint32_t data, const ZoneTable& zones) const {
  Verdict out;
  if (data >= tables_.data.size()) return out;
  out.judged_here = !elsewhere(tables_, zones.zone(q.initiator), zones.zone(q.responder));
  const uint64_t bit = uint64_t{1} << data;
  Violations violations;
  for (const NeverRule& never : tables_.nevers) {
    if ((never.carries & bit) != 0 && ends_fit(never, q) && !excepted(tables_, never, q)) {
      violations.add(never.severity, kNeverRank, never.rule);
    }
  }
  const bool carried = std::any_of(tables_.lines.begin(), tables_.lines.end(), [&](const FlowLineRule& line) {
    return (line.carries & bit) != 0 && line_fits(line, q);
  });
  if (!carried) violations.add(tables_.data[data].severity, kDataRank, tables_.data[data].rule);
  violations.write(out);
  out.modelled = out.rule_count > 0 ? ModelledAs::kViolation : ModelledAs::kAllowed;
  return out;
}

bool Judge::line_matches(uint32_t line, const Question& q) const {
  return line < tables_.lines.size() && line_fits(tables_.lines[line], q);
}

}  // namespace glacis
