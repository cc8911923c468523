#include "sensor/policy/policy_store.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace glacis::sensor {
namespace {

// Both files: 8 bytes that name the format, version (8, little-endian), SHA-256 of version and payload,
// payload (the policy's bytes as they came; nothing in the version file).
static_assert(std::endian::native == std::endian::little);
constexpr std::string_view kFormat = "GLPOL001";
constexpr size_t kHeader = 8 + 8 + 32;
constexpr uint64_t kMostBytes = (64ULL << 20) + kHeader;

constexpr const char* kPolicyHint = "remove it; control sends the policy again";
constexpr const char* kVersionHint =
    "it holds the highest policy version this sensor has trusted, without which an older policy could be "
    "slipped in; remove it once you know that control is yours";

struct Kept {
  uint64_t version = 0;
  std::string payload;
};

std::string seal(uint64_t version, std::string_view payload) {
  std::string body(reinterpret_cast<const char*>(&version), sizeof version);
  body += payload;
  std::string out(kFormat);
  out.append(body, 0, 8);
  out += sha256(body);
  out += payload;
  return out;
}

Expected<Kept> unseal(const std::string& bytes, const std::string& path, const char* hint) {
  const std::unexpected<Error> damaged = fail("the file is damaged", path, hint);
  if (bytes.size() < kHeader || !bytes.starts_with(kFormat)) return damaged;
  Kept kept;
  std::memcpy(&kept.version, bytes.data() + 8, sizeof kept.version);
  kept.payload = bytes.substr(kHeader);
  if (sha256(bytes.substr(8, 8) + kept.payload) != bytes.substr(16, 32)) return damaged;
  return kept;
}

Expected<std::optional<Kept>> read_kept(StateFiles& files, const std::string& path, const char* hint) {
  if (!files.exists(path)) return std::nullopt;
  const auto bytes = files.read(path, 0, kMostBytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto kept = unseal(*bytes, path, hint);
  if (!kept) return std::unexpected(kept.error());
  return std::move(*kept);
}

}  // namespace

Expected<std::unique_ptr<PolicyStore>> PolicyStore::open(const std::string& directory, StateFiles& files) {
  if (auto made = files.make_directories(directory); !made) return std::unexpected(made.error());
  std::unique_ptr<PolicyStore> store(new PolicyStore(directory, files));
  const auto trusted = read_kept(files, store->version_file(), kVersionHint);
  if (!trusted) return std::unexpected(trusted.error());
  if (*trusted) store->highest_ = (*trusted)->version;
  // The policy's own version counts too: the version file is written after it.
  if (const auto policy = read_kept(files, store->policy_file(), kPolicyHint); policy && *policy) {
    store->highest_ = std::max(store->highest_, (*policy)->version);
  }
  return store;
}

Expected<std::optional<StoredPolicy>> PolicyStore::load() const {
  const std::scoped_lock lock(mutex_);
  auto kept = read_kept(files_, policy_file(), kPolicyHint);
  if (!kept) return std::unexpected(kept.error());
  if (!*kept) return std::nullopt;
  StoredPolicy policy;
  policy.version = (*kept)->version;
  policy.bytes = std::move((*kept)->payload);
  policy.digest = sha256(policy.bytes);
  return policy;
}

Expected<void> PolicyStore::save(const StoredPolicy& policy) {
  const std::scoped_lock lock(mutex_);
  highest_ = std::max(highest_, policy.version);
  Expected<void> kept;
  if (!policy.bytes.empty()) kept = files_.replace(policy_file(), seal(policy.version, policy.bytes));
  // Also where there was no room for the policy: it must not open the way for an older one.
  auto trusted = files_.replace(version_file(), seal(highest_, ""));
  return kept ? trusted : kept;
}

uint64_t PolicyStore::highest_version() const {
  const std::scoped_lock lock(mutex_);
  return highest_;
}

std::string PolicyStore::policy_file() const { return directory_ + "/policy.bin"; }
std::string PolicyStore::version_file() const { return directory_ + "/trusted-version"; }

}  // namespace glacis::sensor
