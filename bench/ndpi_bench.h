#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/parts.h"

namespace glacis::bench {

// libndpi over every record of these captures, round after round, in the way of its own reader: a flow for each pair of
// ends, detection until the protocol is known or many packets have not told it, then counting. Each round's flows are
// new. Our own reader gives it the records and our decoder the keys, so that neither is in its way.
// Nothing: libndpi was not there when this was built. Fails when a capture cannot be read.
[[nodiscard]] Expected<std::optional<Result>> ndpi_line(const Setting& setting, const Subject& subject,
                                                        const std::vector<std::string>& captures);

}  // namespace glacis::bench
