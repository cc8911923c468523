#include "control/analysis/reach.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <set>

#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

constexpr size_t kFar = std::numeric_limits<size_t>::max();

// An asset without addresses and names of its own is the rest of its zone.
bool stands_alone(const AssetElement& asset) { return !asset.prefixes.empty() || !asset.names.empty(); }

}  // namespace

Reach::Reach(const Places& places) : places_(places) {
  for (const ZoneElement& zone : places.model().zones) {
    spots_.push_back({&zone, nullptr});
    for (const AssetElement& asset : places.model().assets) {
      if (asset.zone == zone.id && stands_alone(asset)) spots_.push_back({&zone, &asset});
    }
  }
  edges_.resize(spots_.size());
  for (const FlowElement& flow : places.model().flows) add_line(flow);
  add_flat_zones();
}

Reach::Edge& Reach::edge(size_t from, size_t to) {
  std::vector<Edge>& list = edges_[from];
  const auto found = std::ranges::lower_bound(list, to, {}, &Edge::to);
  if (found != list.end() && found->to == to) return *found;
  return *list.insert(found, Edge{to, {}, false});
}

void Reach::add_line(const FlowElement& flow) {
  const std::vector<size_t> to = spots_of(flow.to);
  for (const size_t a : spots_of(flow.from)) {
    for (const size_t b : to) {
      if (a != b) edge(a, b).lines.push_back(&flow);
    }
  }
}

void Reach::add_flat_zones() {
  for (size_t a = 0; a < spots_.size(); ++a) {
    for (size_t b = 0; b < spots_.size() && spots_[a].zone->flat; ++b) {
      if (a != b && spots_[a].zone == spots_[b].zone) edge(a, b).flat = true;
    }
  }
}

std::vector<size_t> Reach::spots_of(const std::string& name) const {
  std::vector<size_t> out;
  const AssetElement* asset = places_.asset(name);
  for (size_t i = 0; i < spots_.size(); ++i) {
    const bool in_zone = name == "any" || spots_[i].zone->id == name;
    const bool is_asset =
        asset != nullptr && (stands_alone(*asset) ? spots_[i].asset == asset
                                                  : spots_[i].asset == nullptr && spots_[i].zone->id == asset->zone);
    if (in_zone || is_asset) out.push_back(i);
  }
  return out;
}

std::vector<size_t> Reach::spots_of(const EndNames& ends) const {
  std::set<size_t> out;
  for (const std::string& name : ends) {
    const std::vector<size_t> one = spots_of(name);
    out.insert(one.begin(), one.end());
  }
  return {out.begin(), out.end()};
}

// The identity, those that live where the way has come by, and all that these can become.
std::vector<std::string> Reach::held_at(const std::vector<size_t>& spots, const std::string& as) const {
  std::vector<std::string> held = {as};
  for (const IdentityElement& identity : places_.model().identities) {
    const bool lives = std::ranges::any_of(spots, [&](size_t spot) {
      return std::ranges::any_of(identity.lives_in, [&](const std::string& home) {
        const std::vector<size_t> there = spots_of(home);
        return std::ranges::find(there, spot) != there.end();
      });
    });
    if (lives && !names(held, identity.id)) held.push_back(identity.id);
  }
  for (size_t i = 0; i < held.size(); ++i) {
    const auto& all = places_.model().identities;
    const auto identity = std::ranges::find(all, held[i], &IdentityElement::id);
    if (identity == all.end()) continue;
    for (const std::string& next : identity->can_become) {
      if (!names(held, next)) held.push_back(next);
    }
  }
  return held;
}

// Best first over partial ways: what is certain of the length, then the order of the spots. The distance to the end is
// never less than what is left, so ways come out shortest first.
struct Reach::Search {
  struct Partial {
    size_t length;  // at least, to the end
    std::vector<size_t> spots;
    bool operator<(const Partial& other) const {
      return length != other.length ? length > other.length : spots > other.spots;
    }
  };

  const Reach& reach;
  const std::string& as;
  std::vector<bool> target;
  std::vector<size_t> distance;  // hops to the nearest target, over all lines
  std::priority_queue<Partial> queue;

  Search(const Reach& r, const std::string& identity, const std::vector<size_t>& to)
      : reach(r), as(identity), target(r.spots_.size(), false), distance(r.spots_.size(), kFar) {
    for (const size_t spot : to) target[spot] = true;
    measure(to);
  }

  void measure(const std::vector<size_t>& to) {
    std::vector<std::vector<size_t>> back(reach.spots_.size());
    for (size_t from = 0; from < back.size(); ++from) {
      for (const Edge& edge : reach.edges_[from]) back[edge.to].push_back(from);
    }
    std::vector<size_t> next = to;
    for (const size_t spot : to) distance[spot] = 0;
    for (size_t i = 0; i < next.size(); ++i) {
      for (const size_t from : back[next[i]]) {
        if (distance[from] != kFar) continue;
        distance[from] = distance[next[i]] + 1;
        next.push_back(from);
      }
    }
  }

  void push(std::vector<size_t> spots) {
    if (distance[spots.back()] == kFar) return;
    queue.push({spots.size() - 1 + distance[spots.back()], std::move(spots)});
  }

  // The lines of it that are open; nothing: the edge is closed.
  [[nodiscard]] bool open(const Edge& edge, const std::vector<std::string>& held,
                          std::vector<const FlowElement*>& lines) const {
    for (const FlowElement* line : edge.lines) {
      const bool mine = as.empty() || line->as.empty() ||
                        std::ranges::any_of(line->as, [&](const std::string& id) { return names(held, id); });
      if (mine) lines.push_back(line);
    }
    return edge.flat || !lines.empty();
  }

  void extend(const Partial& partial) {
    const std::vector<std::string> held = as.empty() ? std::vector<std::string>() : reach.held_at(partial.spots, as);
    for (const Edge& edge : reach.edges_[partial.spots.back()]) {
      std::vector<const FlowElement*> lines;
      if (std::ranges::find(partial.spots, edge.to) != partial.spots.end() || !open(edge, held, lines)) continue;
      std::vector<size_t> longer = partial.spots;
      longer.push_back(edge.to);
      push(std::move(longer));
    }
  }

  [[nodiscard]] Way way_of(const std::vector<size_t>& spots) const {
    Way out;
    for (size_t i = 0; i + 1 < spots.size(); ++i) {
      const std::vector<size_t> so_far(spots.begin(), spots.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      const std::vector<std::string> held = as.empty() ? std::vector<std::string>() : reach.held_at(so_far, as);
      const auto& edges = reach.edges_[spots[i]];
      Hop hop{spots[i], spots[i + 1], {}};
      (void)open(*std::ranges::lower_bound(edges, spots[i + 1], {}, &Edge::to), held, hop.lines);
      out.push_back(std::move(hop));
    }
    return out;
  }
};

Ways Reach::ways(const std::string& from, const std::string& to, size_t most, const std::string& as) const {
  Search search(*this, as, spots_of(to));
  for (const size_t spot : spots_of(from)) {
    if (!search.target[spot]) search.push({spot});
  }
  Ways out;
  for (size_t work = 0; !search.queue.empty(); ++work) {
    if (work == kMostWork || out.ways.size() == most) {
      out.complete = false;
      break;
    }
    const Search::Partial partial = search.queue.top();
    search.queue.pop();
    if (search.target[partial.spots.back()]) {
      out.ways.push_back(search.way_of(partial.spots));
    } else {
      search.extend(partial);
    }
  }
  return out;
}

bool Reach::walks(const std::vector<CaseStep>& steps, const Way& way) const {
  if (way.empty()) return false;
  const auto about = [&](const CaseStep& step, const Hop& hop) {
    // What looks everywhere looks at no way in particular.
    if (names_nothing(step.traffic.from) && names_nothing(step.traffic.to)) return false;
    return meets(step.traffic, {spots_[hop.from].name()}, {spots_[hop.to].name()}, places_);
  };
  const auto first = std::ranges::find_if(steps, [&](const CaseStep& step) { return about(step, way.front()); });
  return std::any_of(first, steps.end(), [&](const CaseStep& step) { return about(step, way.back()); });
}

std::vector<std::optional<Reach::Near>> Reach::nearest(const std::vector<size_t>& from,
                                                       const std::vector<bool>& ends) const {
  std::vector<std::optional<Near>> out(spots_.size());
  for (const size_t spot : from) out[spot] = {0, spot};
  std::vector<size_t> next = from;
  for (size_t i = 0; i < next.size(); ++i) {
    const Near here = *out[next[i]];
    if (!ends.empty() && ends[next[i]]) continue;
    for (const Edge& edge : edges_[next[i]]) {
      if (out[edge.to]) continue;
      out[edge.to] = {here.hops + 1, here.from};
      next.push_back(edge.to);
    }
  }
  return out;
}

size_t Reach::first_seen(const Way& way) const {
  const auto seen = std::ranges::find_if(
      way, [&](const Hop& hop) { return !places_.taps(*spots_[hop.from].zone, *spots_[hop.to].zone).empty(); });
  return static_cast<size_t>(seen - way.begin());
}

}  // namespace glacis::control
