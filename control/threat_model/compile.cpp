#include "control/threat_model/compile.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include "control/threat_model/policy_writer.h"

namespace glacis::control {

uint32_t RuleIds::id_for(const std::string& model, const std::string& element) {
  const std::string key = model + "/" + element;
  if (const auto old = given_.find(key); old != given_.end()) return old->second;
  const std::string digest = digest_of(key);
  uint32_t id = 0;
  for (size_t i = 0; i < 4; ++i) id = id << 8 | static_cast<uint8_t>(digest[i]);
  id &= 0x7fffffff;
  while (id == 0 || !taken_.emplace(id, key).second) id = (id + 1) & 0x7fffffff;
  given_[key] = id;
  return id;
}

std::expected<v1::Policy, std::vector<Diagnostic>> compile(std::span<const Model> models, const std::string& tap,
                                                           RuleIds& ids, CompileFor purpose) {
  return PolicyWriter(models, tap, ids, purpose).write();
}

std::string serialise(const v1::Policy& policy) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  policy.SerializeToCodedStream(&coded);
  coded.Trim();
  return out;
}

std::string digest_of(const std::string& bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

std::string hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace glacis::control
