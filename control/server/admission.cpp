#include <grpcpp/grpcpp.h>

#include "control/server/services.h"

namespace glacis::control {
namespace {

grpc::Status denied(const std::string& why) { return {grpc::StatusCode::PERMISSION_DENIED, why}; }

}  // namespace

bool admit(const Services& services, const grpc::ServerContextBase& context, Api api, Caller& caller,
           grpc::Status& refusal) {
  const auto auth = context.auth_context();
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    const auto ids = auth->FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
    const std::string id = ids.empty() ? "" : std::string(ids[0].data(), ids[0].size());
    const auto known = caller_from_spiffe_id(id, services.trust_domain);
    if (!known) {
      refusal = denied(known.error().text());
      services.log("denied: " + context.peer() + ": " + known.error().what);
      return false;
    }
    caller = *known;
  } else if (services.tls && !context.peer().starts_with("unix")) {
    refusal = denied("this listener needs a client certificate");
    return false;
  } else {
    caller = {Role::kLocal, "", "local"};
  }
  if (may_call(caller.role, api)) return true;
  refusal = denied("role '" + std::string(role_name(caller.role)) + "' may not call " + std::string(api_name(api)));
  services.log("denied: " + caller.id + " called " + std::string(api_name(api)));
  return false;
}

}  // namespace glacis::control
