#pragma once

#include <string>
#include <string_view>

#include "control/threat_model/model.h"

namespace glacis::control {

// Addresses that a capture suggests for the unbound assets of a model, as CSV that `bind` reads, with its reasons in
// comments. `records` are EVE flow records, a line each, of any number of captures. An asset that one responder alone
// fits, by a port that no other asset is reached at, is a line; of several each is a comment. A responder that fits
// none is a comment with its ports. At most 4096 responders and 65,536 of their ports are kept; more are counted.
// Any thread.
[[nodiscard]] std::string propose_addresses(const Model& model, std::string_view records);

}  // namespace glacis::control
