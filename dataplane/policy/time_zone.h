#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis {

// Offsets from UTC of an IANA time zone: pairs (from Unix time, offset in seconds), ascending, read
// from the system's TZif file (RFC 8536). "" and "UTC" give no pairs. The last pair
// holds for ever: right up to 2037. Fails for names that leave the database's folder, unknown zones,
// folders, broken files and files that do not list what happens up to 2037. Cold.
[[nodiscard]] Expected<std::vector<int64_t>> utc_offsets(const std::string& name);

}  // namespace glacis
