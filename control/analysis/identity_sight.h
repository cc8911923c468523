#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/analysis/tap_sight.h"

namespace glacis::control {

// "Exactly" 12: how surely a tap can tell who acts.
enum class Strength : uint8_t {
  kTicket,  // Kerberos: a ticket binds a client's host to a service
  kFlow,    // the protocol on the flow itself shows it
};

// A protocol that shows an identity, and the taps that see it there.
struct IdentityProtocol {
  std::string name;  // "kerberos", "sql", ...
  Strength strength = Strength::kFlow;
  std::vector<std::string> taps;
};

struct IdentityCoverage {
  const IdentityElement* identity = nullptr;
  std::vector<IdentityProtocol> protocols;  // none: nothing on a wire shows it
  std::vector<std::string> lines;           // flows lines that ask for it
};

// The protocols of seen_as that a tap can read (SSH and TLS client certificates show none), as written, each once.
[[nodiscard]] std::vector<std::string> protocols_of(const IdentityElement& identity);

// For each identity, in the order of the model. A ticket is seen on the way to an identity provider, the others on the
// identity's own lines that are not encrypted.
[[nodiscard]] std::vector<IdentityCoverage> cover_identities(const Places& places, TapSight& taps);

}  // namespace glacis::control
