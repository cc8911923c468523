#include "sensor/runtime/policy_file.h"

#include "sensor/state/whole_file.h"

namespace glacis::sensor {
namespace {

constexpr uint64_t kMostBytes = 64 << 20;

}  // namespace

ExpectedAll<std::shared_ptr<const Generation>> generation_from_file(const std::string& path) {
  const auto bytes = read_whole_file("the policy", path, kMostBytes);
  if (!bytes) return std::unexpected(std::vector<Error>{bytes.error()});
  auto built = build_generation(*bytes, GenerationId(1), 0, nullptr);
  if (!built) {
    for (Error& fault : built.error()) fault.where = path + ": " + fault.where;
  }
  return built;
}

}  // namespace glacis::sensor
