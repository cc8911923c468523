#pragma once

#include <memory>
#include <string>

#include "dataplane/base/error.h"
#include "dataplane/policy/generation.h"

namespace glacis::sensor {

// A compiled policy from a file that a person named, as generation 1. Every fault names the file.
// Thread: any.
[[nodiscard]] ExpectedAll<std::shared_ptr<const Generation>> generation_from_file(const std::string& path);

}  // namespace glacis::sensor
