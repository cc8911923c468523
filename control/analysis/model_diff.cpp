#include "control/analysis/model_diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>

#include "control/analysis/coverage.h"
#include "control/analysis/crossings.h"
#include "control/analysis/element_diff.h"
#include "control/threat_model/value.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

using Sides = KeyDiff::Sides;

// How the width of an element is told.
struct Judging {
  std::string_view wider, narrower;
  DiffEffect when_wider, when_narrower;
};
constexpr Judging kAllows = {"loosened", "tightened", DiffEffect::kLooser, DiffEffect::kTighter};
constexpr Judging kForbids = {"tightened", "loosened", DiffEffect::kTighter, DiffEffect::kLooser};
constexpr Judging kPermits = {"widened", "narrowed", DiffEffect::kLooser, DiffEffect::kTighter};
constexpr Judging kLasts = {"extended", "shortened", DiffEffect::kLooser, DiffEffect::kTighter};
constexpr Judging kDescribes = {"changed", "changed", DiffEffect::kNone, DiffEffect::kNone};

// Between two zones something is allowed, by these elements.
struct OpenCrossing {
  std::vector<std::string> by;
  Position at;
  bool seen = false;
};
using OpenCrossings = std::map<std::pair<std::string, std::string>, OpenCrossing>;

OpenCrossings open_crossings(const Places& places) {
  OpenCrossings out;
  for (const Crossing& crossing : control::crossings(places)) {
    OpenCrossing& open = out[{crossing.from->id, crossing.to->id}];
    for (const FlowElement* line : crossing.lines) open.by.push_back("flows/" + line->id);
    open.at = crossing.lines[0]->at;
    open.seen = !crossing.taps.empty();
  }
  for (const BoundaryElement& boundary : places.model().boundaries) {
    const ZoneElement *from = places.zone(boundary.from), *to = places.zone(boundary.to);
    if (boundary.unmodelled != v1::UNMODELLED_ALLOW || from == nullptr || to == nullptr) continue;
    OpenCrossing& open = out[{boundary.from, boundary.to}];
    if (open.by.empty()) open.at = boundary.at;
    open.by.push_back("boundaries/" + boundary.id);
    open.seen = !places.taps(*from, *to).empty();
  }
  return out;
}

// How much is seen of a case, a step or a line, and why no more.
struct Watched {
  Sight sight = Sight::kBlind;
  std::string why;
  Position at;
};
using Watch = std::map<std::string, Watched>;

Watched watched(Sight sight, const std::vector<Reason>& reasons, const Position& at) {
  std::vector<std::string> why;
  for (const Reason& reason : reasons) why.push_back(reason.text);
  return {sight, joined(why, "; "), at};
}

Watch watch_of(const Places& places) {
  Watch out;
  const Coverage coverage = cover(places);
  for (const CaseCoverage& one : coverage.cases) {
    const std::string element = "abuse/" + one.abuse->id;
    out[element] = watched(one.sight, one.reasons, one.abuse->at);
    for (const StepCoverage& step : one.steps)
      out[element + "." + step.step.step->id] = watched(step.sight, step.reasons, step.step.step->at);
  }
  for (const LineCoverage& line : coverage.lines) out[line.element] = watched(line.sight, line.reasons, line.line->at);
  return out;
}

class Comparison {
 public:
  Comparison(const Places& before, const Places& after)
      : before_(before),
        after_(after),
        a_(before.model()),
        b_(after.model()),
        crossings_before_(open_crossings(before)),
        crossings_after_(open_crossings(after)) {}

  std::vector<ModelChange> run() {
    crossings();
    rules();
    coverage();
    section("identities", DiffArea::kIdentities, kPermits, a_.identities, b_.identities);
    section("findings", DiffArea::kGovernance, kDescribes, a_.findings, b_.findings);
    acceptances();
    places();
    section("data", DiffArea::kData, kDescribes, a_.data, b_.data);
    section("abuse", DiffArea::kCases, kDescribes, a_.abuse, b_.abuse);
    governance();
    std::ranges::stable_sort(out_, {}, &ModelChange::area);
    return std::move(out_);
  }

 private:
  void crossings() {
    for (const auto& [pair, crossing] : crossings_after_) {
      if (crossings_before_.contains(pair)) continue;
      const char* unseen = crossing.seen ? "" : "; no tap sees it";
      tell_crossing(pair, "opened", DiffEffect::kLooser, "by " + joined(crossing.by) + unseen).after = crossing.at;
    }
    for (const auto& [pair, crossing] : crossings_before_) {
      if (!crossings_after_.contains(pair))
        tell_crossing(pair, "closed", DiffEffect::kTighter, "was open by " + joined(crossing.by)).before = crossing.at;
    }
  }

  ModelChange& tell_crossing(const std::pair<std::string, std::string>& pair, std::string_view what, DiffEffect effect,
                             std::string says) {
    return tell({.area = DiffArea::kCrossings,
                 .element = pair.first + " to " + pair.second,
                 .what = what,
                 .effect = effect,
                 .says = std::move(says)});
  }

  void rules() {
    section("flows", DiffArea::kRules, kAllows, a_.flows, b_.flows);
    section("never", DiffArea::kRules, kForbids, a_.nevers, b_.nevers);
    section("boundaries", DiffArea::kRules, kForbids, a_.boundaries, b_.boundaries);
    single("drift", DiffArea::kRules, kForbids, a_.drift_at, b_.drift_at,
           [&](KeyDiff& keys) { compare_drift(a_, b_, keys); });
  }

  void coverage() {
    const Watch before = watch_of(before_), after = watch_of(after_);
    const Watched absent = {Sight::kBlind, "it is gone", {}};
    for (const auto& [element, now] : after) {
      const auto old = before.find(element);
      tell_sight(element, old == before.end() ? absent : old->second, now);
    }
    for (const auto& [element, old] : before) {
      if (!after.contains(element)) tell_sight(element, old, absent);
    }
  }

  void tell_sight(const std::string& element, const Watched& old, const Watched& now) {
    const bool twice = old.at.line != 0 && now.at.line != 0;
    // A line that comes or goes is no sight by itself.
    if (old.sight == now.sight || (!twice && element.starts_with("flows/"))) return;
    std::string says = std::string(sight_name(old.sight)) + " -> " + std::string(sight_name(now.sight));
    if (!now.why.empty()) says += ": " + now.why;
    tell({.area = DiffArea::kCoverage,
          .element = element,
          .what = now.sight > old.sight ? "gained" : "lost",
          .says = std::move(says),
          .before = old.at,
          .after = now.at});
  }

  void acceptances() {
    for (const FindingElement& now : b_.findings) {
      const FindingElement* old = find(a_.findings, now.id);
      if (old != nullptr) {
        acceptance(now.id, old->accept, now.accept);
      } else {
        acceptance(now.id, std::nullopt, now.accept);
      }
    }
    for (const FindingElement& old : a_.findings) {
      if (find(b_.findings, old.id) == nullptr) acceptance(old.id, old.accept, std::nullopt);
    }
  }

  void acceptance(const std::string& id, const std::optional<Acceptance>& old, const std::optional<Acceptance>& now) {
    if (!old && !now) return;
    const Sides sides = !old ? Sides::kAfter : !now ? Sides::kBefore : Sides::kBoth;
    KeyDiff keys(before_, after_, sides);
    const Acceptance a = old.value_or(Acceptance()), b = now.value_or(Acceptance());
    compare(a, b, keys);
    ModelChange base{.area = DiffArea::kAcceptances, .element = "findings/" + id, .before = a.at, .after = b.at};
    if (sides == Sides::kBoth) return changed(std::move(base), kLasts, keys.changed());
    base.what = old ? "ended" : "accepted";
    base.effect = old ? DiffEffect::kTighter : DiffEffect::kLooser;
    base.keys = keys.changed();
    tell(std::move(base));
  }

  void places() {
    section("zones", DiffArea::kPlaces, kDescribes, a_.zones, b_.zones);
    section("assets", DiffArea::kPlaces, kDescribes, a_.assets, b_.assets);
    section("taps", DiffArea::kPlaces, kDescribes, a_.taps, b_.taps);
    section("ports", DiffArea::kPlaces, kDescribes, a_.port_groups, b_.port_groups);
    single("hours", DiffArea::kPlaces, kDescribes, a_.hours.at, b_.hours.at,
           [&](KeyDiff& keys) { compare(a_.hours, b_.hours, keys); });
  }

  void governance() {
    section("controls", DiffArea::kGovernance, kDescribes, a_.controls, b_.controls);
    section("assumptions", DiffArea::kGovernance, kDescribes, a_.assumptions, b_.assumptions);
    section("requirements", DiffArea::kGovernance, kDescribes, a_.requirements, b_.requirements);
    section("hunts", DiffArea::kGovernance, kDescribes, a_.hunts, b_.hunts);
    section("sources", DiffArea::kGovernance, kDescribes, a_.sources, b_.sources);
    section("answers", DiffArea::kGovernance, kDescribes, a_.answers, b_.answers);
    single("model", DiffArea::kGovernance, kDescribes, a_.header_at, b_.header_at,
           [&](KeyDiff& keys) { compare_header(a_, b_, keys); });
  }

  template <class E>
  static const E* find(const std::vector<E>& list, const std::string& id) {
    const auto found = std::ranges::find(list, id, &E::id);
    return found == list.end() ? nullptr : &*found;
  }

  // Elements of one kind, by their names.
  template <class E>
  void section(const std::string& name, DiffArea area, const Judging& judging, const std::vector<E>& before,
               const std::vector<E>& after) {
    std::unordered_map<std::string, const E*> old, now;
    for (const E& element : before) old.emplace(element.id, &element);
    for (const E& element : after) now.emplace(element.id, &element);
    for (const E& element : after) {
      const auto found = old.find(element.id);
      element_pair(name, area, judging, found == old.end() ? nullptr : found->second, &element);
    }
    for (const E& element : before) {
      if (!now.contains(element.id)) element_pair(name, area, judging, &element, static_cast<const E*>(nullptr));
    }
  }

  template <class E>
  void element_pair(const std::string& section, DiffArea area, const Judging& judging, const E* old, const E* now) {
    const Sides sides = old == nullptr ? Sides::kAfter : now == nullptr ? Sides::kBefore : Sides::kBoth;
    const E none;
    const E &a = old == nullptr ? none : *old, &b = now == nullptr ? none : *now;
    KeyDiff keys(before_, after_, sides);
    compare(a, b, keys);
    ModelChange base{
        .area = area, .element = section + "/" + (now == nullptr ? a.id : b.id), .before = a.at, .after = b.at};
    if (sides == Sides::kBoth) return changed(std::move(base), judging, keys.changed());
    base.what = old == nullptr ? "added" : "removed";
    base.effect = old == nullptr ? judging.when_wider : judging.when_narrower;
    base.keys = keys.changed();
    tell(std::move(base));
  }

  template <class Compare>
  void single(const std::string& element, DiffArea area, const Judging& judging, const Position& before,
              const Position& after, Compare compare_keys) {
    KeyDiff keys(before_, after_, Sides::kBoth);
    compare_keys(keys);
    changed({.area = area, .element = element, .before = before, .after = after}, judging, keys.changed());
  }

  // What stands on both sides; its words for people are told apart.
  void changed(ModelChange base, const Judging& judging, const std::vector<ChangedKey>& keys) {
    ModelChange words = base;
    for (const ChangedKey& key : keys) (key.width == Width::kText ? words : base).keys.push_back(key);
    if (!words.keys.empty()) {
      words.area = DiffArea::kText;
      words.what = "reworded";
      tell(std::move(words));
    }
    if (base.keys.empty()) return;
    const Width width = width_of(base.keys);
    base.what = width == Width::kWider ? judging.wider : width == Width::kNarrower ? judging.narrower : "changed";
    if (width == Width::kWider) base.effect = judging.when_wider;
    if (width == Width::kNarrower) base.effect = judging.when_narrower;
    if (width == Width::kBoth && judging.when_wider != DiffEffect::kNone) base.effect = DiffEffect::kBoth;
    tell(std::move(base));
  }

  ModelChange& tell(ModelChange change) { return out_.emplace_back(std::move(change)); }

  const Places& before_;
  const Places& after_;
  const Model& a_;
  const Model& b_;
  const OpenCrossings crossings_before_, crossings_after_;
  std::vector<ModelChange> out_;
};

}  // namespace

std::vector<ModelChange> diff_models(const Places& before, const Places& after) {
  return Comparison(before, after).run();
}

}  // namespace glacis::control
