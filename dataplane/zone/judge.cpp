#include "dataplane/zone/judge.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace glacis {
namespace {

constexpr uint8_t kIcmp = 1, kIcmpV6 = 58, kUdp = 17;
constexpr uint8_t kInfo = 1, kMedium = 3, kHigh = 4;  // v1::Severity
constexpr int64_t kSecond = 1'000'000'000;
// A rule that fits more zone pairs than this is kept once, beside the pairs.
constexpr size_t kBroad = 1024;
constexpr uint32_t kNoLine = UINT32_MAX;
constexpr int kSteepRise = 40, kSensitive = 4;  // "Exactly" 10

bool port_fits(const std::vector<Ports>& ports, uint16_t port) {
  if (ports.empty()) return true;
  return std::any_of(ports.begin(), ports.end(), [port](const Ports& p) { return port >= p.first && port <= p.last; });
}

// Most rules of a pair of zones fall at the hull, for one line of memory; what follows is behind pointers.
bool ends_fit(const JudgedRule& rule, const Question& q) {
  if (q.responder_port < rule.hull.first || q.responder_port > rule.hull.last) return false;
  return rule.from.contains(q.initiator) && rule.to.contains(q.responder) && port_fits(rule.ports, q.responder_port);
}

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

// Whether the line's hours hold. A span that ends at or before its start runs over midnight and
// belongs to the day on which it began.
bool hours_hold(const FlowLineRule& line, Nanos time) {
  constexpr int64_t kDay = 86'400;
  if (line.start_minute == line.end_minute && line.days == 0x7f) return true;
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
  if (never.carries != 0 || !ends_fit(never, q) || excepted(t, never, q)) return;
  out.add(never.severity, kNeverRank, never.rule);
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

using Positions = std::span<const uint32_t>;

// Of the lines that cover the flow, the first of the policy.
uint32_t first_line(const JudgeTables& t, const Question& q, Positions a, Positions b) {
  uint32_t first = kNoLine;
  for (const Positions positions : {a, b}) {
    const auto found =
        std::find_if(positions.begin(), positions.end(), [&](uint32_t i) { return line_fits(t.lines[i], q); });
    if (found != positions.end()) first = std::min(first, *found);
  }
  return first;
}

// No line covers the flow; those that would at another time are broken ("Exactly" 5).
void add_expired(const JudgeTables& t, const Question& q, Positions positions, Violations& out) {
  for (const uint32_t i : positions) {
    const FlowLineRule& line = t.lines[i];
    if (ends_fit(line, q) && !time_fits(line, q)) out.add(line.severity, kExpiredRank, line.rule);
  }
}

ModelledAs without_line(const JudgeTables& t, const Question& q, ZoneId from, ZoneId to, Violations& out) {
  if (from == to && t.flat[from.value]) return ModelledAs::kFlat;
  return unmodelled(t, q, from, to, out) == UnmodelledAction::kAllow ? ModelledAs::kAllowed : ModelledAs::kReported;
}

// The judgement, given which lines and nevers are worth asking; both in ascending order.
struct Asked {
  Positions lines, broad_lines, nevers, broad_nevers;
};

void judge_with(const JudgeTables& t, const Question& q, const ZoneTable& zones, const Asked& asked, Verdict& out) {
  Violations violations;
  const ZoneId from = zones.zone(q.initiator), to = zones.zone(q.responder);
  out.judged_here = !elsewhere(t, from, to);
  for (const uint32_t i : asked.nevers) add_never(t, t.nevers[i], q, violations);
  for (const uint32_t i : asked.broad_nevers) add_never(t, t.nevers[i], q, violations);
  if (const uint32_t line = first_line(t, q, asked.lines, asked.broad_lines); line != kNoLine) {
    out.line = t.lines[line].rule;
    out.modelled = ModelledAs::kLine;
  } else {
    add_expired(t, q, asked.lines, violations);
    add_expired(t, q, asked.broad_lines, violations);
    out.modelled = without_line(t, q, from, to, violations);
  }
  violations.write(out);
  if (out.rule_count > 0) out.modelled = ModelledAs::kViolation;
}

std::vector<uint32_t> all_of(size_t n) {
  std::vector<uint32_t> out(n);
  std::iota(out.begin(), out.end(), 0u);
  return out;
}

Ports hull_of(const std::vector<Ports>& ports) {
  if (ports.empty()) return {};
  Ports out = ports.front();
  for (const Ports& p : ports) out = {std::min(out.first, p.first), std::max(out.last, p.last)};
  return out;
}

template <class Rule>
void add_hulls(std::vector<Rule>& rules) {
  for (Rule& rule : rules) rule.hull = hull_of(rule.ports);
}

std::vector<uint32_t> zones_of(const PlaceSet& places, const ZoneTable& table, size_t zones) {
  std::vector<bool> seen(zones);
  std::vector<uint32_t> out;
  places.each([&](PlaceId place) {
    if (place.value >= table.places()) return;
    const uint32_t zone = table.zone(place).value;
    if (!seen[zone]) out.push_back(zone);
    seen[zone] = true;
  });
  return out;
}

}  // namespace

template <class Rule>
Judge::Candidates Judge::index(const std::vector<Rule>& rules, size_t zones, const ZoneTable& table) {
  std::vector<std::pair<uint32_t, uint32_t>> entries;  // pair, position
  Candidates out;
  for (uint32_t i = 0; i < rules.size(); ++i) {
    const auto from = zones_of(rules[i].from, table, zones), to = zones_of(rules[i].to, table, zones);
    if (from.size() * to.size() > kBroad) {
      out.broad.push_back(i);
      continue;
    }
    for (const uint32_t a : from) {
      for (const uint32_t b : to) entries.emplace_back(static_cast<uint32_t>(a * zones) + b, i);
    }
  }
  std::sort(entries.begin(), entries.end());
  out.first.resize(zones * zones + 1);
  for (const auto& [pair, position] : entries) {
    ++out.first[pair + 1];
    out.positions.push_back(position);
  }
  std::partial_sum(out.first.begin(), out.first.end(), out.first.begin());
  return out;
}

Judge::Judge(JudgeTables tables, const ZoneTable& zones)
    : tables_(std::move(tables)),
      zones_(tables_.flat.size()),
      lines_(index(tables_.lines, zones_, zones)),
      nevers_(index(tables_.nevers, zones_, zones)),
      selectors_(tables_.scan_selectors.size(), zones.places()) {
  add_hulls(tables_.lines);
  add_hulls(tables_.nevers);
  add_hulls(tables_.scan_selectors);
  std::ranges::stable_sort(tables_.boundaries, {}, [](const ZonePairRule& b) { return std::pair(b.from, b.to); });
  for (size_t i = 0; i < tables_.scan_selectors.size(); ++i) {
    selectors_.add(i, tables_.scan_selectors[i].from, tables_.scan_selectors[i].to);
  }
}

Verdict Judge::judge(const Question& q, const ZoneTable& zones) const {
  Verdict out;
  if (zones_ == 0) return out;
  const size_t pair = pair_of(q, zones);
  judge_with(tables_, q, zones, {lines_.of(pair), lines_.broad, nevers_.of(pair), nevers_.broad}, out);
  const auto fits = [&](size_t i) { return ends_fit(tables_.scan_selectors[i], q); };
  out.scan = tables_.scan_everything || selectors_.any(q.initiator, q.responder, fits);
  return out;
}

bool Judge::has_line(const Question& q, const ZoneTable& zones) const {
  return zones_ != 0 && first_line(tables_, q, lines_.of(pair_of(q, zones)), lines_.broad) != kNoLine;
}

Verdict Judge::judge_plainly(const Question& q, const ZoneTable& zones) const {
  Verdict out;
  if (zones_ == 0) return out;
  const auto lines = all_of(tables_.lines.size()), nevers = all_of(tables_.nevers.size());
  judge_with(tables_, q, zones, {lines, {}, nevers, {}}, out);
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
