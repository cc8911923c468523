#include "control/threat_model/vocabulary.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dataplane/base/anomaly.h"

namespace glacis::control {
namespace {

using Word = VocabularyWord;

constexpr Word kSeverities[] = {{"info", "to know, not to act upon"},
                                {"low", "to be looked at some time"},
                                {"medium", "to be looked at this week"},
                                {"high", "to be looked at today"},
                                {"critical", "to be looked at now"}};
constexpr Word kUnmodelled[] = {{"allow", "permitted, though still not modelled"},
                                {"report", "a flow record and drift, no alert"},
                                {"alert", "an alert"}};
constexpr Word kEvidence[] = {{"none", "alerts carry no matched bytes"},
                              {"masked", "all but the last four characters are hidden (the default)"},
                              {"full", "the matched bytes as they were"}};
constexpr Word kStages[] = {{"planning", "an idea: anything may be open"},
                            {"design", "before it is built: addresses may be missing"},
                            {"build", "being built: zones have addresses"},
                            {"live", "in use: every case is enforced or accepted"}};
constexpr Word kReviews[] = {{"new-api", "a new responder port or application on an exposed or api asset"},
                             {"cloud-route", "the first flow of a zone pair with a workload's zone"},
                             {"remote-access", "an admin port from a zone of trust below 40"},
                             {"third-party", "a new far name or network from a workload"},
                             {"identity", "an identity that is unknown or newly wide"}};
constexpr Word kChanges[] = {
    {"control", "who can stop the traffic"}, {"ownership", "who answers for the hosts"}, {"risk", "what is at stake"}};
constexpr Word kChecks[] = {{"luhn", "the digits have a right Luhn check digit (ISO/IEC 7812-1)"}};
constexpr Word kStride[] = {
    {"spoofing", "somebody passes for somebody else"},      {"tampering", "something is changed that should not be"},
    {"repudiation", "nobody can show who did it"},          {"disclosure", "somebody reads what they should not"},
    {"denial", "something is not there when it is needed"}, {"elevation", "somebody can do more than they may"}};
constexpr Word kVerbs[] = {{"flow", "traffic: a line, a zone, an asset or any"},
                           {"auth", "somebody proves an identity to a service"},
                           {"login", "somebody logs in at a place"},
                           {"dns", "a name is asked for"},
                           {"tls", "a TLS session begins"},
                           {"http", "an HTTP request"},
                           {"sql", "a database query"},
                           {"file", "a file is opened on an SMB share"},
                           {"exec", "a DCERPC call"},
                           {"content", "bytes that match a pattern"},
                           {"count", "so many of something in a time"},
                           {"sum", "so much of something in a time"},
                           {"distinct", "so many different ones in a time"},
                           {"anomaly", "packets that no proper end sends"},
                           {"mail", "something in a mail log (not on a wire)"},
                           {"change", "something in a change log (not on a wire)"}};
// In the order of kAnomalyNames.
constexpr std::string_view kAnomalySays[] = {"an IPv4, TCP, UDP or ICMP checksum that does not fit",
                                             "a source route, or an IPv6 routing header of type 0",
                                             "source and destination are one address and port",
                                             "a set of flags that no TCP sends",
                                             "TCP, UDP or SCTP port 0",
                                             "more layers than are followed",
                                             "what a tunnel announces cannot be decoded",
                                             "TCP urgent data",
                                             "fragments that overlap",
                                             "fragments that say different bytes at one place, or two ends",
                                             "a fragment smaller than any link asks for",
                                             "a fragment that reaches beyond 65,535 bytes",
                                             "fragments of one datagram with hop limits far apart",
                                             "a datagram that was never whole",
                                             "a datagram that was given up for room",
                                             "other bytes under sequence numbers that were sent before",
                                             "bytes that never came, though they were acknowledged",
                                             "data or a reset beyond what the receiver granted",
                                             "a second SYN with another sequence number",
                                             "a handshake of four or five ways",
                                             "both ends' SYNs crossed",
                                             "payload on a SYN",
                                             "payload behind a FIN or a reset",
                                             "a segment that its receiver drops for its time stamp",
                                             "an acknowledgement of what was never sent",
                                             "data whose hop limit is far below the others'",
                                             "a stream's depth or the room for what waits was used up",
                                             "a fragment that is empty or no multiple of 8 bytes"};
static_assert(std::size(kAnomalySays) == kAnomalyNames.size());
constexpr auto kAnomalies = [] {
  std::array<Word, kAnomalyNames.size() + 1> out;
  for (size_t i = 0; i < kAnomalyNames.size(); ++i) out[i] = {kAnomalyNames[i], kAnomalySays[i]};
  out.back() = {kAnyAnomaly, "all of them"};
  return out;
}();
constexpr Word kConditions[] = {
    {"unmodelled", "no flows line covers it"},
    {"denied", "a reset, an ICMP refusal, or no answer in 10 s where the tap sees both directions"},
    {"established", "the handshake is done"},
    {"new-source", "this initiator was never seen here while learning"},
    {"new-source-for-user", "this user never came from there while learning"},
    {"new-target", "this responder was never seen from there while learning"},
    {"new-target-for-identity", "this identity was never used there while learning"},
    {"unusual-for-pair", "the hour's bytes or requests exceed the learnt median by 6 times the median deviation"},
    {"periodic", "20 flows of a pair in 24 h, at intervals that differ by a tenth at most"},
    {"long-lived", "an hour or longer"},
    {"encrypted", "its payload cannot be read"},
    {"clear-text", "its payload can be read"},
    {"self-signed", "the server's certificate names itself as issuer"},
    {"expired-cert", "the server's certificate is out of date"},
    {"rare-ja4", "a TLS client fingerprint on two hosts of the zone at most while learning"},
    {"dns-tunnel", "50 names under one domain in 10 min, with a mean entropy of 3.5 bit or more"},
    {"port-mismatch", "another application than the port is modelled for"},
    {"outside-hours", "outside the model's hours"},
    {"claimed", "the name was said, not proved"},
    {"proved", "the server accepted the name"}};
constexpr Word kAggregates[] = {{"flows", "flows, each once"},
                                {"requests", "requests of the application"},
                                {"bytes", "bytes of layer 3, both ways"},
                                {"bytes.to_client", "bytes of layer 3 to the initiator"},
                                {"bytes.to_server", "bytes of layer 3 to the responder"},
                                {"packets", "packets, both ways"},
                                {"source", "initiators"},
                                {"destination", "responders"},
                                {"port", "ports of the responder"},
                                {"user", "users"},
                                {"from.env", "environments of the initiator"},
                                {"to.env", "environments of the responder"}};
constexpr Word kFlowClasses[] = {{"shared", "a service that everybody uses: names, time, tickets"},
                                 {"admin", "administration; coverage asks for the identity"},
                                 {"backup", "backups"},
                                 {"monitoring", "monitoring"},
                                 {"product", "what the system is there for (the default)"}};
constexpr Word kAssetKinds[] = {{"service", "answers requests"},
                                {"api", "answers requests of programs"},
                                {"store", "keeps data"},
                                {"queue", "passes messages on"},
                                {"workload", "runs in a cloud"},
                                {"gateway", "passes traffic on: proxy, load balancer, firewall"},
                                {"users", "people's computers, taken together"},
                                {"workstation", "computers of administrators or other named people"},
                                {"device", "a device that is no computer of a person: printer, camera, controller"},
                                {"identity-provider", "proves who somebody is"},
                                {"remote-access", "lets people in from outside"},
                                {"jump-host", "the only way of administrators"},
                                {"admin", "administers other assets"},
                                {"monitoring", "watches other assets"},
                                {"backup", "keeps copies"},
                                {"build", "builds and delivers software"},
                                {"third-party", "run by somebody else"}};
constexpr Word kIdentityKinds[] = {{"user-role", "people with one task"},
                                   {"admin-group", "people who administer"},
                                   {"service-account", "a program"},
                                   {"workload", "what a cloud gives a workload"},
                                   {"api-token", "a key that a program shows"},
                                   {"device", "a machine"},
                                   {"third-party", "somebody else's"}};
constexpr Word kSourceStates[] = {{"fed", "arrives"}, {"planned", "does not arrive yet: steps that need it are blind"}};
constexpr Word kControlStates[] = {{"active", "works today"}, {"planned", "does not work yet"}};
constexpr Word kDecisions[] = {
    {"change-design", "the design changes"},           {"add-requirement", "a requirement is written"},
    {"reduce-access", "somebody may less than today"}, {"add-segmentation", "a boundary is built or narrowed"},
    {"improve-logging", "a log is added or kept"},     {"add-detection", "a rule is added"},
    {"assign-owner", "somebody answers for it"},       {"accept-risk", "the risk is taken; needs accept"}};
constexpr Word kRequirementKinds[] = {{"segmentation", "what may reach what"},
                                      {"access", "who may do what"},
                                      {"identity", "how somebody is known"},
                                      {"encryption", "what must not be readable"},
                                      {"hardening", "how a host is set up"},
                                      {"logging", "what is written down"},
                                      {"ndr", "what sensors validate"},
                                      {"siem", "what the SOC's logs must have"},
                                      {"response", "what is done when it happens"},
                                      {"process", "what people do"}};
constexpr Word kSeen[] = {{"denied", "at least one refused attempt"}};
constexpr Word kIgnorable[] = {{"dhcp", "DHCP and DHCPv6"}, {"icmp", "ICMP and ICMPv6"}};
constexpr Word kStacks[] = {{"linux", "the default"},
                            {"linux-old", "before 4.19, for fragments"},
                            {"windows", "Vista and later"},
                            {"windows-xp", "2000, XP, 2003"},
                            {"bsd", ""},
                            {"macos", ""},
                            {"solaris", ""},
                            {"hpux", ""},
                            {"cisco", "IOS"},
                            {"linux-2.2", "and before, for segments too"},
                            {"hp-jetdirect", "print servers"}};
constexpr Word kSights[] = {{"blind", "nothing shows it"},
                            {"elsewhere", "another log does, and it is fed"},
                            {"metadata", "a tap sees its flows, and no rule asks for it yet"},
                            {"enforced", "a rule on a tap that sees it"}};

}  // namespace

std::span<const VocabularyWord> words_of(Vocabulary vocabulary) {
  switch (vocabulary) {
    case Vocabulary::kSeverity:
      return kSeverities;
    case Vocabulary::kUnmodelled:
      return kUnmodelled;
    case Vocabulary::kEvidence:
      return kEvidence;
    case Vocabulary::kStage:
      return kStages;
    case Vocabulary::kReview:
      return kReviews;
    case Vocabulary::kChange:
      return kChanges;
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
    case Vocabulary::kAssetKind:
      return kAssetKinds;
    case Vocabulary::kIdentityKind:
      return kIdentityKinds;
    case Vocabulary::kSourceState:
      return kSourceStates;
    case Vocabulary::kControlStatus:
      return kControlStates;
    case Vocabulary::kDecision:
      return kDecisions;
    case Vocabulary::kRequirementKind:
      return kRequirementKinds;
    case Vocabulary::kSeen:
      return kSeen;
    case Vocabulary::kIgnorable:
      return kIgnorable;
    case Vocabulary::kStack:
      return kStacks;
    case Vocabulary::kSight:
      return kSights;
  }
  return {};
}

int position_of(std::string_view word, Vocabulary vocabulary) {
  const auto known = words_of(vocabulary);
  const auto found = std::ranges::find(known, word, &VocabularyWord::text);
  return found == known.end() ? 0 : static_cast<int>(found - known.begin()) + 1;
}

std::string_view word_at(int position, Vocabulary vocabulary) {
  const auto known = words_of(vocabulary);
  return position < 1 || static_cast<size_t>(position) > known.size() ? std::string_view()
                                                                      : known[static_cast<size_t>(position) - 1].text;
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
