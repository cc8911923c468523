#include "dataplane/zone/pair_index.h"

#include <algorithm>
#include <utility>

namespace glacis {
namespace {

// A rule that fits more zone pairs than this is kept once, beside the pairs.
constexpr size_t kBroad = 1024;

// A zone that has places in a set; `whole`: all of its own.
struct Share {
  uint32_t zone;
  bool whole;
};

class Shares {
 public:
  Shares(size_t zones, const ZoneTable& table) : table_(table), all_(zones), seen_(zones) {
    for (uint32_t p = 0; p < table.places(); ++p) ++all_[table.zone(PlaceId(p)).value];
  }
  std::vector<Share> of(const PlaceSet& places) {
    std::vector<Share> out;
    places.each([&](PlaceId place) {
      if (place.value >= table_.places()) return;
      const uint32_t zone = table_.zone(place).value;
      if (seen_[zone]++ == 0) out.push_back({zone, false});
    });
    for (Share& share : out) share.whole = std::exchange(seen_[share.zone], 0) == all_[share.zone];
    return out;
  }

 private:
  const ZoneTable& table_;
  std::vector<uint32_t> all_, seen_;  // places by zone
};

}  // namespace

PairIndex::PairIndex(std::span<const Listed> rules, size_t zones, const ZoneTable& table) : zones_(zones) {
  if (rules.empty()) return;
  Shares shares(zones, table);
  std::vector<std::pair<uint32_t, Entry>> found;  // by pair
  for (const Listed& listed : rules) {
    Entry entry{listed.position, PortGlance(listed.rule->ports), false, listed.always};
    const auto from = shares.of(listed.rule->from), to = shares.of(listed.rule->to);
    if (from.size() * to.size() > kBroad) {
      broad_.push_back(entry);
      continue;
    }
    for (const Share& a : from) {
      for (const Share& b : to) {
        entry.whole = a.whole && b.whole && entry.ports.whole();
        found.emplace_back(static_cast<uint32_t>(a.zone * zones + b.zone), entry);
      }
    }
  }
  std::ranges::stable_sort(found, {}, &std::pair<uint32_t, Entry>::first);
  size_t pairs = 0;
  for (size_t i = 0; i < found.size(); ++i) pairs += i == 0 || found[i].first != found[i - 1].first ? 1 : 0;
  const size_t slots = std::bit_ceil(2 * pairs + 2);
  slots_.assign(slots, {});
  shift_ = static_cast<unsigned>(32 - std::countr_zero(slots));
  entries_.reserve(found.size());
  for (const auto& [pair, entry] : found) {
    Slot& slot = slots_[slot_of(pair)];
    if (slot.count == 0) slot = {pair, static_cast<uint32_t>(entries_.size()), 0};
    ++slot.count;
    entries_.push_back(entry);
  }
}

}  // namespace glacis
