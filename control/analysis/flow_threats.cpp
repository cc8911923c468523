#include <algorithm>

#include "control/analysis/threat_search.h"

namespace glacis::control {
namespace {

using Facts = ThreatFacts;

constexpr uint32_t kLittleTrust = 30, kRemoteTrust = 40, kSensitive = 3, kJump = 50, kMuchTrust = 70;

// Lines for which `holds` is true, each with "LINE: FROM to TO" and what `says` adds.
template <class Holds, class Says>
std::vector<Occurrence> lines(const Facts& facts, Holds holds, Says says) {
  std::vector<Occurrence> out;
  for (const FlowElement& flow : facts.model().flows) {
    if (!holds(flow)) continue;
    const std::string ends = text_of(flow.from) + " to " + text_of(flow.to);
    const std::string sentence = says(flow, ends);
    out.push_back({flow.id, sentence, flow.at, flow.from, flow.to, flow.id, sentence, {}, {}});
  }
  return out;
}

// Likewise, where a key of the line is the answer.
template <class Holds, class Says>
std::vector<Occurrence> lacking(const Facts& facts, const std::string& key, Holds holds, Says says) {
  std::vector<Occurrence> out = lines(facts, holds, says);
  for (Occurrence& found : out) found.edit = "flows: {" + found.element + ": {..., " + key + "}}";
  return out;
}

bool goes_out(const Facts& facts, const FlowElement& flow) {
  return std::ranges::any_of(facts.places().zones(flow.to), [](const ZoneElement* zone) { return zone->any; });
}

bool whole_zone(const Facts& facts, const EndNames& ends) {
  return std::ranges::any_of(ends, [&](const std::string& name) { return facts.places().zone(name) != nullptr; });
}

const ThreatSearch kFlowThreats[] = {
    {{"clear-text-credential", Stride::kSpoofing, "an identity is used on a line that can be read"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return !f.as.empty() && facts.readable(f); },
           [](const FlowElement& f, const std::string& ends) {
             return "Whoever listens between " + ends + " learns what proves " + text_of(f.as);
           });
     }},
    {{"clear-text-data", Stride::kDisclosure, "data of sensitivity 3 or more is on a line that can be read"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return facts.carried(f) >= kSensitive && facts.readable(f); },
           [](const FlowElement& f, const std::string& ends) {
             return "Whoever listens between " + ends + " reads " + text_of(f.carries);
           });
     }},
    {{"clear-text-change", Stride::kTampering, "a line that can be read leads to more trust"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return facts.readable(f) && facts.leads_up(f) && f.class_ != "shared"; },
           [](const FlowElement&, const std::string& ends) {
             return "Whoever stands between " + ends + " changes what is sent";
           });
     }},
    {{"admin-from-low-trust", Stride::kElevation, "a port of administration is open from trust below 40"},
     [](const Facts& facts) {
       return lines(
           facts,
           [&](const FlowElement& f) {
             return facts.administers(f) && facts.least_trust(f.from) < kRemoteTrust && facts.leads_up(f);
           },
           [](const FlowElement& f, const std::string&) {
             return "Somebody in " + text_of(f.from) + " takes over " + text_of(f.to) + " by its administration";
           });
     }},
    {{"admin-without-jump", Stride::kElevation, "administration does not come from a jump host"},
     [](const Facts& facts) {
       return lines(
           facts,
           [&](const FlowElement& f) {
             const bool hosted = facts.ends_in(f.from, "jump-host") || facts.ends_in(f.from, "admin");
             return facts.administers(f) && !hosted && !facts.ends_in(f.to, "jump-host");
           },
           [](const FlowElement& f, const std::string&) {
             return "A stolen session of " + text_of(f.from) + " administers " + text_of(f.to) + " without a jump host";
           });
     }},
    {{"admin-without-identity", Stride::kRepudiation, "administration without an identity"},
     [](const Facts& facts) {
       return lacking(
           facts, "as: IDENTITY", [&](const FlowElement& f) { return facts.administers(f) && f.as.empty(); },
           [](const FlowElement& f, const std::string&) {
             return "Nobody can say who administered " + text_of(f.to) + " over " + f.id;
           });
     }},
    {{"no-identity", Stride::kSpoofing, "a line to more trust asks for no identity"},
     [](const Facts& facts) {
       return lacking(
           facts, "as: IDENTITY",
           [&](const FlowElement& f) {
             return f.as.empty() && facts.leads_up(f) && f.class_ != "shared" && !facts.administers(f);
           },
           [](const FlowElement& f, const std::string& ends) {
             return "Anything in " + text_of(f.from) + " passes for a legitimate caller from " + ends;
           });
     }},
    {{"blind-crossing", Stride::kRepudiation, "no tap sees a line"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return !facts.places().seen(f.from, f.to); },
           [](const FlowElement&, const std::string& ends) {
             return "Whatever goes from " + ends + " is seen by nobody";
           });
     }},
    {{"no-limit", Stride::kDenial, "a line from trust below 30 without a limit"},
     [](const Facts& facts) {
       return lacking(
           facts, "limit: {flows: 1000/h}",
           [&](const FlowElement& f) { return f.limit.empty() && facts.least_trust(f.from) < kLittleTrust; },
           [](const FlowElement& f, const std::string&) {
             return "One client in " + text_of(f.from) + " asks " + text_of(f.to) + " for more than it can answer";
           });
     }},
    {{"any-source", Stride::kElevation, "a line from any address to trust of 50 or more"},
     [](const Facts& facts) {
       return lines(
           facts,
           [&](const FlowElement& f) {
             return std::ranges::find(f.from, "any") != f.from.end() && facts.most_trust(f.to) >= kJump;
           },
           [](const FlowElement& f, const std::string&) { return "Anybody at all reaches " + text_of(f.to); });
     }},
    {{"any-port", Stride::kElevation, "a line without a port"},
     [](const Facts& facts) {
       return lacking(
           facts, "port: NUMBER", [](const FlowElement& f) { return f.ports.empty(); },
           [](const FlowElement& f, const std::string&) {
             return "Every service of " + text_of(f.to) + " is open to " + text_of(f.from);
           });
     }},
    {{"any-app", Stride::kTampering, "a line without an application"},
     [](const Facts& facts) {
       return lacking(
           facts, "app: NAME", [](const FlowElement& f) { return f.apps.empty(); },
           [](const FlowElement& f, const std::string&) {
             return "A tunnel hides on the port of " + f.id + ": any application may be on it";
           });
     }},
    {{"whole-zone-target", Stride::kElevation, "a line to all of a zone of trust 70 or more"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return whole_zone(facts, f.to) && facts.most_trust(f.to) >= kMuchTrust; },
           [](const FlowElement& f, const std::string&) {
             return "One host in " + text_of(f.from) + " tries every host of " + text_of(f.to);
           });
     }},
    {{"store-from-outside", Stride::kDisclosure, "a store is reached from trust below 30"},
     [](const Facts& facts) {
       return lines(
           facts,
           [&](const FlowElement& f) {
             return facts.ends_in(f.to, "store") && facts.least_trust(f.from) < kLittleTrust;
           },
           [](const FlowElement& f, const std::string&) {
             return "Somebody in " + text_of(f.from) + " reads " + text_of(f.to) + " without a service between";
           });
     }},
    {{"long-jump", Stride::kElevation, "a line rises by 50 or more in trust"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return facts.most_trust(f.to) >= facts.least_trust(f.from) + kJump; },
           [](const FlowElement& f, const std::string& ends) {
             return "One step over " + f.id + " leads from " + ends + ", past every zone between";
           });
     }},
    {{"outward", Stride::kDisclosure, "a line from trust of 70 or more to the internet"},
     [](const Facts& facts) {
       return lines(
           facts, [&](const FlowElement& f) { return facts.most_trust(f.from) >= kMuchTrust && goes_out(facts, f); },
           [](const FlowElement& f, const std::string&) {
             return "Data and commands leave " + text_of(f.from) + " hidden in " + f.id;
           });
     }},
    {{"third-party-data", Stride::kDisclosure, "data of sensitivity 3 or more goes to a third party"},
     [](const Facts& facts) {
       return lines(
           facts,
           [&](const FlowElement& f) { return facts.carried(f) >= kSensitive && facts.ends_in(f.to, "third-party"); },
           [](const FlowElement& f, const std::string&) {
             return text_of(f.carries) + " is given to " + text_of(f.to) + " and is theirs from then on";
           });
     }},
    {{"third-party-for-ever", Stride::kElevation, "a line with a third party has no last day"},
     [](const Facts& facts) {
       return lacking(
           facts, "until: DATE",
           [&](const FlowElement& f) {
             return f.until_s == 0 && (facts.ends_in(f.from, "third-party") || facts.ends_in(f.to, "third-party"));
           },
           [](const FlowElement& f, const std::string&) { return f.id + " stays open when the contract has ended"; });
     }},
    {{"backup-at-any-time", Stride::kDisclosure, "a backup line has no hours"},
     [](const Facts& facts) {
       return lacking(
           facts, "hours: \"01:00-03:00\"", [](const FlowElement& f) { return f.class_ == "backup" && !f.hours; },
           [](const FlowElement& f, const std::string&) {
             return "A copy of everything leaves " + text_of(f.from) + " by " + f.id + " at any time, unnoticed";
           });
     }},
    {{"across-environments", Stride::kElevation, "a line joins two environments"},
     [](const Facts& facts) {
       return lines(
           facts,
           [&](const FlowElement& f) {
             for (const std::string& a : facts.environments(f.from)) {
               for (const std::string& b : facts.environments(f.to)) {
                 if (a != b) return true;
               }
             }
             return false;
           },
           [](const FlowElement& f, const std::string& ends) {
             return "A fault in one environment becomes one in the other: " + f.id + " joins " + ends;
           });
     }},
};

}  // namespace

std::span<const ThreatSearch> flow_threats() { return kFlowThreats; }

}  // namespace glacis::control
