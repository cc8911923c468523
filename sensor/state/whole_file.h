#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// The bytes of a file that a person named: `what` it is ("the policy") stands in the error. Fails
// when it cannot be read, is empty or has more than `most` bytes. Thread: any.
[[nodiscard]] Expected<std::string> read_whole_file(const std::string& what, const std::string& path, uint64_t most);

}  // namespace glacis::sensor
