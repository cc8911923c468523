#include "control/exchange/uuid.h"

#include <openssl/sha.h>

#include <array>
#include <string_view>

#include "control/threat_model/compile.h"

namespace glacis::control {
namespace {

// Version 5 of "glacis" in the name space of the X.500 names; it never changes, or every id does.
constexpr std::string_view kNameSpace("\xf3\x6a\xbb\x63\xac\x08\x54\xbf\x9f\x2c\x34\x32\x38\x45\xbc\x5c", 16);

}  // namespace

std::string uuid_of(const std::string& name) {
  const std::string all = std::string(kNameSpace) + name;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest.data());
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  std::string out = hex({digest.begin(), digest.begin() + 16});
  for (const size_t dash : {20, 16, 12, 8}) out.insert(dash, 1, '-');
  return out;
}

}  // namespace glacis::control
