#include "control/exchange/applications.h"

#include <algorithm>

namespace glacis::control {
namespace {

struct Application {
  std::string_view name;
  bool tcp, udp;
  std::string_view suricata;
};

// Suricata 7's names, as `suricata --list-app-layer-protos` has them.
constexpr Application kApplications[] = {
    {"amqp", true, false, ""},     {"dcerpc", true, false, "dcerpc"}, {"dhcp", false, true, "dhcp"},
    {"dicom", true, false, ""},    {"dns", true, true, "dns"},        {"ftp", true, false, "ftp"},
    {"http", true, false, "http"}, {"https", true, false, "tls"},     {"imap", true, false, "imap"},
    {"ipsec", false, true, "ike"}, {"kafka", true, false, ""},        {"kerberos", true, true, "krb5"},
    {"ldap", true, true, ""},      {"ldaps", true, false, "tls"},     {"modbus", true, false, ""},
    {"mqtt", true, false, "mqtt"}, {"mssql", true, false, ""},        {"mysql", true, false, ""},
    {"netflow", false, true, ""},  {"nfs", true, true, "nfs"},        {"ntp", false, true, "ntp"},
    {"openvpn", true, true, ""},   {"pop3", true, false, ""},         {"postgresql", true, false, ""},
    {"quic", false, true, "quic"}, {"radius", false, true, ""},       {"rdp", true, true, "rdp"},
    {"redis", true, false, ""},    {"sip", true, true, "sip"},        {"smb", true, false, "smb"},
    {"smtp", true, false, "smtp"}, {"snmp", false, true, "snmp"},     {"ssh", true, false, "ssh"},
    {"syslog", true, true, ""},    {"telnet", true, false, "telnet"}, {"tftp", false, true, "tftp"},
    {"tls", true, false, "tls"},   {"vnc", true, false, "rfb"},       {"winrm", true, false, ""},
    {"wireguard", false, true, ""}};

const Application* find(std::string_view app) {
  const auto found = std::ranges::find(kApplications, app, &Application::name);
  return found == std::end(kApplications) ? nullptr : found;
}

}  // namespace

std::string_view transport_name(Transport transport) { return transport == Transport::kTcp ? "tcp" : "udp"; }

std::vector<Transport> transports_of(const std::vector<std::string>& apps, const std::vector<PortSpan>& ports) {
  bool tcp = apps.empty() && !ports.empty(), udp = tcp;
  for (const std::string& app : apps) {
    const Application* known = find(app);
    tcp |= known == nullptr || known->tcp;
    udp |= known == nullptr || known->udp;
  }
  std::vector<Transport> out;
  if (tcp) out.push_back(Transport::kTcp);
  if (udp) out.push_back(Transport::kUdp);
  return out;
}

std::string_view suricata_application(std::string_view app) {
  const Application* known = find(app);
  return known == nullptr ? std::string_view() : known->suricata;
}

}  // namespace glacis::control
