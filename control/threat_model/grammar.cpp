#include "control/threat_model/grammar.h"

#include <algorithm>
#include <array>

#include "dataplane/base/anomaly.h"

namespace glacis::control {
namespace {

constexpr Key kTop[] = {{"glacis"},       {"include"}, {"model"},       {"taps"},  {"sources"},  {"ports"},
                        {"hours"},        {"zones"},   {"boundaries"},  {"data"},  {"assets"},   {"identities"},
                        {"flows"},        {"never"},   {"assumptions"}, {"abuse"}, {"controls"}, {"findings"},
                        {"requirements"}, {"hunts"},   {"drift"}};
constexpr Key kModel[] = {{"id"},
                          {"title"},
                          {"scope"},
                          {"stage"},
                          {"owner"},
                          {"reviewed"},
                          {"review_every", "reviews"},
                          {"review_on", "reviews"},
                          {"teams"}};
constexpr Key kTaps[] = {{"sensors"}, {"inside", "", kZoneName}, {"not"}};
constexpr Key kSources[] = {{"owner"}, {"state"}};
constexpr Key kHours[] = {{"tz"}, {"days", "signals"}, {"time", "signals"}};
constexpr Key kZones[] = {{"trust"},
                          {"addr"},
                          {"taps", "", kTapName},
                          {"env"},
                          {"flat"},
                          {"stack"},
                          {"tap", "zones told apart", kTapName},
                          {"vlan", "zones told apart"},
                          {"vni", "zones told apart"},
                          {"says"}};
constexpr Key kBoundaries[] = {{"from", "", kZoneName},
                               {"to", "", kZoneName},
                               {"changes"},
                               {"default"},
                               {"severity"},
                               {"needs", "coverage", kControlName},
                               {"says"}};
constexpr Key kData[] = {{"class"}, {"sensitivity"}, {"seen_as"}, {"evidence"}, {"says"}};
constexpr Key kDataSeenAs[] = {{"pattern"}, {"check"}};
constexpr Key kAssets[] = {{"kind"},          {"zone", "", kZoneName},
                           {"addr"},          {"name", "names"},
                           {"exposed"},       {"holds", "", kDataName},
                           {"value", "risk"}, {"owner"},
                           {"says"},          {"stack"}};
constexpr Key kIdentities[] = {{"kind"},
                               {"may", "", kFlowName},
                               {"can_become", "", kIdentityName},
                               {"seen_as"},
                               {"env"},
                               {"lives_in", "", kZoneName | kAssetName},
                               {"owner"},
                               {"scopes"},
                               {"says"}};
constexpr Key kIdentitySeenAs[] = {{"kerberos"}, {"ntlm"},   {"sql"}, {"ldap"},
                                   {"http"},     {"radius"}, {"ssh"}, {"tls-client-cert"}};
constexpr Key kFlows[] = {{"from", "", kEndName},
                          {"to", "", kEndName},
                          {"app", "apps"},
                          {"port"},
                          {"as", "identities", kIdentityName},
                          {"carries", "", kDataName},
                          {"limit", "aggregates"},
                          {"class"},
                          {"until"},
                          {"hours"},
                          {"clear", "apps"},
                          {"says"}};
constexpr Key kLimit[] = {{"bytes"}, {"flows"}, {"requests"}, {"packets"}};
constexpr Key kNever[] = {{"from", "", kEndName},
                          {"to", "", kEndName},
                          {"port"},
                          {"app"},
                          {"carries", "", kDataName},
                          {"as", "", kIdentityName},
                          {"except", "", kFlowName},
                          {"severity"},
                          {"why"},
                          {"stride"},
                          {"attack"},
                          {"says"}};
constexpr Key kAssumptions[] = {{"says"}, {"prove"}, {"owner"}};
constexpr Key kProve[] = {{"from", "", kEndName},          {"to", "", kEndName},        {"port"}, {"app"},
                          {"identity", "", kIdentityName}, {"only_from", "", kEndName}, {"for"}};
constexpr Key kAbuse[] = {{"says"}, {"goal"},    {"severity"}, {"stride"}, {"attack"},
                          {"risk"}, {"respond"}, {"path"},     {"owner"}};
constexpr Key kRisk[] = {{"likelihood"}, {"impact"}, {"response"}, {"dread"}};
constexpr Key kControls[] = {{"status"}, {"strength"}, {"covers", "", kCaseName}, {"d3fend"}, {"csf"},
                             {"owner"},  {"says"}};
constexpr Key kFindings[] = {{"says"},
                             {"at", "", kRuleName},
                             {"abuse", "", kCaseName},
                             {"decide"},
                             {"requires", "", kRequirementName},
                             {"owner"},
                             {"due"},
                             {"ticket"},
                             {"accept", "acceptance"}};
constexpr Key kAccept[] = {{"by"}, {"asked_by"}, {"why"}, {"until"}, {"meanwhile", "", kRequirementName}};
constexpr Key kRequirements[] = {{"kind"}, {"says"}, {"verify"}, {"source", "", kSourceName}, {"owner"}};
constexpr Key kVerify[] = {{"clean", "", kRuleName}, {"seen"}, {"at", "", kRuleName}, {"within"}, {"for"},
                           {"fires", "", kRuleName}};
constexpr Key kHunts[] = {{"ask"}, {"run"}, {"over"}, {"owner"}};
constexpr Key kDrift[] = {
    {"unmodelled"}, {"unseen_after", "baselines"}, {"learn", "baselines"}, {"ignore"}, {"resolvers", "names"}};
constexpr Key kUnmodelled[] = {{"crossing"}, {"inside"}};
constexpr Key kGroup[] = {{"id"},  {"within"},   {"gap"},      {"then"},   {"all"},
                          {"any"}, {"alert_at"}, {"optional"}, {"attack"}, {"unless"}};
constexpr Key kStep[] = {{"id"},        {"flow"},
                         {"auth"},      {"login"},
                         {"dns"},       {"tls"},
                         {"http"},      {"sql"},
                         {"file"},      {"exec"},
                         {"content"},   {"count"},
                         {"sum"},       {"distinct"},
                         {"anomaly"},   {"mail"},
                         {"change"},    {"from"},
                         {"to"},        {"as"},
                         {"port"},      {"gets"},
                         {"is"},        {"see", "", kSourceName | kTapWord},
                         {"optional"},  {"gap"},
                         {"within"},    {"over"},
                         {"of"},        {"in"},
                         {"unless"},    {"attack"},
                         {"interface"}, {"outside", "", kZoneName | kAssetName},
                         {"says"}};

constexpr std::array kElements = {
    ElementGrammar{"top", kTop},
    ElementGrammar{"model", kModel},
    ElementGrammar{"taps", kTaps},
    ElementGrammar{"sources", kSources, "sources"},
    ElementGrammar{"hours", kHours},
    ElementGrammar{"zones", kZones},
    ElementGrammar{"boundaries", kBoundaries},
    ElementGrammar{"data", kData},
    ElementGrammar{"data.seen_as", kDataSeenAs},
    ElementGrammar{"assets", kAssets},
    ElementGrammar{"identities", kIdentities, "identities"},
    ElementGrammar{"identities.seen_as", kIdentitySeenAs},
    ElementGrammar{"flows", kFlows},
    ElementGrammar{"limit", kLimit},
    ElementGrammar{"never", kNever},
    ElementGrammar{"assumptions", kAssumptions, "monitors"},
    ElementGrammar{"prove", kProve},
    ElementGrammar{"abuse", kAbuse},
    ElementGrammar{"risk", kRisk},
    ElementGrammar{"controls", kControls, "coverage"},
    ElementGrammar{"findings", kFindings},
    ElementGrammar{"accept", kAccept},
    ElementGrammar{"requirements", kRequirements, "monitors"},
    ElementGrammar{"verify", kVerify},
    ElementGrammar{"hunts", kHunts, "hunts"},
    ElementGrammar{"drift", kDrift},
    ElementGrammar{"unmodelled", kUnmodelled},
    ElementGrammar{"group", kGroup},
    ElementGrammar{"step", kStep},
};

using Word = std::string_view;
constexpr Word kSeverities[] = {"info", "low", "medium", "high", "critical"};
constexpr Word kUnmodelledWords[] = {"allow", "report", "alert"};
constexpr Word kEvidence[] = {"none", "masked", "full"};
constexpr Word kStages[] = {"planning", "design", "build", "live"};
constexpr Word kChecks[] = {"luhn"};
constexpr Word kStride[] = {"spoofing", "tampering", "repudiation", "disclosure", "denial", "elevation"};
constexpr Word kVerbs[] = {"flow", "auth",    "login", "dns", "tls",      "http",    "sql",  "file",
                           "exec", "content", "count", "sum", "distinct", "anomaly", "mail", "change"};
constexpr auto kAnomalies = [] {
  std::array<Word, kAnomalyNames.size() + 1> out;
  std::copy(kAnomalyNames.begin(), kAnomalyNames.end(), out.begin());
  out.back() = kAnyAnomaly;
  return out;
}();
constexpr Word kConditions[] = {"unmodelled",
                                "denied",
                                "established",
                                "new-source",
                                "new-source-for-user",
                                "new-target",
                                "new-target-for-identity",
                                "unusual-for-pair",
                                "periodic",
                                "long-lived",
                                "encrypted",
                                "clear-text",
                                "self-signed",
                                "expired-cert",
                                "rare-ja4",
                                "dns-tunnel",
                                "port-mismatch",
                                "outside-hours",
                                "claimed",
                                "proved"};
constexpr Word kAggregates[] = {
    "flows",       "requests", "bytes", "bytes.to_client", "bytes.to_server", "packets", "source",
    "destination", "port",     "user",  "from.env",        "to.env"};
constexpr Word kFlowClasses[] = {"shared", "admin", "backup", "monitoring", "product"};
constexpr Word kSourceStates[] = {"fed", "planned"};
constexpr Word kControlStates[] = {"active", "planned"};
constexpr Word kIgnorable[] = {"dhcp", "icmp"};
constexpr Word kStacks[] = {"linux", "linux-old", "windows", "windows-xp", "bsd", "macos", "solaris", "hpux", "cisco"};

}  // namespace

std::span<const ElementGrammar> grammar() { return kElements; }

const ElementGrammar& grammar_of(std::string_view element) {
  const auto found =
      std::find_if(kElements.begin(), kElements.end(), [&](const ElementGrammar& e) { return e.element == element; });
  return found != kElements.end() ? *found : kElements[0];
}

std::span<const std::string_view> words_of(Vocabulary vocabulary) {
  switch (vocabulary) {
    case Vocabulary::kSeverity:
      return kSeverities;
    case Vocabulary::kUnmodelled:
      return kUnmodelledWords;
    case Vocabulary::kEvidence:
      return kEvidence;
    case Vocabulary::kStage:
      return kStages;
    case Vocabulary::kCheck:
      return kChecks;
    case Vocabulary::kStride:
      return kStride;
    case Vocabulary::kVerb:
      return kVerbs;
    case Vocabulary::kAnomaly:
      return kAnomalies;
    case Vocabulary::kCondition:
      return kConditions;
    case Vocabulary::kAggregate:
      return kAggregates;
    case Vocabulary::kFlowClass:
      return kFlowClasses;
    case Vocabulary::kSourceState:
      return kSourceStates;
    case Vocabulary::kControlStatus:
      return kControlStates;
    case Vocabulary::kIgnorable:
      return kIgnorable;
    case Vocabulary::kStack:
      return kStacks;
  }
  return {};
}

bool is_aggregate(std::string_view verb) { return verb == "count" || verb == "sum" || verb == "distinct"; }

bool key_fits_verb(std::string_view key, std::string_view verb) {
  const bool aggregate = is_aggregate(verb);
  const bool content = verb == "content";
  if (key == "over" || key == "within") return aggregate;
  if (key == "of") return aggregate || content;
  if (key == "in") return content;
  if (key == "interface") return verb == "exec";
  if (key == "outside") return verb == "auth";
  // What an aggregate counts says these inside `of:`.
  if (key == "from" || key == "to" || key == "port" || key == "as" || key == "gets" || key == "is") return !aggregate;
  return true;
}

}  // namespace glacis::control
