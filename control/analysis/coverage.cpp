#include "control/analysis/coverage.h"

#include <algorithm>
#include <set>

#include "control/analysis/smallest_cover.h"

namespace glacis::control {
namespace {

// `with_tap`: what the line is where a tap sees it.
LineCoverage cover_line(const TrafficElement& line, std::string element, Sight with_tap, TapSight& taps,
                        const Needs& needs) {
  LineCoverage out;
  out.line = &line;
  out.element = std::move(element);
  out.with_tap = with_tap;
  out.sighting = taps.between(line.from, line.to);
  add_gaps(out.sighting, out.reasons);
  const std::string missing = needs.of(out.element);
  if (!missing.empty()) out.reasons.push_back(not_enforced(with_tap, missing));
  if (out.sighting.seen != 0) out.sight = out.with_tap;
  return out;
}

// Something that no tap sees, and one could.
struct Unseen {
  TapAdvice::Gain gain;
  EndNames from, to;
};

std::vector<Unseen> unseen_of(const Coverage& coverage) {
  std::vector<Unseen> out;
  const auto add = [&](const auto& covered, const std::string& element, const EndNames& from, const EndNames& to) {
    if (covered.with_tap <= covered.sight) return;
    Unseen& one = out.emplace_back();
    one.gain.element = element;
    one.gain.sight = covered.with_tap;
    one.from = from;
    one.to = to;
  };
  for (const CaseCoverage& one : coverage.cases) {
    for (const StepCoverage& step : one.steps)
      add(step, "abuse/" + one.abuse->id + "." + step.step.step->id, step.step.traffic.from, step.step.traffic.to);
  }
  for (const LineCoverage& line : coverage.lines) add(line, line.element, line.line->from, line.line->to);
  return out;
}

// What a tap on a zone would show.
struct Candidate {
  TapAdvice advice;
  CoverSet set;  // weight: twice the ordered pairs of zones, and one more where no tap is yet
};

class Advisor {
 public:
  Advisor(const Coverage& coverage, const Places& places) : places_(places), unseen_(unseen_of(coverage)) {
    for (const ZoneElement& zone : places.model().zones) {
      Candidate& candidate = candidates_.emplace_back();
      candidate.advice.zone = &zone;
      candidate.set.weight = zone.taps.empty() ? 1 : 0;
    }
    for (size_t i = 0; i < unseen_.size(); ++i) add(i);
  }

  std::vector<TapAdvice> run() {
    std::vector<CoverSet> sets;
    for (const Candidate& candidate : candidates_) sets.push_back(candidate.set);
    std::vector<TapAdvice> out;
    for (const size_t i : smallest_cover(sets)) out.push_back(std::move(candidates_[i].advice));
    std::ranges::stable_sort(out,
                             [](const TapAdvice& a, const TapAdvice& b) { return a.gains.size() > b.gains.size(); });
    return out;
  }

 private:
  void add(size_t element) {
    const auto from = places_.zones(unseen_[element].from), to = places_.zones(unseen_[element].to);
    const std::set<const ZoneElement*> initiators(from.begin(), from.end()), responders(to.begin(), to.end());
    std::set<const ZoneElement*> ends = initiators;
    ends.insert(to.begin(), to.end());
    for (const ZoneElement* zone : ends) {
      const bool starts = initiators.contains(zone), answers = responders.contains(zone);
      const bool inner = starts && answers && !zone->any;
      const size_t pairs =
          (starts ? to.size() - (answers ? 1 : 0) : 0) + (answers ? from.size() - (starts ? 1 : 0) : 0);
      if (pairs == 0 && !inner) continue;
      Candidate& candidate = candidates_[static_cast<size_t>(zone - places_.model().zones.data())];
      candidate.set.covers.push_back(element);
      candidate.set.weight += 2 * (pairs + (inner ? 1 : 0));
      candidate.advice.inside |= inner;
      candidate.advice.gains.push_back(unseen_[element].gain);
    }
  }

  const Places& places_;
  const std::vector<Unseen> unseen_;
  std::vector<Candidate> candidates_;  // one for each zone
};

}  // namespace

std::vector<LineCoverage> cover_lines(const Places& places, TapSight& taps, const Needs& needs) {
  std::vector<LineCoverage> out;
  for (const FlowElement& flow : places.model().flows)
    out.push_back(cover_line(flow, "flows/" + flow.id, Sight::kEnforced, taps, needs));
  for (const NeverElement& never : places.model().nevers)
    out.push_back(
        cover_line(never, "never/" + never.id, never.enforced ? Sight::kEnforced : Sight::kMetadata, taps, needs));
  return out;
}

std::vector<TapAdvice> advise_taps(const Coverage& coverage, const Places& places) {
  return Advisor(coverage, places).run();
}

Coverage cover(const Places& places) {
  const Model& model = places.model();
  Coverage out;
  out.model = &model;
  TapSight taps(places);
  const Needs needs(model);
  for (const AbuseElement& abuse : model.abuse) out.cases.push_back(cover_case(abuse, places, taps, needs));
  out.lines = cover_lines(places, taps, needs);
  out.identities = cover_identities(places, taps);
  out.advice = advise_taps(out, places);
  return out;
}

}  // namespace glacis::control
