#include <algorithm>
#include <ostream>

#include "control/cli/command.h"
#include "control/cli/load_model.h"
#include "control/report/reach_report.h"
#include "control/threat_model/value_check.h"

namespace glacis::control {
namespace {

int complain(Console& console, const std::string& what) {
  console.err << "glacis reach: " << what << "\n";
  return kExitUsage;
}

// Nothing, or what is wrong with the name of an end.
std::string fault_of_end(const Places& places, const std::string& name) {
  if (name == "any" || places.zone(name) != nullptr || places.asset(name) != nullptr) return "";
  std::vector<std::string_view> names;
  for (const ZoneElement& zone : places.model().zones) names.push_back(zone.id);
  for (const AssetElement& asset : places.model().assets) names.push_back(asset.id);
  return "'" + name + "' is no zone or asset; " + did_you_mean(name, names);
}

std::string fault_of_identity(const Model& model, const std::string& name) {
  if (name.empty() || std::ranges::find(model.identities, name, &IdentityElement::id) != model.identities.end())
    return "";
  if (model.identities.empty()) return "'" + name + "' is no identity: the model declares none";
  std::vector<std::string_view> names;
  for (const IdentityElement& identity : model.identities) names.push_back(identity.id);
  return "'" + name + "' is no identity; " + did_you_mean(name, names);
}

}  // namespace

int run_reach_command(const Options& options, Console& console) {
  if (options.words.size() != 3)
    return complain(console, "name a model and two of its places, such as: glacis reach web-shop.yaml internet db");
  const auto most = options.number("--most");
  if (!most) return complain(console, most.error().text());
  int code = kExitGood;
  const auto model = load_model(options.words[0], console, code);
  if (!model) return code;
  const Places places(*model);
  const ReachQuestion question{options.words[1], options.words[2], options.get("--as"),
                               static_cast<size_t>(most->value_or(ReachQuestion{}.most))};
  for (const std::string& fault : {fault_of_end(places, question.from), fault_of_end(places, question.to),
                                   fault_of_identity(places.model(), question.as)}) {
    if (!fault.empty()) return complain(console, fault);
  }
  if (options.has("--json")) {
    print_ways_json(places, question, console.out);
  } else {
    print_ways(places, question, console.out);
  }
  return kExitGood;
}

}  // namespace glacis::control
