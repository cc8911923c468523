#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/error.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/policy/generation.h"

namespace glacis::bench {

// The size of policy that figures are given for: 200 zones of 24 IPv4 prefixes and one of IPv6
// (5,000), 2,000 rules (1,800 flow lines from every zone to the nine after it on ports 80 and 443;
// 200 nevers), 50 abuse paths of three steps, 500 patterns in their content steps, ten each.
inline constexpr unsigned kReferenceZones = 200, kReferencePrefixes4 = 24, kReferencePeers = 9, kReferencePaths = 50,
                          kPatternsPerPath = 10, kReferencePatterns = kReferencePaths * kPatternsPerPath;

// Which flows are looked into: those between the zones of a content step, on port 80 (1 of 36 of
// the flows on that port), or all, because a data class has the patterns too.
enum class Inspect : uint8_t { kContentSteps, kEverything };

// "200 zones, 5000 prefixes, ...": counted in the policy itself.
[[nodiscard]] std::string reference_policy_name(const Generation& generation);

// As v1::Policy bytes; `times` as many of everything, up to ten. `patterns`: another number has other patterns.
[[nodiscard]] std::string reference_policy_bytes(Inspect inspect, unsigned times, unsigned patterns);

// Host `host` of a zone's IPv4 prefix; for IPv6 of its only one.
[[nodiscard]] IpAddress reference_address(unsigned zone, unsigned prefix, unsigned host, bool ip6);
[[nodiscard]] std::string reference_pattern(unsigned number);

// `previous` lends its patterns; may be null.
[[nodiscard]] Expected<std::shared_ptr<const Generation>> reference_generation(Inspect inspect,
                                                                               const Generation* previous,
                                                                               unsigned times = 1);

}  // namespace glacis::bench
