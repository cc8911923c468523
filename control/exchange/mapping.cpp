#include "control/exchange/mapping.h"

#include <cctype>
#include <span>

namespace glacis::control {
namespace {

template <class T>
struct Meaning {
  std::string_view word;  // as a slug has it; a plural is the word too
  T means;
};

constexpr Meaning<uint32_t> kTrust[] = {
    {"internet", 0},     {"public", 0},   {"external", 0},  {"unplaced", 0},     {"partner", 20},      {"vendor", 20},
    {"third-party", 20}, {"browser", 20}, {"customer", 20}, {"client", 30},      {"user", 40},         {"dmz", 50},
    {"web", 50},         {"edge", 50},    {"dev", 40},      {"development", 40}, {"experimental", 40}, {"staging", 40},
    {"test", 40},        {"admin", 90},   {"mgmt", 90},     {"management", 90},  {"database", 80},     {"db", 80},
    {"data", 80},        {"auth", 80},    {"cloud", 60},    {"prod", 70},        {"production", 70}};
constexpr uint32_t kUsualTrust = 60;

constexpr Meaning<std::string_view> kKinds[] = {{"third-party", "third-party"},
                                                {"partner", "third-party"},
                                                {"saas", "third-party"},
                                                {"jump", "jump-host"},
                                                {"bastion", "jump-host"},
                                                {"vpn", "remote-access"},
                                                {"remote-access", "remote-access"},
                                                {"identity-provider", "identity-provider"},
                                                {"identity", "identity-provider"},
                                                {"idp", "identity-provider"},
                                                {"ldap", "identity-provider"},
                                                {"kerberos", "identity-provider"},
                                                {"active-directory", "identity-provider"},
                                                {"sso", "identity-provider"},
                                                {"cognito", "identity-provider"},
                                                {"keycloak", "identity-provider"},
                                                {"backup", "backup"},
                                                {"monitoring", "monitoring"},
                                                {"siem", "monitoring"},
                                                {"canary", "monitoring"},
                                                {"ids", "monitoring"},
                                                {"ips", "monitoring"},
                                                {"cloudwatch", "monitoring"},
                                                {"build", "build"},
                                                {"pipeline", "build"},
                                                {"sourcecode", "build"},
                                                {"git", "build"},
                                                {"repository", "build"},
                                                {"artifact", "build"},
                                                {"jenkins", "build"},
                                                {"deployment", "build"},
                                                {"load-balancer", "gateway"},
                                                {"gateway", "gateway"},
                                                {"proxy", "gateway"},
                                                {"waf", "gateway"},
                                                {"firewall", "gateway"},
                                                {"service-mesh", "gateway"},
                                                {"nat", "gateway"},
                                                {"router", "gateway"},
                                                {"worker", "workload"},
                                                {"queue", "queue"},
                                                {"kafka", "queue"},
                                                {"sqs", "queue"},
                                                {"topic", "queue"},
                                                {"broker", "queue"},
                                                {"stream-processing", "queue"},
                                                {"devops-client", "workstation"},
                                                {"workstation", "workstation"},
                                                {"cli", "workstation"},
                                                {"browser", "users"},
                                                {"desktop", "users"},
                                                {"mobile", "users"},
                                                {"mobile-app", "users"},
                                                {"client", "users"},
                                                {"client-system", "users"},
                                                {"customer", "users"},
                                                {"user", "users"},
                                                {"people", "users"},
                                                {"engineer", "users"},
                                                {"admin", "users"},
                                                {"administrator", "users"},
                                                {"employee", "users"},
                                                {"database", "store"},
                                                {"db", "store"},
                                                {"rds", "store"},
                                                {"sql", "store"},
                                                {"file-server", "store"},
                                                {"file-system", "store"},
                                                {"storage", "store"},
                                                {"store", "store"},
                                                {"datastore", "store"},
                                                {"bucket", "store"},
                                                {"s3", "store"},
                                                {"blob", "store"},
                                                {"data-lake", "store"},
                                                {"vault", "store"},
                                                {"hsm", "store"},
                                                {"search-index", "store"},
                                                {"redis", "store"},
                                                {"mongo", "store"},
                                                {"postgresql", "store"},
                                                {"sqlite", "store"},
                                                {"big-data-platform", "store"},
                                                {"api", "api"},
                                                {"rest", "api"},
                                                {"soap", "api"},
                                                {"web-service-rest", "api"},
                                                {"web-service-soap", "api"},
                                                {"lambda", "workload"},
                                                {"function", "workload"},
                                                {"container", "workload"},
                                                {"ecs", "workload"},
                                                {"batch-processing", "workload"},
                                                {"task", "workload"},
                                                {"ec2", "workload"},
                                                {"vm", "workload"},
                                                {"iot", "device"},
                                                {"printer", "device"},
                                                {"camera", "device"},
                                                {"plc", "device"},
                                                {"server", "service"},
                                                {"service", "service"},
                                                {"application", "service"},
                                                {"process", "service"},
                                                {"cms", "service"},
                                                {"erp", "service"},
                                                {"web", "service"}};

constexpr Meaning<std::string_view> kApps[] = {{"https", "https"},
                                               {"http-s", "https"},
                                               {"wss", "https"},
                                               {"http", "http"},
                                               {"ws", "http"},
                                               {"ssh", "ssh"},
                                               {"ssh-tunnel", "ssh"},
                                               {"sftp", "ssh"},
                                               {"scp", "ssh"},
                                               {"ldaps", "tls"},
                                               {"ldap", "ldap"},
                                               {"smtp-encrypted", "tls"},
                                               {"smtps", "tls"},
                                               {"smtp", "smtp"},
                                               {"imap-encrypted", "tls"},
                                               {"imaps", "tls"},
                                               {"imap", "imap"},
                                               {"pop3-encrypted", "tls"},
                                               {"pop3", "pop3"},
                                               {"ftps", "tls"},
                                               {"ftp", "ftp"},
                                               {"nfs", "nfs"},
                                               {"smb", "smb"},
                                               {"smb-encrypted", "smb"},
                                               {"rdp", "rdp"},
                                               {"mqtt", "mqtt"},
                                               {"dns", "dns"},
                                               {"kerberos", "kerberos"},
                                               {"tls", "tls"},
                                               {"ssl", "tls"},
                                               {"jdbc-encrypted", "tls"},
                                               {"odbc-encrypted", "tls"},
                                               {"sql-access-protocol-encrypted", "tls"},
                                               {"nosql-access-protocol-encrypted", "tls"},
                                               {"binary-encrypted", "tls"},
                                               {"text-encrypted", "tls"},
                                               {"postgresql", "postgresql"},
                                               {"psql", "postgresql"},
                                               {"mysql", "mysql"},
                                               {"redis", "redis"},
                                               {"amqp", "amqp"},
                                               {"grpc", "tls"},
                                               {"syslog", "syslog"},
                                               {"snmp", "snmp"}};

constexpr std::string_view kInside[] = {"in-process-library-call", "inter-process-communication", "local-file-access",
                                        "container-spawning"};

constexpr Meaning<std::string_view> kStride[] = {
    {"spoofing", "spoofing"},          {"spoof", "spoofing"},          {"tampering", "tampering"},
    {"tamper", "tampering"},           {"repudiation", "repudiation"}, {"disclosure", "disclosure"},
    {"info-disclosure", "disclosure"}, {"denial", "denial"},           {"dos", "denial"},
    {"elevation", "elevation"}};

constexpr Meaning<std::string_view> kSeverities[] = {
    {"critical", "critical"}, {"very-high", "critical"}, {"high", "high"},
    {"elevated", "high"},     {"medium", "medium"},      {"moderate", "medium"},
    {"low", "low"},           {"informational", "info"}, {"info", "info"}};

constexpr Meaning<uint32_t> kSensitivity[] = {{"strictly-confidential", 5},
                                              {"top-secret", 5},
                                              {"secret", 5},
                                              {"phi", 5},
                                              {"cred", 5},
                                              {"pci", 5},
                                              {"confidential", 4},
                                              {"sensitive", 4},
                                              {"pii", 4},
                                              {"fin", 4},
                                              {"restricted", 3},
                                              {"biz", 3},
                                              {"internal", 2},
                                              {"public", 0}};
constexpr uint32_t kUsualSensitivity = 3;

constexpr Meaning<uint32_t> kLikelihood[] = {
    {"very-unlikely", 1}, {"rare", 1},     {"very-likely", 5}, {"almost-certain", 5}, {"unlikely", 2}, {"possible", 3},
    {"likely", 4},        {"very-low", 1}, {"low", 2},         {"medium", 3},         {"high", 4},     {"frequent", 5}};
constexpr Meaning<uint32_t> kImpact[] = {{"negligible", 1}, {"insignificant", 1}, {"minor", 2},        {"moderate", 3},
                                         {"major", 4},      {"severe", 5},        {"catastrophic", 5}, {"very-high", 5},
                                         {"very-low", 1},   {"low", 2},           {"medium", 3},       {"high", 4},
                                         {"critical", 5}};

// Whole words, singular or plural.
bool has_word(std::string_view in, std::string_view word) {
  for (size_t at = in.find(word); at != std::string_view::npos; at = in.find(word, at + 1)) {
    size_t end = at + word.size();
    if (end < in.size() && in[end] == 's') ++end;
    if ((at == 0 || in[at - 1] == '-') && (end == in.size() || in[end] == '-')) return true;
  }
  return false;
}

template <class T>
T first_meaning(std::string_view text, std::span<const Meaning<T>> meanings, T fallback) {
  const std::string words = slug(text);
  for (const Meaning<T>& m : meanings) {
    if (has_word(words, m.word)) return m.means;
  }
  return fallback;
}

template <class T, size_t N>
T meaning_of(std::string_view text, const Meaning<T> (&meanings)[N], T fallback) {
  return first_meaning<T>(text, meanings, fallback);
}

}  // namespace

std::string slug(std::string_view text) {
  std::string out;
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    if (c < 0x80 && std::isalnum(c) != 0) {
      out += static_cast<char>(std::tolower(c));
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  if (out.ends_with('-')) out.pop_back();
  return out;
}

uint32_t trust_guess(std::string_view name) { return meaning_of(name, kTrust, kUsualTrust); }

std::string kind_guess(std::string_view type, std::string_view name, std::string_view fallback) {
  const std::string_view by_type = meaning_of(type, kKinds, std::string_view());
  return std::string(!by_type.empty() ? by_type : meaning_of(name, kKinds, fallback));
}

std::string app_of(std::string_view protocol) {
  const std::string words = slug(protocol);
  for (const auto& m : kApps) {
    if (words == m.word) return std::string(m.means);
  }
  return {};
}

bool stays_inside(std::string_view protocol) {
  const std::string words = slug(protocol);
  for (const std::string_view each : kInside) {
    if (words == each) return true;
  }
  return false;
}

std::string stride_of(std::string_view category) {
  return std::string(meaning_of(category, kStride, std::string_view()));
}
std::string severity_of(std::string_view word) {
  return std::string(meaning_of(word, kSeverities, std::string_view()));
}
uint32_t sensitivity_of(std::string_view classification) {
  return meaning_of(classification, kSensitivity, kUsualSensitivity);
}
uint32_t likelihood_of(std::string_view word) { return meaning_of(word, kLikelihood, 0U); }
uint32_t impact_of(std::string_view word) { return meaning_of(word, kImpact, 0U); }

}  // namespace glacis::control
