#pragma once

#include <optional>
#include <string>

#include "bench/parts.h"

namespace glacis::bench {

// Whether the program is on PATH.
[[nodiscard]] bool suricata_is_here();

// Suricata as a whole process without rules over a capture, net of what it takes over an empty one: CPU time of all its
// threads for each packet. `packets`: in the capture, which is played once. Fails when the process does.
[[nodiscard]] Expected<Result> suricata_line(const Setting& setting, const Subject& subject, const std::string& capture,
                                             const std::string& empty_capture, uint64_t packets);

}  // namespace glacis::bench
