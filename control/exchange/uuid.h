#pragma once

#include <string>

namespace glacis::control {

// The UUID of version 5 (RFC 9562, 5.5) of a name in this project's own name space. Any thread.
[[nodiscard]] std::string uuid_of(const std::string& name);

}  // namespace glacis::control
