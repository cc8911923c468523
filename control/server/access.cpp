#include "control/server/access.h"

#include <algorithm>
#include <array>

namespace glacis::control {
namespace {

constexpr std::string_view kScheme = "spiffe://";

struct Grant {
  Role role;
  Api api;
};
constexpr std::array kGrants = {
    Grant{Role::kLocal, Api::kSensors},   Grant{Role::kLocal, Api::kModels},    Grant{Role::kLocal, Api::kAlerts},
    Grant{Role::kLocal, Api::kFleet},     Grant{Role::kSensor, Api::kSensors},  Grant{Role::kArchitect, Api::kModels},
    Grant{Role::kSoc, Api::kAlerts},      Grant{Role::kSoc, Api::kFleet},       Grant{Role::kOperator, Api::kSensors},
    Grant{Role::kOperator, Api::kModels}, Grant{Role::kOperator, Api::kAlerts}, Grant{Role::kOperator, Api::kFleet},
};

constexpr std::array kCertificateRoles = {Role::kSensor, Role::kSoc, Role::kArchitect, Role::kOperator};

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kLocal:
      return "local";
    case Role::kSensor:
      return "sensor";
    case Role::kSoc:
      return "soc";
    case Role::kArchitect:
      return "architect";
    case Role::kOperator:
      return "operator";
  }
  return "?";
}

std::string_view api_name(Api api) {
  switch (api) {
    case Api::kSensors:
      return "SensorService";
    case Api::kModels:
      return "ModelService";
    case Api::kAlerts:
      return "AlertService";
    case Api::kFleet:
      return "FleetService";
  }
  return "?";
}

Expected<Caller> caller_from_spiffe_id(std::string_view id, std::string_view trust_domain) {
  const std::string text(id);
  const auto refuse = [&](const std::string& why) {
    return fail(why, text, "spiffe://<trust domain>/{sensor,soc,architect,operator}/<name>");
  };
  if (!id.starts_with(kScheme)) return refuse("the certificate has no SPIFFE id");
  std::string_view rest = id.substr(kScheme.size());
  const size_t domain_end = rest.find('/');
  if (domain_end == 0 || domain_end == std::string_view::npos) return refuse("no trust domain");
  if (!trust_domain.empty() && rest.substr(0, domain_end) != trust_domain) {
    return refuse("not of trust domain '" + std::string(trust_domain) + "'");
  }
  rest.remove_prefix(domain_end + 1);
  const size_t role_end = rest.find('/');
  if (role_end == std::string_view::npos) return refuse("no name");
  const std::string_view name = rest.substr(role_end + 1);
  if (name.empty() || name.find('/') != std::string_view::npos) return refuse("no single name");
  for (const Role role : kCertificateRoles) {
    if (rest.substr(0, role_end) == role_name(role)) return Caller{role, std::string(name), text};
  }
  return refuse("unknown role '" + std::string(rest.substr(0, role_end)) + "'");
}

bool may_call(Role role, Api api) {
  return std::any_of(kGrants.begin(), kGrants.end(),
                     [&](const Grant& grant) { return grant.role == role && grant.api == api; });
}

bool may_speak_for(const Caller& caller, std::string_view sensor) {
  if (caller.role == Role::kLocal || caller.role == Role::kOperator) return true;
  return caller.role == Role::kSensor && caller.name == sensor;
}

}  // namespace glacis::control
