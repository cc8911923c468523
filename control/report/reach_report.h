#pragma once

#include <iosfwd>
#include <string>

#include "control/analysis/reach.h"

namespace glacis::control {

struct ReachQuestion {
  std::string from, to, as;  // names of the model; as: "" for whoever it takes
  size_t most = 20;          // ways that are shown
};

// Every way, shortest first: its hops with their lines and taps, the first that is seen, which controls stand in it
// and which cases walk it. The names must be the model's.
void print_ways(const Places& places, const ReachQuestion& question, std::ostream& out);
// The same as one JSON object.
void print_ways_json(const Places& places, const ReachQuestion& question, std::ostream& out);

}  // namespace glacis::control
