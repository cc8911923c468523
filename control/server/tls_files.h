#pragma once

#include <string>

namespace glacis::control {

// What a TLS listener needs, as PEM files.
struct TlsFiles {
  std::string cert, key, ca;  // all three or none
  std::string trust_domain;   // "" accepts any that the CA signed
  [[nodiscard]] bool configured() const { return !cert.empty(); }
};

}  // namespace glacis::control
