#include <openssl/evp.h>

#include "sensor/policy/policy_store.h"

namespace glacis::sensor {

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &length, EVP_sha256(), nullptr);
  return out;
}

}  // namespace glacis::sensor
