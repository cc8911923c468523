#pragma once

#include <memory>

#include "dataplane/base/error.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/policy/generation.h"

namespace glacis::bench {

// The size of policy that figures are given for: 200 zones of 25 IPv4 prefixes and one IPv6 prefix, and
// 2000 flow lines, from every zone to the ten after it on port 443. No patterns and no paths.
inline constexpr unsigned kReferenceZones = 200, kReferencePrefixes = 25, kReferencePeers = 10;
inline constexpr const char* kReferencePolicyName = "200 zones, 5 k prefixes, 2 k lines";

// Host `host` of a zone's prefix; for IPv6 of its only one.
[[nodiscard]] IpAddress reference_address(unsigned zone, unsigned prefix, unsigned host, bool ip6);

[[nodiscard]] ExpectedAll<std::shared_ptr<const Generation>> reference_generation();

}  // namespace glacis::bench
