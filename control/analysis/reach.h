#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "control/analysis/case_steps.h"
#include "control/threat_model/places.h"

namespace glacis::control {

// Where an attacker can stand: an asset with addresses or names of its own, or what a zone's assets leave of it.
struct Spot {
  const ZoneElement* zone = nullptr;
  const AssetElement* asset = nullptr;  // null: the rest of the zone
  [[nodiscard]] const std::string& name() const { return asset != nullptr ? asset->id : zone->id; }
};

// From one spot to another: over one of these lines, or, where there is none, inside a flat zone.
struct Hop {
  size_t from = 0, to = 0;  // spots
  std::vector<const FlowElement*> lines;
};

// No spot twice.
using Way = std::vector<Hop>;

struct Ways {
  std::vector<Way> ways;  // shortest first; equally long ones in the order of their spots
  bool complete = true;   // false: there are more than were asked for, or looking for them was given up
};

// What a model lets an attacker do who takes over each place on the way.
// With an identity, lines that ask for others are closed, until the way leads over a spot that one of those
// lives in; can_become holds everywhere.
// Borrows places and their model. Thread: any.
class Reach {
 public:
  static constexpr size_t kMostWork = 200'000;  // partial ways that are looked at

  explicit Reach(const Places& places);

  [[nodiscard]] const std::vector<Spot>& spots() const { return spots_; }
  // Of a zone, an asset, or any; none: no such name.
  [[nodiscard]] std::vector<size_t> spots_of(const std::string& name) const;
  // Ways that end when they first come to one of `to`. `as`: an identity's name; "": whoever it takes.
  [[nodiscard]] Ways ways(const std::string& from, const std::string& to, size_t most,
                          const std::string& as = "") const;

  // Whether the case looks at the way: some step is about its first hop, and the same or a later one about its last.
  [[nodiscard]] bool walks(const std::vector<CaseStep>& steps, const Way& way) const;
  // The fewest hops to a spot, and from where.
  struct Near {
    size_t hops = 0, from = 0;
  };
  // By spot, from the nearest of `from` (of equally near ones that which comes first there); nothing: no way, whoever
  // acts. `ends`: spots from which no way goes on, by spot; empty: none.
  [[nodiscard]] std::vector<std::optional<Near>> nearest(const std::vector<size_t>& from,
                                                         const std::vector<bool>& ends) const;
  // The first hop that a tap sees; way.size(): none.
  [[nodiscard]] size_t first_seen(const Way& way) const;

 private:
  struct Edge {
    size_t to = 0;
    std::vector<const FlowElement*> lines;
    bool flat = false;
  };
  struct Search;

  void add_line(const FlowElement& flow);
  void add_flat_zones();
  Edge& edge(size_t from, size_t to);
  [[nodiscard]] std::vector<size_t> spots_of(const EndNames& ends) const;
  [[nodiscard]] std::vector<std::string> held_at(const std::vector<size_t>& spots, const std::string& as) const;

  const Places& places_;
  std::vector<Spot> spots_;
  std::vector<std::vector<Edge>> edges_;  // by spot, in the order of their ends
};

}  // namespace glacis::control
