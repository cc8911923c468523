#include "control/analysis/risk.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>
#include <unordered_map>

#include "control/analysis/case_ends.h"
#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

uint32_t term_of(const Exposure& exposure) {
  if (!exposure.hops) return 0;
  return kMostTerm - static_cast<uint32_t>(std::min<size_t>(*exposure.hops, kMostTerm - 1));
}

uint32_t term_of(Sight sight) {
  constexpr std::array<uint32_t, 4> kTerms = {5, 3, 2, 0};  // by Sight
  return kTerms[static_cast<size_t>(sight)];
}

uint32_t term_of(const FanOut& fan_out) {
  return std::min<uint32_t>(static_cast<uint32_t>(std::bit_width(fan_out.assets.size())), kMostTerm);
}

std::optional<Dread> dread_of(const AbuseElement& abuse) {
  if (!abuse.risk || abuse.risk->dread.empty()) return std::nullopt;
  const std::vector<uint32_t>& all = abuse.risk->dread;
  const auto [low, high] = std::ranges::minmax(all);
  const auto count = static_cast<uint32_t>(all.size());
  const uint32_t tenths = 10 * std::accumulate(all.begin(), all.end(), 0u);
  return Dread{low, high, (tenths + count / 2) / count};
}

class Assessor {
 public:
  explicit Assessor(const Places& places)
      : places_(places), model_(places.model()), reach_(places), outside_(reach_.spots().size()) {
    std::vector<size_t> starts;
    for (size_t i = 0; i < outside_.size(); ++i) {
      outside_[i] = outside(*reach_.spots()[i].zone);
      if (outside_[i]) starts.push_back(i);
    }
    from_outside_ = reach_.nearest(starts, {});
    for (const AssetElement& asset : model_.assets) stands_.emplace(&asset, reach_.spots_of(asset.id).front());
  }

  [[nodiscard]] CaseRisk of(const CaseCoverage& coverage) const {
    CaseRisk out;
    out.abuse = coverage.abuse;
    if (const auto& risk = out.abuse->risk) out.authored = risk->likelihood * risk->impact;
    out.dread = dread_of(*out.abuse);
    const CaseEnds ends = ends_of(*out.abuse, places_);
    out.exposure = exposure(ends);
    out.stake = stake(ends);
    out.fan_out = fan_out(ends, out.stake);
    out.active = strongest(out.abuse->id, true);
    out.planned = strongest(out.abuse->id, false);
    out.sight = coverage.sight;
    out.terms = {term_of(out.exposure), kMostTerm - (out.active == nullptr ? 0 : out.active->strength),
                 term_of(out.sight),    out.stake.value,
                 out.stake.sensitivity, term_of(out.fan_out)};
    return out;
  }

 private:
  using SpotSet = std::set<size_t>;

  [[nodiscard]] SpotSet spots_of(const EndNames& ends) const {
    SpotSet out;
    for (const std::string& name : ends) {
      const std::vector<size_t> one = reach_.spots_of(name);
      out.insert(one.begin(), one.end());
    }
    return out;
  }

  [[nodiscard]] Exposure exposure(const CaseEnds& ends) const {
    Exposure out;
    out.known = !ends.begins.empty();
    for (const size_t spot : spots_of(ends.begins)) {
      const auto& near = from_outside_[spot];
      if (!near || (out.hops && *out.hops <= near->hops)) continue;
      out.hops = near->hops;
      out.from = reach_.spots()[near->from].name();
      out.to = reach_.spots()[spot].name();
    }
    return out;
  }

  // Where the attacker stands after a step: the responders inside, else the initiators inside.
  [[nodiscard]] SpotSet stand(const CaseEnds::Step& step) const {
    const SpotSet responders = inside(step.to);
    return responders.empty() ? inside(step.from) : responders;
  }

  [[nodiscard]] SpotSet inside(const EndNames& ends) const {
    SpotSet out = spots_of(ends);
    std::erase_if(out, [this](size_t spot) { return outside_[spot]; });
    return out;
  }

  [[nodiscard]] bool stands_at(const AssetElement& asset, const SpotSet& spots) const {
    return spots.contains(stands_.at(&asset));
  }

  [[nodiscard]] Stake stake(const CaseEnds& ends) const {
    Stake out;
    std::set<const AssetElement*> touched;
    for (const CaseEnds::Step& step : ends.steps) {
      out.known |= !step.to.empty() || !step.from.empty();
      const SpotSet here = stand(step);
      for (const AssetElement& asset : model_.assets) {
        if (std::ranges::find(step.to, asset.id) != step.to.end() || stands_at(asset, here)) touched.insert(&asset);
      }
      for (const std::string& name : step.carries) {
        if (const DataElement* data = places_.data(name))
          out.sensitivity = std::max(out.sensitivity, data->sensitivity);
      }
    }
    add(touched, out);
    return out;
  }

  [[nodiscard]] FanOut fan_out(const CaseEnds& ends, const Stake& stake) const {
    SpotSet here, further;
    for (const CaseEnds::Step& step : ends.steps) {
      if (step.last) here.merge(stand(step));
    }
    const auto nearest = reach_.nearest({here.begin(), here.end()}, outside_);
    for (size_t spot = 0; spot < nearest.size(); ++spot) {
      if (nearest[spot]) further.insert(spot);
    }
    std::set<const AssetElement*> reached;
    for (const AssetElement& asset : model_.assets) {
      if (stands_at(asset, further)) reached.insert(&asset);
    }
    for (const AssetElement* asset : stake.assets) reached.erase(asset);
    FanOut out;
    add(reached, out);
    return out;
  }

  // `out` is a Stake or a FanOut.
  void add(const std::set<const AssetElement*>& assets, auto& out) const {
    for (const AssetElement& asset : model_.assets) {
      if (!assets.contains(&asset)) continue;
      out.assets.push_back(&asset);
      out.value = std::max(out.value, asset.value);
      out.sensitivity = std::max(out.sensitivity, places_.sensitivity(asset));
    }
  }

  [[nodiscard]] const ControlElement* strongest(const std::string& abuse, bool active) const {
    const ControlElement* out = nullptr;
    for (const ControlElement& control : model_.controls) {
      const bool covers = names(control.covers, abuse);
      if (covers && control.active == active && (out == nullptr || control.strength > out->strength)) out = &control;
    }
    return out;
  }

  const Places& places_;
  const Model& model_;
  const Reach reach_;
  std::vector<bool> outside_;  // by spot
  std::vector<std::optional<Reach::Near>> from_outside_;
  std::unordered_map<const AssetElement*, size_t> stands_;  // its spot
};

}  // namespace

bool outside(const ZoneElement& zone) { return zone.any || zone.trust < kOutsideTrust; }

std::vector<CaseRisk> assess(const Places& places, const Coverage& coverage) {
  const Assessor assessor(places);
  std::vector<CaseRisk> out;
  out.reserve(coverage.cases.size());
  for (const CaseCoverage& one : coverage.cases) out.push_back(assessor.of(one));
  std::ranges::stable_sort(out, [](const CaseRisk& a, const CaseRisk& b) {
    if (a.terms.sum() != b.terms.sum()) return a.terms.sum() > b.terms.sum();
    return a.authored.value_or(0) > b.authored.value_or(0);
  });
  return out;
}

}  // namespace glacis::control
