#include "control/threat_model/grammar.h"

#include <algorithm>
#include <array>

namespace glacis::control {
namespace {

using key::inner;
using key::number;
using key::plain;
using key::reference;
using key::text;
using key::word;

constexpr uint32_t kPlaceName = kZoneName | kAssetName;

constexpr Key section(std::string_view name, NameKind declares, std::string_view says) {
  return {.name = name, .says = says, .shape = Shape::kSection, .declares = declares, .element = name};
}
constexpr Key says(std::string_view what = "in a plain sentence") { return text("says", what); }
constexpr Key owner(std::string_view what = "who answers for it") { return text("owner", what); }
constexpr Key attack() { return plain("attack", Shape::kTechnique, "ATT&CK techniques").list(); }
constexpr Key stride() { return word("stride", Vocabulary::kStride, "what kind of threat it is").list(); }
constexpr Key port(std::string_view what) { return plain("port", Shape::kPort, what).list(); }
constexpr Key severity(std::string_view what) { return word("severity", Vocabulary::kSeverity, what); }
constexpr Key end_of(std::string_view name, std::string_view what) { return reference(name, kEndName, what).list(); }

constexpr Key kTop[] = {
    plain("glacis", Shape::kVersion, "version of the language: 1"),
    text("include", "files in the model's folder whose elements are the model's too").list(),
    inner("model", "model", "what the model is about and who answers for it"),
    section("taps", kTapName, "where traffic is looked at"),
    section("sources", kSourceName, "logs that steps and requirements may name"),
    Key{.name = "ports", .says = "named groups of ports", .shape = Shape::kPortGroups, .declares = kPortGroupName},
    inner("hours", "hours", "when people work"),
    section("zones", kZoneName, "networks of one level of trust"),
    section("boundaries", kBoundaryName, "crossings from one zone to another that have rules of their own"),
    section("data", kDataName, "kinds of data, and how they look on a wire"),
    section("assets", kAssetName, "what stands in the zones"),
    section("identities", kIdentityName, "who acts, and where they may"),
    section("flows", kFlowName, "what may happen"),
    section("never", kNeverName, "what must not happen"),
    section("assumptions", kAssumptionName, "what is taken for true, and what would refute it"),
    section("abuse", kCaseName, "what an attacker would do, and what would be seen of it"),
    section("controls", kControlName, "what stops or limits abuse"),
    section("findings", kFindingName, "what is wrong today, and what was decided"),
    section("requirements", kRequirementName, "what must be built, and how traffic shows that it is"),
    section("hunts", kHuntName, "questions to what was stored"),
    Key{.name = "answers",
        .says = "threats that do not apply here: a threat's id from glacis threats, and why",
        .shape = Shape::kSection,
        .element = "answers"},
    inner("drift", "drift", "what becomes of traffic that no line models")};

constexpr Key kModel[] = {text("id", "stands in every alert and never changes").must(),
                          text("title", "as people call it"),
                          text("scope", "the system, workflow, segment, API, workload or change that it is about"),
                          word("stage", Vocabulary::kStage, "how far it is; design if not said"),
                          owner("who answers for the model, and for what has no owner of its own").must(),
                          plain("reviewed", Shape::kDate, "the day of the last review"),
                          plain("review_every", Shape::kDuration, "how long a review holds"),
                          word("review_on", Vocabulary::kReview, "what makes a review due").list().lacks("reviews"),
                          plain("teams", Shape::kTexts, "who is asked: a team and a person")};

constexpr Key kTaps[] = {text("sensors", "who stands on it; several share its flows").list(),
                         reference("inside", kZoneName, "zones whose inner traffic it sees too").list(),
                         reference("not", kZoneName, "pairs of zones whose traffic takes another road", Shape::kPairs)};

constexpr Key kSources[] = {owner(), word("state", Vocabulary::kSourceState, "whether anything arrives")};

constexpr Key kHours[] = {plain("tz", Shape::kTimeZone, "time zone of all hours of the model; UTC if not said"),
                          plain("days", Shape::kDays, "working days, for is: outside-hours").lacks("signals"),
                          plain("time", Shape::kHours, "working hours, for is: outside-hours").lacks("signals")};

constexpr Key kZones[] = {
    number("trust", 0, 100, "how far it is trusted: 0 the internet, 100 the keys to everything")
        .must("0 (the internet) to 100"),
    plain("addr", Shape::kAnyAddress, "prefixes; any: every global address of no other zone").list(),
    reference("taps", kTapName, "taps that see what enters and leaves it").list(),
    text("env", "prod, staging, ...: an identity is used in one"),
    plain("flat", Shape::kFlag, "traffic inside is expected and not modelled"),
    word("stack", Vocabulary::kStack, "family of its hosts: which of differing bytes they take"),
    reference("tap", kTapName, "tells it from a zone with the same addresses").lacks("zones told apart"),
    number("vlan", 1, 4094, "tells it from a zone with the same addresses").lacks("zones told apart"),
    number("vni", 0, (1u << 24) - 1, "tells it from a zone with the same addresses").lacks("zones told apart"),
    says()};

constexpr Key kBoundaries[] = {
    reference("from", kZoneName, "where crossings start").must("the zone in which crossings start"),
    reference("to", kZoneName, "what they reach").must("the zone that they reach"),
    word("changes", Vocabulary::kChange, "what changes there").list(),
    word("default", Vocabulary::kUnmodelled, "what a crossing gets that no line models; else drift.unmodelled"),
    severity("of such an alert; without it from the trust of both zones"),
    reference("needs", kControlName, "controls that must be active here").list().lacks("coverage"),
    says()};

constexpr Key kData[] = {text("class", "pci, pii, health, ..."), number("sensitivity", 0, 5, "how bad its loss is"),
                         inner("seen_as", "data.seen_as", "how it looks in clear text"),
                         word("evidence", Vocabulary::kEvidence, "what alerts show of it"), says()};
constexpr Key kDataSeenAs[] = {
    text("pattern", "a regular expression of Hyperscan").must("seen_as: {pattern: 'INV-\\d{6}'}"),
    word("check", Vocabulary::kCheck, "what a match must pass too")};

constexpr Key kAssets[] = {
    word("kind", Vocabulary::kAssetKind, "what it is"),
    reference("zone", kZoneName, "where it stands").must("the zone that it is in"),
    plain("addr", Shape::kAddress, "its addresses; none: those of its zone that no asset claims").list(),
    text("name", "its names in TLS, HTTP and DNS; *. stands for one label or more").list().lacks("names"),
    plain("exposed", Shape::kFlag, "reachable from outside"),
    reference("holds", kDataName, "data that it keeps").list(),
    number("value", 1, 5, "what it is worth to the business").lacks("risk"),
    owner(),
    says(),
    word("stack", Vocabulary::kStack, "family of its hosts; beats the zone's")};

constexpr Key kIdentities[] = {word("kind", Vocabulary::kIdentityKind, "what it is"),
                               reference("may", kFlowName, "lines on which it may be used").list(),
                               reference("can_become", kIdentityName, "identities that it can take").list(),
                               inner("seen_as", "identities.seen_as", "its names in protocols"),
                               text("env", "the environment that it belongs to"),
                               reference("lives_in", kPlaceName, "where it may come from").list(),
                               owner(),
                               text("scopes", "what a token may").list(),
                               says()};
constexpr Key glob(std::string_view protocol, std::string_view what) { return text(protocol, what).list(); }
constexpr Key kIdentitySeenAs[] = {
    glob("kerberos", "client principals"), glob("ntlm", "user names"),
    glob("sql", "database users"),         glob("ldap", "bind names"),
    glob("http", "users of Basic"),        glob("radius", "user names"),
    glob("ssh", "not visible on a wire"),  glob("tls-client-cert", "subjects, before TLS 1.3")};

constexpr Key kFlows[] = {
    end_of("from", "who starts it").must("the zones or assets at its ends"),
    end_of("to", "who answers").must("the zones or assets at its ends"),
    text("app", "applications, as detected, not as the port suggests").list().lacks("apps"),
    port("of the responder; none: any"),
    reference("as", kIdentityName, "identities that may be used on it").list().lacks("identities"),
    reference("carries", kDataName, "data that may be on it").list(),
    inner("limit", "limit", "most of it, for each initiator").lacks("aggregates"),
    word("class", Vocabulary::kFlowClass, "groups the table of crossings; admin asks for the identity"),
    plain("until", Shape::kDate, "its last day"),
    plain("hours", Shape::kHours, "when it may happen, every day"),
    plain("clear", Shape::kFlag, "true: must be readable, false: must not").lacks("apps"),
    says()};
constexpr Key rate(std::string_view name, std::string_view what) { return plain(name, Shape::kRate, what); }
constexpr Key kLimit[] = {rate("bytes", "of layer 3, both ways"), rate("flows", "begun"),
                          rate("requests", "of the application"), rate("packets", "both ways")};

constexpr Key kNever[] = {end_of("from", "who must not start it; none: anybody"),
                          end_of("to", "who must not answer; none: anybody"),
                          port("of the responder; none: any"),
                          text("app", "applications").list(),
                          reference("carries", kDataName, "data that must not be readable on it").list(),
                          reference("as", kIdentityName, "identities").list(),
                          reference("except", kFlowName, "lines that are meant, all of their conditions held").list(),
                          severity("of the alert; medium if not said"),
                          text("why", "stands in the alert"),
                          stride(),
                          attack(),
                          says()};

constexpr Key kAssumptions[] = {says("what is taken for true").must(), inner("prove", "prove", "what would refute it"),
                                owner()};
constexpr Key kProve[] = {end_of("from", "initiators of the flows that it is about"),
                          end_of("to", "responders of the flows that it is about"),
                          port("of the responder"),
                          text("app", "applications").list(),
                          reference("identity", kIdentityName, "flows on which it is used").list(),
                          end_of("only_from", "whoever else starts one refutes it"),
                          plain("for", Shape::kDuration, "so long without a counterexample confirms it")};

constexpr Key kAbuse[] = {says("the case in plain words").must("the case in plain words"),
                          text("goal", "what the attacker wants"),
                          severity("without it from risk, else medium"),
                          stride(),
                          attack(),
                          inner("risk", "risk", "how likely and how bad"),
                          text("respond", "what to do; variables of the path are filled in").list(),
                          inner("path", "group", "what would be seen"),
                          owner()};
constexpr std::string_view kRiskHint = "risk: {likelihood: 3, impact: 4}";
constexpr Key kRisk[] = {number("likelihood", 1, 5, "how likely it is").must(kRiskHint),
                         number("impact", 1, 5, "how bad it would be").must(kRiskHint),
                         number("response", 1, 5, "how well it would be answered"),
                         plain("dread", Shape::kText,
                               "damage, reproducibility, exploitability, affected users, discoverability: 0 to 10 each")
                             .list()};

constexpr Key kControls[] = {word("status", Vocabulary::kControlStatus, "whether it works today"),
                             number("strength", 0, 5, "how much it stops"),
                             reference("covers", kCaseName, "cases that it stops or limits").list(),
                             text("d3fend", "technique of MITRE D3FEND"),
                             text("csf", "outcome of the NIST Cybersecurity Framework"),
                             owner(),
                             says()};

constexpr Key kFindings[] = {says("what is wrong"),
                             reference("at", kRuleName, "the elements that it is about").list(),
                             reference("abuse", kCaseName, "cases that it makes possible").list(),
                             word("decide", Vocabulary::kDecision, "what was decided").list(),
                             reference("requires", kRequirementName, "what must be built").list(),
                             owner("who decides and sees it through"),
                             plain("due", Shape::kDate, "the day by which it is done"),
                             text("ticket", "where the work is tracked"),
                             inner("accept", "accept", "who takes the risk, and until when").lacks("acceptance")};
constexpr Key kAccept[] = {text("by", "who takes the risk").must("who takes the risk"),
                           text("asked_by", "who asked for it; not the same person").must("who asked for it"),
                           text("why", "the reason").must(),
                           plain("until", Shape::kDate, "its last day").must("the day on which it ends"),
                           reference("meanwhile", kRequirementName, "what is done until then").list()};

constexpr Key kRequirements[] = {word("kind", Vocabulary::kRequirementKind, "what it is about"),
                                 says("what must be so").must(),
                                 inner("verify", "verify", "what traffic must show before it is called done"),
                                 reference("source", kSourceName, "the log that shows it"), owner()};
constexpr Key kVerify[] = {reference("clean", kRuleName, "no established match of these in the time of `for`").list(),
                           word("seen", Vocabulary::kSeen, "what must be seen at `at`"),
                           reference("at", kRuleName, "where").list(),
                           plain("within", Shape::kDuration, "in which time it must be seen"),
                           plain("for", Shape::kDuration, "for how long it must be clean"),
                           reference("fires", kRuleName, "rules that alerted, live or in a rehearsal").list()};

constexpr Key kHunts[] = {text("ask", "the question").must("the question that it answers"),
                          inner("run", "inner step", "what to look for"),
                          plain("over", Shape::kDuration, "how far back"), owner()};

constexpr Key kAnswers[] = {text("why", "why it does not apply").must("the reason, for those who ask later"), owner()};

constexpr Key kDrift[] = {
    inner("unmodelled", "unmodelled", "what traffic gets that no line models"),
    plain("unseen_after", Shape::kDuration, "a line without traffic for so long is reported").lacks("baselines"),
    plain("learn", Shape::kDuration, "how long baselines are learnt").lacks("baselines"),
    text("ignore", "protocols that drift leaves out").list(),
    plain("resolvers", Shape::kAddress, "whose DNS answers are believed").list().lacks("names")};
constexpr Key kUnmodelled[] = {word("crossing", Vocabulary::kUnmodelled, "between two zones; alert if not said"),
                               word("inside", Vocabulary::kUnmodelled, "inside a zone; report if not said")};

constexpr Key kGroup[] = {text("id", "what alert_at and alerts call it"),
                          plain("within", Shape::kDuration, "from its first event to its last"),
                          plain("gap", Shape::kDuration, "from the step before"),
                          plain("then", Shape::kSteps, "in this order"),
                          plain("all", Shape::kSteps, "in any order"),
                          plain("any", Shape::kSteps, "one of them"),
                          text("alert_at", "steps that alert, and all; outermost group only").list(),
                          plain("optional", Shape::kFlag, "adds to an alert, is not waited for"),
                          attack(),
                          inner("unless", "inner step", "what ends the match")};

constexpr uint32_t kTargetName = kEndName | kFlowName;
// Where a variable may stand beside the name.
constexpr Key verb(std::string_view name, uint32_t refers, std::string_view what) {
  return refers == kNoName ? text(name, what) : reference(name, refers, what, Shape::kEnd).list();
}
// What a step and what stands in of, unless and run have in common.
constexpr Key kInnerStep[] = {
    verb("flow", kTargetName, "traffic: a line, a zone, an asset or any"),
    verb("auth", kEndName, "an identity is proved to it"),
    verb("login", kEndName, "somebody logs in there"),
    verb("dns", kNoName, "a name is asked for"),
    verb("tls", kNoName, "a TLS session begins"),
    verb("http", kEndName, "an HTTP request to it"),
    verb("sql", kEndName, "a query to it"),
    verb("file", kEndName, "a file of its SMB shares is opened"),
    verb("exec", kEndName, "a DCERPC call to it"),
    text("content", "bytes that match this regular expression"),
    word("anomaly", Vocabulary::kAnomaly, "packets that no proper end sends").list(),
    verb("from", kEndName, "initiator; $h binds it"),
    verb("to", kEndName, "responder; $h binds it"),
    reference("as", kIdentityName | kAnyWord, "identity; $u binds it", Shape::kVariable).list(),
    port("of the responder"),
    reference("gets", kAnyWord, "$ip: the address that the login is given", Shape::kVariable),
    word("is", Vocabulary::kCondition, "conditions, all of which hold").list(),
    text("in", "where content is looked for: payload, sql.query, ...").list(),
    text("interface", "of exec: the interface that is called"),
    reference("outside", kPlaceName, "of auth and of hunts: from anywhere else").list()};
constexpr Key kStepAlone[] = {
    text("id", "what alerts call it").must("a short name, which alerts show"),
    word("count", Vocabulary::kAggregate, "so many of `of` in `within`"),
    word("sum", Vocabulary::kAggregate, "so much of `of` in `within`"),
    word("distinct", Vocabulary::kAggregate, "so many different ones of `of` in `within`"),
    text("mail", "something in a mail log; needs see"),
    text("change", "something in a change log; needs see"),
    reference("see", kSourceName | kTapWord, "who sees it: tap, a source; tap if not said").list(),
    plain("optional", Shape::kFlag, "adds to an alert, is not waited for"),
    plain("gap", Shape::kDuration, "from the step before"),
    plain("within", Shape::kDuration, "of an aggregate: the time it is taken over"),
    plain("over", Shape::kAmount, "of an aggregate: it hits when above"),
    inner("of", "inner step", "what is counted, or looked into"),
    inner("unless", "inner step", "what ends the match if it came since the step before"),
    attack(),
    says()};
constexpr auto kStep = [] {
  std::array<Key, std::size(kInnerStep) + std::size(kStepAlone)> out;
  std::copy(std::begin(kStepAlone), std::end(kStepAlone), out.begin());
  std::copy(std::begin(kInnerStep), std::end(kInnerStep), out.begin() + std::size(kStepAlone));
  return out;
}();

constexpr std::array kElements = {
    ElementGrammar{"top", "a model file", kTop},
    ElementGrammar{"model", "what the model is about", kModel},
    ElementGrammar{"taps", "a place where traffic is looked at", kTaps},
    ElementGrammar{"sources", "a log that is no tap", kSources, "sources"},
    ElementGrammar{"hours", "when people work", kHours},
    ElementGrammar{"zones", "a network of one level of trust", kZones},
    ElementGrammar{"boundaries", "crossings from one zone to another", kBoundaries},
    ElementGrammar{"data", "a kind of data", kData},
    ElementGrammar{"data.seen_as", "how data looks in clear text", kDataSeenAs},
    ElementGrammar{"assets", "what stands in a zone", kAssets},
    ElementGrammar{"identities", "who acts", kIdentities, "identities"},
    ElementGrammar{"identities.seen_as", "names in protocols; * stands for anything", kIdentitySeenAs},
    ElementGrammar{"flows", "what may happen", kFlows},
    ElementGrammar{"limit", "most in a time, for each initiator", kLimit},
    ElementGrammar{"never", "what must not happen", kNever},
    ElementGrammar{"assumptions", "what is taken for true", kAssumptions, "monitors"},
    ElementGrammar{"prove", "what would refute an assumption", kProve},
    ElementGrammar{"abuse", "what an attacker would do", kAbuse},
    ElementGrammar{"risk", "how likely and how bad", kRisk},
    ElementGrammar{"controls", "what stops or limits abuse", kControls, "coverage"},
    ElementGrammar{"findings", "what is wrong, and what was decided", kFindings},
    ElementGrammar{"accept", "a risk that somebody takes", kAccept},
    ElementGrammar{"requirements", "what must be built", kRequirements, "monitors"},
    ElementGrammar{"verify", "what traffic must show", kVerify},
    ElementGrammar{"hunts", "a question to what was stored", kHunts, "hunts"},
    ElementGrammar{"answers", "a threat that does not apply", kAnswers},
    ElementGrammar{"drift", "what becomes of traffic that no line models", kDrift},
    ElementGrammar{"unmodelled", "what such traffic gets", kUnmodelled},
    ElementGrammar{"group", "steps that belong together", kGroup},
    ElementGrammar{"step", "one thing that would be seen", kStep},
    ElementGrammar{"inner step", "what is counted, excluded or hunted", kInnerStep},
};

}  // namespace

std::span<const ElementGrammar> grammar() { return kElements; }

const ElementGrammar& grammar_of(std::string_view element) {
  for (const std::span<const ElementGrammar> all : {grammar(), invariant_grammar()}) {
    const auto found = std::ranges::find(all, element, &ElementGrammar::element);
    if (found != all.end()) return *found;
  }
  return kElements[0];
}

const Key* key_of(std::span<const Key> keys, std::string_view name) {
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace glacis::control
