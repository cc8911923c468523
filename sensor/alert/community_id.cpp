#include "sensor/alert/community_id.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

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

// What is hashed.
class Hashed {
 public:
  void put(std::span<const uint8_t> bytes) {
    std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void put16(uint16_t value) {
    const uint8_t bytes[] = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
    put(bytes);
  }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return std::span(bytes_).first(size_); }

 private:
  std::array<uint8_t, 2 + 2 * 16 + 2 + 2 * 2> bytes_;
  size_t size_ = 0;
};

// The algorithm is fetched once and each thread keeps a context; SHA1() looks both up for every flow.
std::optional<std::array<uint8_t, SHA_DIGEST_LENGTH>> sha1(std::span<const uint8_t> bytes) {
  struct Freed {
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static const std::unique_ptr<EVP_MD, Freed> md(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, Freed> context(EVP_MD_CTX_new());
  std::array<uint8_t, SHA_DIGEST_LENGTH> out{};
  const bool done = context != nullptr && md != nullptr && EVP_DigestInit_ex2(context.get(), md.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
  if (!done) return std::nullopt;
  return out;
}

}  // namespace

std::string community_id(const FlowKey& key, KeyInitiator initiator) {
  const bool low_started = initiator == KeyInitiator::kLow;
  const bool low_first = low_started || !one_way(key.protocol, low_started ? key.low_port : key.high_port);
  const IpAddress& a = low_first ? key.low : key.high;
  const IpAddress& b = low_first ? key.high : key.low;
  Hashed in;
  in.put16(0);
  in.put(a.wire());
  in.put(b.wire());
  in.put(std::array{key.protocol, uint8_t{0}});
  if (has_ports(key.protocol)) {
    in.put16(low_first ? key.low_port : key.high_port);
    in.put16(low_first ? key.high_port : key.low_port);
  }
  const auto digest = sha1(in.bytes());
  return digest ? "1:" + base64(*digest) : "";
}

}  // namespace glacis::sensor
