#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// An address of a zone or an asset, from a line of CSV.
struct Binding {
  std::string name, address;
  Position at;
};

// Lines "name,address" (RFC 4180): a first line of these words, empty ones and what begins with # are passed over, and
// so are further columns. A name may stand in several lines. Any thread.
[[nodiscard]] std::vector<Binding> read_bindings(const SourceFile& csv, std::vector<Diagnostic>& faults);

// The model's text with `addr` added to its zones and assets; everything else stays as it is, byte by byte. An element
// that has addresses keeps them. Faults: names that are none of its zones or assets, what is no address. Any thread.
[[nodiscard]] std::string bind_addresses(const SourceFile& model, const std::vector<Binding>& bindings,
                                         std::vector<Diagnostic>& faults);

// Zones without addresses and assets without addresses and names: "zones/dmz".
[[nodiscard]] std::vector<std::string> unbound(const Model& model);

}  // namespace glacis::control
