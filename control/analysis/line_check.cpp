#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "control/analysis/static_check.h"

namespace glacis::control {
namespace {

bool hold_all(const std::vector<std::string>& outer, const std::vector<std::string>& inner) {
  return outer.empty() || (!inner.empty() && std::ranges::all_of(inner, [&](const std::string& one) {
           return std::ranges::find(outer, one) != outer.end();
         }));
}

// A line's pairs of end names, so that lines around another are found without comparing all with all.
template <class Line>
class LinesByEnds {
 public:
  LinesByEnds(const Places& places, const std::vector<Line>& lines) : places_(places) {
    for (const Line& line : lines) {
      for (const std::string& from : or_any(line.from)) {
        for (const std::string& to : or_any(line.to)) lines_[{from, to}].push_back(&line);
      }
    }
  }

  // The first other line that `around` says is around this one. Only lines that hold its first pair of ends can be.
  template <class Around>
  const Line* find(const TrafficElement& line, Around around) const {
    for (const std::string& from : outer_names(or_any(line.from)[0])) {
      for (const std::string& to : outer_names(or_any(line.to)[0])) {
        const auto found = lines_.find({from, to});
        if (found == lines_.end()) continue;
        for (const Line* other : found->second) {
          if (other->id != line.id && around(*other)) return other;
        }
      }
    }
    return nullptr;
  }

 private:
  static EndNames or_any(const EndNames& ends) { return ends.empty() ? EndNames{"any"} : ends; }

  EndNames outer_names(const std::string& name) const {
    EndNames out = {name};
    if (const AssetElement* asset = places_.asset(name)) out.push_back(asset->zone);
    if (name != "any") out.emplace_back("any");
    return out;
  }

  const Places& places_;
  std::map<std::pair<std::string, std::string>, std::vector<const Line*>> lines_;
};

class LineCheck {
 public:
  LineCheck(const Places& places, int64_t day_s, std::vector<Diagnostic>& out)
      : places_(places), model_(places.model()), day_s_(day_s), out_(out) {}

  void run() {
    const LinesByEnds flows(places_, model_.flows);
    const LinesByEnds nevers(places_, model_.nevers);
    for (const FlowElement& flow : model_.flows) {
      check_until(flow);
      check_shadowed(flow, flows);
      check_forbidden(flow, nevers);
    }
    for (const NeverElement& never : model_.nevers) {
      check_shadowed(never, nevers);
      for (const std::string& name : never.except) check_exception(never, name);
    }
  }

 private:
  void warn(Code code, std::string message, std::string hint, const Position& at) {
    out_.emplace_back(code, std::move(message), std::move(hint), at);
  }

  void check_until(const FlowElement& flow) {
    if (flow.until_s != 0 && flow.until_s < day_s_)
      warn("expired", "the last day of '" + flow.id + "' is over: its traffic is a violation",
           "remove the line, or write another until", flow.at);
  }

  // Whether all traffic of `inner` is traffic of `outer`, whenever it comes.
  [[nodiscard]] bool around(const TrafficElement& outer, const TrafficElement& inner) const {
    return places_.holds(outer.from, inner.from) && places_.holds(outer.to, inner.to) &&
           ports_hold(outer.ports, inner.ports) && hold_all(outer.apps, inner.apps) && hold_all(outer.as, inner.as);
  }

  void check_shadowed(const FlowElement& flow, const LinesByEnds<FlowElement>& flows) {
    const FlowElement* outer = flows.find(flow, [&](const FlowElement& other) {
      const bool always = !other.hours && other.until_s == 0 && other.limit.empty() && !other.clear;
      const bool same = around(flow, other) && flow.at.line < other.at.line;  // the later of two twins is told
      const bool carries = std::ranges::all_of(flow.carries, [&](const std::string& data) {
        return std::ranges::find(other.carries, data) != other.carries.end();
      });
      return always && carries && !same && around(other, flow);
    });
    if (outer != nullptr)
      warn("shadowed", "'" + flow.id + "' allows nothing that '" + outer->id + "' does not allow",
           "remove it, or narrow '" + outer->id + "'", flow.at);
  }

  void check_shadowed(const NeverElement& never, const LinesByEnds<NeverElement>& nevers) {
    const NeverElement* outer = nevers.find(never, [&](const NeverElement& other) {
      const bool same = around(never, other) && never.at.line < other.at.line;
      return !same && around(other, never) && hold_all(other.carries, never.carries) &&
             hold_all(never.except, other.except) && other.severity >= never.severity && other.enforced;
    });
    if (outer != nullptr)
      warn("shadowed", "'" + never.id + "' forbids nothing that '" + outer->id + "' does not forbid",
           "remove it, or say what it adds", never.at);
  }

  // A line that is allowed and always forbidden: `never` beats `flows`.
  void check_forbidden(const FlowElement& flow, const LinesByEnds<NeverElement>& nevers) {
    const NeverElement* never = nevers.find(flow, [&](const NeverElement& other) {
      const bool excepted = std::ranges::find(other.except, flow.id) != other.except.end();
      return !excepted && other.carries.empty() && other.as.empty() && around(other, flow);
    });
    if (never != nullptr)
      warn("forbidden-flow", "'" + flow.id + "' is allowed, and never line '" + never->id + "' forbids all of it",
           "write except: [" + flow.id + "] there, or remove one of them", flow.at);
  }

  void check_exception(const NeverElement& never, const std::string& name) {
    const FlowElement* flow = places_.flow(name);
    if (flow == nullptr) return;
    const bool carried = never.carries.empty() || std::ranges::any_of(never.carries, [&](const std::string& data) {
                           return std::ranges::find(flow->carries, data) != flow->carries.end();
                         });
    if (carried && places_.meets(never.from, flow->from) && places_.meets(never.to, flow->to) &&
        ports_meet(never.ports, flow->ports))
      return;
    warn("idle-exception", "'" + never.id + "' excepts '" + name + "', which it never forbids", "remove it from except",
         never.at);
  }

  const Places& places_;
  const Model& model_;
  const int64_t day_s_;
  std::vector<Diagnostic>& out_;
};

}  // namespace

void check_lines(const Places& places, int64_t day_s, std::vector<Diagnostic>& out) {
  LineCheck(places, day_s, out).run();
}

}  // namespace glacis::control
