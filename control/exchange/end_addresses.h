#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/exchange/exporter.h"
#include "control/threat_model/value.h"

namespace glacis::control {

// Addresses as prefixes less prefixes. No two prefixes of `within` overlap, nor two of `without`.
struct AddressBlock {
  bool everywhere = false;  // every address but those of `without`; `within` is empty
  std::vector<AddressPrefix> within, without;
};
// Several blocks: their union.
using AddressBlocks = std::vector<AddressBlock>;

// What zones and assets mean in addresses, as "Exactly" 2 and 3 of the language say: the longest prefix decides, the
// zone with `any` has the global unicast addresses of no zone, an asset without address its zone's that no asset has.
// Borrows the models. Thread: one.
class EndAddresses {
 public:
  explicit EndAddresses(const ExportModels& models) : models_(models) {}

  // None: the place has no address (a design), or is known by name alone.
  [[nodiscard]] const AddressBlocks& of(const Model& model, const std::string& name);
  // Of several ends, any of them; of none: everywhere. As few blocks as possible.
  [[nodiscard]] AddressBlocks of(const Model& model, const EndNames& ends);
  // The ends that have no address.
  [[nodiscard]] EndNames without_address(const Model& model, const EndNames& ends);
  // An asset known by name alone is its zone: what may reach it may reach the zone, as its name may stay unknown.
  [[nodiscard]] EndNames widened(const Model& model, const EndNames& ends) const;

 private:
  [[nodiscard]] AddressBlocks find(const Model& model, const std::string& name);
  [[nodiscard]] AddressBlocks of_zone(const ZoneElement& zone) const;
  [[nodiscard]] AddressBlocks of_rest(const Model& model, const AssetElement& asset);

  const ExportModels& models_;
  std::map<std::pair<const Model*, std::string>, AddressBlocks> known_;
};

// Whether some address may be in both.
[[nodiscard]] bool may_meet(const AddressBlocks& a, const AddressBlocks& b);

// First and last address, 4 or 16 bytes each.
using AddressRange = std::pair<std::string, std::string>;
// Exactly these addresses of one family (size_bytes 4 or 16), ascending, apart from each other.
[[nodiscard]] std::vector<AddressRange> ranges_of(const AddressBlocks& blocks, size_t size_bytes);

// "10.4.0.5", "10.4.0.0/24".
[[nodiscard]] std::string prefix_text(const AddressPrefix& prefix);
// "10.4.0.5", "10.4.0.0/24", "10.4.0.1-10.4.0.9".
[[nodiscard]] std::string range_text(const AddressRange& range);

}  // namespace glacis::control
