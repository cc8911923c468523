#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/base/error.h"

namespace glacis::control {

// Who calls. `kLocal`: plaintext on loopback or a Unix socket, guarded by the machine itself.
enum class Role : uint8_t { kLocal, kSensor, kSoc, kArchitect, kOperator };
enum class Api : uint8_t { kSensors, kModels, kAlerts, kFleet };

struct Caller {
  Role role = Role::kLocal;
  std::string name;  // of a sensor or person; "" for kLocal
  std::string id;    // the SPIFFE id as it stands in the certificate, or "local"
};

// spiffe://<trust domain>/{sensor,soc,architect,operator}/<name>. An empty trust domain accepts any.
[[nodiscard]] Expected<Caller> caller_from_spiffe_id(std::string_view id, std::string_view trust_domain);

// The table of who may call what; what it does not name is denied.
[[nodiscard]] bool may_call(Role role, Api api);
[[nodiscard]] std::string_view role_name(Role role);
[[nodiscard]] std::string_view api_name(Api api);

// A sensor speaks only for itself.
[[nodiscard]] bool may_speak_for(const Caller& caller, std::string_view sensor);

}  // namespace glacis::control
