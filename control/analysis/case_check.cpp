#include <algorithm>
#include <set>
#include <string>

#include "control/analysis/case_steps.h"
#include "control/analysis/static_check.h"

namespace glacis::control {
namespace {

// What a sensor can remember of one path: partial matches for as many hosts and hours. `any` counts as a million hosts.
constexpr uint64_t kMostHosts = 1u << 20, kMostHostHours = 24 * kMostHosts;
constexpr int64_t kHourNs = 3'600'000'000'000;

std::string text_of(const EndNames& ends) {
  if (ends.empty()) return "any";
  std::string out;
  for (const std::string& name : ends) out += (out.empty() ? "" : ", ") + name;
  return out;
}

uint64_t hosts_of(const std::vector<AddressPrefix>& prefixes) {
  uint64_t out = 0;
  for (const AddressPrefix& prefix : prefixes) {
    const size_t free_bits = prefix.bytes.size() * 8 - prefix.length;
    out += free_bits >= 20 ? kMostHosts : uint64_t{1} << free_bits;
  }
  return std::min(out, kMostHosts);
}

class CaseCheck {
 public:
  CaseCheck(const Places& places, std::vector<Diagnostic>& out) : places_(places), model_(places.model()), out_(out) {}

  void run() {
    std::set<std::string> found;
    for (const FindingElement& finding : model_.findings) found.insert(finding.abuse.begin(), finding.abuse.end());
    for (const AbuseElement& abuse : model_.abuse) {
      if (!abuse.path && !found.contains(abuse.id))
        warn("unanswered-case", "no finding and no path answers '" + abuse.id + "'",
             "a path says what would be seen, a finding what was decided", abuse.at);
      for (const CaseStep& step : steps_of(abuse, places_)) check_step(step);
      if (abuse.path) check_windows(*abuse.path, 0);
      check_state(abuse);
    }
  }

 private:
  void warn(Code code, std::string message, std::string hint, const Position& at) {
    out_.emplace_back(code, std::move(message), std::move(hint), at);
  }

  void check_step(const CaseStep& step) {
    const StepTraffic& traffic = step.traffic;
    if (traffic.line != nullptr && !possible(traffic)) {
      warn("impossible-step", "no flow of '" + traffic.line->id + "' can be what this step wants",
           "the line is from " + text_of(traffic.line->from) + " to " + text_of(traffic.line->to), step.step->at);
      return;
    }
    const bool elsewhere = !step.step->see.empty() && std::ranges::find(step.step->see, "tap") == step.step->see.end();
    if (elsewhere || places_.seen(traffic.from, traffic.to)) return;
    warn("untapped-step", "no tap sees what goes from " + text_of(traffic.from) + " to " + text_of(traffic.to),
         "put one of the zones on a tap, or say who sees it: see:", step.step->at);
  }

  [[nodiscard]] bool possible(const StepTraffic& traffic) const {
    return places_.meets(traffic.from, traffic.line->from) && places_.meets(traffic.to, traffic.line->to) &&
           ports_meet(traffic.ports, traffic.line->ports);
  }

  // `around`: the shortest window of the groups around; 0: none.
  void check_windows(const PathElement& node, int64_t around) {
    const int64_t mine = node.kind == PathElement::Kind::kStep ? node.step.within_ns : node.within_ns;
    if (around != 0 && mine > around)
      warn("short-window", "the window around it is shorter than its own",
           "a longer within around it, or a shorter one here", node.at);
    const int64_t inner = around == 0 || (mine != 0 && mine < around) ? mine : around;
    for (const PathElement& each : node.nodes) check_windows(each, inner);
  }

  void check_state(const AbuseElement& abuse) {
    if (!abuse.path) return;
    const PathElement& root = *abuse.path;
    uint64_t hosts = 0;
    for (const CaseStep& step : steps_of(abuse, places_)) {
      const StepElement& inner = step.step->of.empty() ? *step.step : step.step->of[0];
      if (step.step->within_ns != 0 && !inner.from_variable.empty())
        check_cost(hosts_in(step.traffic.from), step.step->within_ns, step.step->at);
      if (!inner.from_variable.empty()) hosts = std::max(hosts, hosts_in(step.traffic.from));
    }
    if (root.kind == PathElement::Kind::kAny || root.nodes.size() < 2) return;
    if (root.within_ns == 0) {
      warn("no-window", "'" + abuse.id + "' has no within: what it has seen is kept until room runs out",
           "within: the time in which the case makes sense", root.at);
    } else {
      check_cost(hosts, root.within_ns, root.at);
    }
  }

  void check_cost(uint64_t hosts, int64_t window_ns, const Position& at) {
    const auto hours = static_cast<uint64_t>((window_ns + kHourNs - 1) / kHourNs);
    if (hosts * hours <= kMostHostHours) return;
    warn("state-cost",
         std::to_string(hosts) + " hosts for " + std::to_string(hours) + " hours are more than a sensor remembers",
         "a shorter within, or a narrower from", at);
  }

  [[nodiscard]] uint64_t hosts_in(const EndNames& ends) const {
    uint64_t out = 0;
    if (ends.empty()) return kMostHosts;
    for (const std::string& name : ends) {
      const AssetElement* asset = places_.asset(name);
      const ZoneElement* zone = places_.zone_around(name);
      if (asset != nullptr && !asset->prefixes.empty()) {
        out += hosts_of(asset->prefixes);
      } else {
        out += zone == nullptr || zone->any ? kMostHosts : hosts_of(zone->prefixes);
      }
    }
    return std::min(out, kMostHosts);
  }

  const Places& places_;
  const Model& model_;
  std::vector<Diagnostic>& out_;
};

}  // namespace

void check_cases(const Places& places, std::vector<Diagnostic>& out) { CaseCheck(places, out).run(); }

}  // namespace glacis::control
