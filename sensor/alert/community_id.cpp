#include "sensor/alert/community_id.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sensor/alert/base64.h"

namespace glacis::sensor {
namespace {

bool has_ports(uint8_t protocol) {
  return protocol == kIpProtoTcp || protocol == kIpProtoUdp || protocol == kIpProtoSctp || protocol == kIpProtoIcmp ||
         protocol == kIpProtoIcmpV6;
}

template <size_t N>
bool contains(const std::array<uint16_t, N>& types, uint16_t type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// Whether an ICMP type has a counterpart; others keep source before destination.
bool one_way(uint8_t protocol, uint16_t type) {
  static constexpr std::array<uint16_t, 10> kV4{0, 8, 9, 10, 13, 14, 15, 16, 17, 18};
  static constexpr std::array<uint16_t, 12> kV6{128, 129, 130, 131, 133, 134, 135, 136, 139, 140, 144, 145};
  if (protocol == kIpProtoIcmp) return !contains(kV4, type);
  if (protocol == kIpProtoIcmpV6) return !contains(kV6, type);
  return false;
}

void put16(std::vector<uint8_t>& out, uint16_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

}  // namespace

std::string community_id(const FlowKey& key, KeyInitiator initiator) {
  const bool low_started = initiator == KeyInitiator::kLow;
  const bool low_first = low_started || !one_way(key.protocol, low_started ? key.low_port : key.high_port);
  const IpAddress& a = low_first ? key.low : key.high;
  const IpAddress& b = low_first ? key.high : key.low;
  std::vector<uint8_t> in;
  put16(in, 0);
  in.insert(in.end(), a.wire().begin(), a.wire().end());
  in.insert(in.end(), b.wire().begin(), b.wire().end());
  in.push_back(key.protocol);
  in.push_back(0);
  if (has_ports(key.protocol)) {
    put16(in, low_first ? key.low_port : key.high_port);
    put16(in, low_first ? key.high_port : key.low_port);
  }
  std::array<uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA1(in.data(), in.size(), digest.data());
  return "1:" + base64(digest);
}

}  // namespace glacis::sensor
