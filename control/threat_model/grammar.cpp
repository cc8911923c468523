#include "control/threat_model/grammar.h"

#include <array>

namespace glacis::control {
namespace {

using Key = std::string_view;

constexpr Key kTop[] = {"glacis", "include", "model", "taps", "sources", "ports", "hours", "zones", "boundaries", "data",
                        "assets", "identities", "flows", "never", "assumptions", "abuse", "controls", "findings",
                        "requirements", "hunts", "drift"};
constexpr Key kModel[] = {"id", "title", "scope", "stage", "owner", "reviewed", "review_every", "review_on", "teams"};
constexpr Key kTaps[] = {"sensors", "inside", "not"};
constexpr Key kSources[] = {"owner", "state"};
constexpr Key kHours[] = {"tz", "days", "time"};
constexpr Key kZones[] = {"trust", "addr", "taps", "env", "flat", "tap", "vlan", "vni", "says"};
constexpr Key kBoundaries[] = {"from", "to", "changes", "default", "severity", "needs", "says"};
constexpr Key kData[] = {"class", "sensitivity", "seen_as", "evidence", "says"};
constexpr Key kAssets[] = {"kind", "zone", "addr", "name", "exposed", "holds", "value", "owner", "says"};
constexpr Key kIdentities[] = {"kind", "may", "can_become", "seen_as", "env", "lives_in", "owner", "scopes", "says"};
constexpr Key kFlows[] = {"from", "to", "app", "port", "as", "carries", "limit", "class", "until", "hours", "clear", "says"};
constexpr Key kNever[] = {"from", "to", "port", "app", "carries", "as", "except", "severity", "why", "stride", "attack", "says"};
constexpr Key kAssumptions[] = {"says", "prove", "owner"};
constexpr Key kAbuse[] = {"says", "goal", "severity", "stride", "attack", "risk", "respond", "path", "owner"};
constexpr Key kControls[] = {"status", "strength", "covers", "d3fend", "csf", "owner", "says"};
constexpr Key kFindings[] = {"says", "at", "abuse", "decide", "requires", "owner", "due", "ticket", "accept"};
constexpr Key kRequirements[] = {"kind", "says", "verify", "source", "owner"};
constexpr Key kHunts[] = {"ask", "run", "over", "owner"};
constexpr Key kDrift[] = {"unmodelled", "unseen_after", "learn", "ignore", "resolvers"};
constexpr Key kGroup[] = {"id", "within", "gap", "then", "all", "any", "alert_at", "optional", "attack", "unless"};
constexpr Key kStep[] = {"id", "flow", "auth", "login", "dns", "tls", "http", "sql", "file", "exec", "content", "count", "sum",
                         "distinct", "anomaly", "mail", "change", "from", "to", "as", "port", "gets", "is", "see", "optional",
                         "gap", "within", "over", "of", "in", "unless", "attack", "interface", "outside", "says"};
constexpr Key kVerbs[] = {"flow", "auth", "login", "dns", "tls", "http", "sql", "file", "exec", "content", "count", "sum",
                          "distinct", "anomaly", "mail", "change"};

constexpr std::array kElements = {
    ElementKeys{"top", kTop}, ElementKeys{"model", kModel}, ElementKeys{"taps", kTaps}, ElementKeys{"sources", kSources},
    ElementKeys{"hours", kHours}, ElementKeys{"zones", kZones}, ElementKeys{"boundaries", kBoundaries}, ElementKeys{"data", kData},
    ElementKeys{"assets", kAssets}, ElementKeys{"identities", kIdentities}, ElementKeys{"flows", kFlows}, ElementKeys{"never", kNever},
    ElementKeys{"assumptions", kAssumptions}, ElementKeys{"abuse", kAbuse}, ElementKeys{"controls", kControls},
    ElementKeys{"findings", kFindings}, ElementKeys{"requirements", kRequirements}, ElementKeys{"hunts", kHunts},
    ElementKeys{"drift", kDrift}, ElementKeys{"group", kGroup}, ElementKeys{"step", kStep},
};

}  // namespace

std::span<const std::string_view> keys_of(std::string_view element) {
  for (const ElementKeys& e : kElements) {
    if (e.element == element) return e.keys;
  }
  return {};
}

std::span<const std::string_view> step_verbs() { return kVerbs; }

}  // namespace glacis::control
