#include "dataplane/path/path_matcher.h"

#include <algorithm>
#include <set>

#include "dataplane/path/path_machine.h"

namespace glacis {

PathMatcher::PathMatcher(size_t max_partials) : max_partials_(max_partials) {}
PathMatcher::~PathMatcher() = default;

void PathMatcher::admit(GenerationId generation, const PathProgram& program, std::span<const RuleId> rules) {
  if (admitted(generation)) return;
  std::vector<std::shared_ptr<PathMachine>> machines;
  for (size_t i = 0; i < program.paths.size() && i < rules.size(); ++i) {
    auto& machine = machines_[{rules[i].value, program.paths[i].definition}];
    if (machine == nullptr) machine = std::make_shared<PathMachine>(program.paths[i], max_partials_);
    machines.push_back(machine);
  }
  generations_.emplace(generation, std::move(machines));
}

bool PathMatcher::admitted(GenerationId generation) const { return generations_.contains(generation); }

void PathMatcher::release_before(GenerationId oldest) {
  generations_.erase(generations_.begin(), generations_.lower_bound(oldest));
  std::erase_if(machines_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

void PathMatcher::accept(std::span<const Event> hits, const Tell& tell) {
  while (!hits.empty()) {
    const Event& first = hits.front();
    const auto other = std::ranges::find_if(hits, [&first](const Event& e) { return e.path != first.path; });
    const auto count = static_cast<size_t>(other - hits.begin());
    const auto generation = generations_.find(first.generation);
    if (generation != generations_.end() && first.path.value < generation->second.size()) {
      counters_.hits += count;
      generation->second[first.path.value]->accept(hits.first(count), tell, counters_);
    }
    hits = hits.subspan(count);
  }
}

size_t PathMatcher::partials() const {
  size_t out = 0;
  for (const auto& [key, machine] : machines_) out += machine->partials();
  return out;
}

}  // namespace glacis
