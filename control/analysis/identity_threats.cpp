#include <algorithm>
#include <set>

#include "control/analysis/threat_search.h"
#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

using Facts = ThreatFacts;

constexpr size_t kManyZones = 3;

// The lines on which it may be used, and their ends.
struct Use {
  std::vector<const FlowElement*> lines;
  EndNames from, to;
};

Use use_of(const Facts& facts, const IdentityElement& identity) {
  Use out;
  for (const std::string& name : identity.may) {
    const FlowElement* flow = facts.places().flow(name);
    if (flow == nullptr) continue;
    out.lines.push_back(flow);
    out.from.insert(out.from.end(), flow->from.begin(), flow->from.end());
    out.to.insert(out.to.end(), flow->to.begin(), flow->to.end());
  }
  return out;
}

template <class Holds, class Says>
std::vector<Occurrence> identities(const Facts& facts, Holds holds, Says says) {
  std::vector<Occurrence> out;
  for (const IdentityElement& identity : facts.model().identities) {
    const Use use = use_of(facts, identity);
    if (!holds(identity, use)) continue;
    const std::string sentence = says(identity);
    const std::string target = use.to.empty() ? "any" : use.to[0];
    out.push_back({identity.id, sentence, identity.at, use.from, use.to, target, sentence, {}, {}});
  }
  return out;
}

std::vector<Occurrence> edited(std::vector<Occurrence> found, const std::string& key) {
  for (Occurrence& one : found) one.edit = "identities: {" + one.element + ": {..., " + key + "}}";
  return found;
}

bool is_kind(const IdentityElement& identity, std::initializer_list<std::string_view> kinds) {
  return std::ranges::find(kinds, identity.kind) != kinds.end();
}

bool becomes_admin(const Facts& facts, const IdentityElement& identity) {
  return std::ranges::any_of(identity.can_become, [&](const std::string& name) {
    const auto& all = facts.model().identities;
    const auto other = std::ranges::find(all, name, &IdentityElement::id);
    return other != all.end() && is_kind(*other, {"admin-group"});
  });
}

// Of the whole model: at most one.
std::vector<Occurrence> model_wide(const Facts& facts, bool holds, const std::string& sentence,
                                   const std::string& edit) {
  if (!holds) return {};
  return {{"model", sentence, facts.model().header_at, {}, {}, "", "", {}, edit}};
}

const ThreatSearch kIdentityThreats[] = {
    {{"shared-over-environments", Stride::kSpoofing, "an identity may be used in two environments"},
     [](const Facts& facts) {
       return identities(
           facts,
           [&](const IdentityElement&, const Use& use) {
             EndNames ends = use.from;
             ends.insert(ends.end(), use.to.begin(), use.to.end());
             return !ends.empty() && facts.environments(ends).size() > 1;
           },
           [](const IdentityElement& i) { return "Who takes " + i.id + " in one environment has it in the other"; });
     }},
    {{"homeless-account", Stride::kSpoofing, "an account of a program may come from anywhere"},
     [](const Facts& facts) {
       return edited(identities(
                         facts,
                         [](const IdentityElement& i, const Use&) {
                           return i.lives_in.empty() && is_kind(i, {"service-account", "workload", "api-token"});
                         },
                         [](const IdentityElement& i) { return i.id + " is used from a host that is not its own"; }),
                     "lives_in: [PLACE]");
     }},
    {{"wide-identity", Stride::kElevation, "an identity may be used into three zones or more"},
     [](const Facts& facts) {
       return identities(
           facts,
           [&](const IdentityElement&, const Use& use) {
             return !use.to.empty() && facts.places().zones(use.to).size() >= kManyZones;
           },
           [](const IdentityElement& i) { return "Who takes " + i.id + " is let in nearly everywhere"; });
     }},
    {{"becomes-admin", Stride::kElevation, "an identity can become an administrator"},
     [](const Facts& facts) {
       return identities(
           facts, [&](const IdentityElement& i, const Use&) { return becomes_admin(facts, i); },
           [](const IdentityElement& i) { return "Who takes " + i.id + " becomes " + text_of(i.can_become); });
     }},
    {{"admin-becomes-account", Stride::kRepudiation, "an administrator can become a program's account"},
     [](const Facts& facts) {
       return identities(
           facts,
           [](const IdentityElement& i, const Use&) { return is_kind(i, {"admin-group"}) && !i.can_become.empty(); },
           [](const IdentityElement& i) {
             return "What " + text_of(i.can_become) + " did may have been one of " + i.id;
           });
     }},
    {{"ownerless-identity", Stride::kRepudiation, "an account of a program without an owner"},
     [](const Facts& facts) {
       return edited(identities(
                         facts,
                         [](const IdentityElement& i, const Use&) {
                           return i.owner.empty() &&
                                  is_kind(i, {"service-account", "workload", "api-token", "third-party"});
                         },
                         [](const IdentityElement& i) { return "Nobody changes the secret of " + i.id; }),
                     "owner: WHO");
     }},
    {{"unused-identity", Stride::kSpoofing, "an identity that no line lets in"},
     [](const Facts& facts) {
       return edited(
           identities(
               facts,
               [&](const IdentityElement& i, const Use& use) {
                 return use.lines.empty() && std::ranges::none_of(facts.model().flows, [&](const FlowElement& f) {
                          return std::ranges::find(f.as, i.id) != f.as.end();
                        });
               },
               [](const IdentityElement& i) { return "Nobody would miss " + i.id + ", or notice who uses it"; }),
           "may: [FLOW]");
     }},
    {{"token-without-scope", Stride::kElevation, "a token without scopes"},
     [](const Facts& facts) {
       return edited(
           identities(
               facts,
               [](const IdentityElement& i, const Use&) { return is_kind(i, {"api-token"}) && i.scopes.empty(); },
               [](const IdentityElement& i) { return "Who finds " + i.id + " may do all that it may"; }),
           "scopes: [SCOPE]");
     }},
    {{"invisible-identity", Stride::kRepudiation, "an identity of administration that no protocol shows"},
     [](const Facts& facts) {
       return edited(identities(
                         facts,
                         [](const IdentityElement& i, const Use&) {
                           return i.seen_as.empty() && is_kind(i, {"admin-group", "service-account"});
                         },
                         [](const IdentityElement& i) { return "The misuse of " + i.id + " is not seen on a wire"; }),
                     "seen_as: {kerberos: NAME}");
     }},
    {{"used-where-it-may-not", Stride::kElevation, "a line asks for an identity that may not be used on it"},
     [](const Facts& facts) {
       std::vector<Occurrence> out;
       for (const IdentityElement& i : facts.model().identities) {
         for (const FlowElement& f : facts.model().flows) {
           const bool asks = std::ranges::find(f.as, i.id) != f.as.end();
           const bool may = i.may.empty() || std::ranges::find(i.may, f.id) != i.may.end();
           if (!asks || may) continue;
           out.push_back({i.id + "/" + f.id,
                          f.id + " asks for " + i.id + ", which may not be used there",
                          i.at,
                          {},
                          {},
                          "",
                          "",
                          {},
                          "identities: {" + i.id + ": {..., may: [" + f.id + "]}}"});
         }
       }
       return out;
     }},
    {{"silent-drift", Stride::kRepudiation, "crossings that no line models are not alerted on"},
     [](const Facts& facts) {
       return model_wide(facts, facts.model().drift_crossing != 3 && facts.model().drift_at.line != 0,
                         "A crossing that nobody modelled happens without an alert",
                         "drift: {unmodelled: {crossing: alert}}");
     }},
    {{"no-other-log", Stride::kRepudiation, "steps need logs that do not arrive"},
     [](const Facts& facts) {
       std::vector<Occurrence> out;
       for (const SourceElement& source : facts.model().sources) {
         if (source.fed) continue;
         out.push_back({source.id,
                        "Steps that only " + source.id + " shows are blind",
                        source.at,
                        {},
                        {},
                        "",
                        "",
                        {},
                        "sources: {" + source.id + ": {state: fed}}"});
       }
       return out;
     }},
    {{"severe-and-uncontrolled", Stride::kElevation, "a case of severity high or more without an active control"},
     [](const Facts& facts) {
       std::vector<Occurrence> out;
       for (const AbuseElement& abuse : facts.model().abuse) {
         const bool controlled = std::ranges::any_of(facts.model().controls, [&](const ControlElement& control) {
           return control.active && names(control.covers, abuse.id);
         });
         if (abuse.severity < 4 || controlled) continue;
         out.push_back({abuse.id,
                        "Nothing that works today stops this: " + abuse.says,
                        abuse.at,
                        {},
                        {},
                        "",
                        "",
                        {},
                        "controls: {NAME: {status: active, strength: 3, covers: [" + abuse.id + "]}}"});
       }
       return out;
     }},
};

}  // namespace

std::span<const ThreatSearch> identity_threats() { return kIdentityThreats; }

}  // namespace glacis::control
