#include "control/exchange/filter.h"

#include "control/exchange/one_line.h"

namespace glacis::control {
namespace {

bool may_meet(const Filter& a, const Filter& b) {
  return control::may_meet(a.from, b.from) && control::may_meet(a.to, b.to) && ports_meet(a.ports, b.ports);
}

}  // namespace

std::string untold_conditions(const FlowElement& line) {
  std::vector<std::string_view> out;
  if (line.hours) out.emplace_back("hours");
  if (line.until_s != 0) out.emplace_back("until");
  if (!line.limit.empty()) out.emplace_back("limit");
  if (!line.as.empty()) out.emplace_back("as");
  if (line.clear) out.emplace_back("clear");
  return joined(out, ", ");
}

bool has_ends(const Filter& filter) { return !filter.from.empty() && !filter.to.empty(); }

AddressBlocks Filters::ends(const Model& model, const std::string& element, const Position& at, const EndNames& names) {
  const EndNames missing = addresses_.without_address(model, names);
  if (!missing.empty()) losses_.add(model.id, element, at, "no address is known of " + joined(missing, ", "));
  return addresses_.of(model, names);
}

Filter Filters::filter(const Model& model, const std::string& element, const Position& at, const EndNames& from,
                       const EndNames& to, const std::vector<PortSpan>& ports, const std::vector<std::string>& apps) {
  return {ends(model, element, at, from), ends(model, element, at, to), ports, apps, transports_of(apps, ports)};
}

FilterLess Filters::of(const Model& model, const NeverElement& never) {
  FilterLess out;
  out.filter = filter(model, "never/" + never.id, never.at, never.from, never.to, never.ports, never.apps);
  for (const std::string& name : never.except) {
    if (const FlowElement* line = models_.places(model).flow(name)) out.except.push_back(of(model, *line));
  }
  return out;
}

FilterLess Filters::of(const Model& model, const std::string& element, const StepElement& step,
                       const StepTraffic& traffic, bool unmodelled) {
  const auto apps = traffic.line != nullptr ? traffic.line->apps : std::vector<std::string>();
  FilterLess out;
  out.filter = filter(model, element, step.at, traffic.from, traffic.to, traffic.ports, apps);
  if (!unmodelled) return out;
  for (const Model& other : models_.models()) {
    for (const FlowElement& line : other.flows) {
      Filter modelled = of(other, line);
      if (may_meet(out.filter, modelled)) out.except.push_back(std::move(modelled));
    }
  }
  return out;
}

Filter Filters::of(const Model& model, const FlowElement& line) {
  const std::string element = "flows/" + line.id, untold = untold_conditions(line);
  if (!untold.empty()) losses_.add(model.id, element, line.at, "is let pass whatever its " + untold + " say");
  return filter(model, element, line.at, addresses_.widened(model, line.from), addresses_.widened(model, line.to),
                line.ports, line.apps);
}

}  // namespace glacis::control
