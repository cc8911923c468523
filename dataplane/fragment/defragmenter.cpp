#include "dataplane/fragment/defragmenter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "dataplane/fragment/inspect_fragment.h"

namespace glacis {
namespace {

constexpr uint32_t kNone = PendingTable::kNone;

DefragmentOptions at_least_one(DefragmentOptions o) {
  o.datagrams = std::max(o.datagrams, 1U);
  o.share = std::max(o.share, 1U);
  o.most_fragments = std::max(o.most_fragments, 1U);
  return o;
}

uint32_t chunks_in(uint64_t bytes) {
  const uint64_t chunks = (bytes + LogArena::kChunkBytes - 1) / LogArena::kChunkBytes;
  return static_cast<uint32_t>(std::clamp<uint64_t>(chunks, 1, UINT32_MAX / 2));
}

DatagramKey key_of(const Fragment& f) {
  DatagramKey key{.source = f.source, .destination = f.destination};
  key.id = f.id;
  key.segment = f.segment;
  key.vlan_outer = f.vlan_outer;
  key.vlan_inner = f.vlan_inner;
  key.protocol = f.ip_version == 4 ? f.protocol : uint8_t{0};
  key.ip_version = f.ip_version;
  return key;
}

// What stands before the datagram, if this is its first part.
std::span<const uint8_t> header_of(const Fragment& f) { return f.offset == 0 ? f.header : std::span<const uint8_t>(); }

// Those of them that the datagram had not shown before.
AnomalySet tell(Pending& p, AnomalySet found) {
  const AnomalySet fresh{found.bits & ~p.told.bits};
  p.told.add(found);
  return fresh;
}

// Whether it tells of another end than its datagram has, or of bytes behind it.
bool contradicts_end(const Pending& p, Extent comes, bool more) {
  if (p.end != 0) return comes.end > p.end || (!more && comes.end != p.end);
  return !more && comes.end < p.reach;
}

// Whether it has bytes of the unit that the datagram's end cuts.
bool shares_tail(const Pending& p, Extent comes) {
  const uint32_t tail = p.end / CoveredUnits::kUnitBytes * CoveredUnits::kUnitBytes;
  return tail != p.end && comes.begin < p.end && comes.end > tail;
}

// After a fragment that is the last one, as it says.
void follow_end(Pending& p, uint32_t end, bool contradicts) {
  if (p.end == 0 && (!contradicts || takes_highest_end(p.policy))) {
    p.end = end;
  } else if (end == p.end) {
    return;
  } else if (!takes_highest_end(p.policy)) {
    p.other_end = std::max(p.other_end, end);
  } else {
    const uint32_t lower = std::min(p.end, end);
    p.other_end = p.other_end == 0 ? lower : std::min(p.other_end, lower);
    p.end = std::max(p.end, end);
  }
}

}  // namespace

Defragmenter::Defragmenter(const DefragmentOptions& options)
    : options_(at_least_one(options)),
      most_fragments_(options_.most_fragments),
      arena_(chunks_in(options_.arena_bytes)),
      table_(options_.datagrams, options_.seed),
      covered_(options_.datagrams),
      records_(size_t{options_.datagrams} * most_fragments_),
      finished_(std::bit_ceil(options_.datagrams)),
      share_chunks_(std::max(arena_.size() / options_.share, 1U)),
      share_datagrams_(std::max(options_.datagrams / options_.share, 1U)),
      reading_(most_fragments_),
      other_(most_fragments_) {
  // For each chunk that a fragment may need, one of its source and one of any; its own datagram, and who went before.
  ended_.reserve((kMostDatagram + kMostHeader) / LogArena::kChunkBytes * 2 + 8);
}

size_t Defragmenter::bytes() const {
  return arena_.bytes() + table_.bytes() + covered_.bytes() + records_.bytes() + finished_.size() * sizeof(Finished);
}

Reassembled Defragmenter::take(const Fragment& fragment, FragmentPolicy policy) {
  ++counters_.fragments;
  const DatagramKey key = key_of(fragment);
  const uint64_t hash = table_.hash(key);
  uint32_t index = table_.find(key, hash);
  if (index != kNone && table_[index].deadline <= fragment.time) {
    end(index, DatagramEnd::kTimedOut, table_[index].deadline);
    index = kNone;
  }
  if (index != kNone) policy = table_[index].policy;
  const InspectedFragment inspected = inspect_fragment(fragment, policy, options_.tiny_bytes);
  if (inspected.refusal != FragmentRefusal::kNone) return refuse(inspected.refusal, inspected.anomalies);
  if (index == kNone) index = start(key, hash, fragment, policy);
  return put(index, fragment, inspected.body, inspected.anomalies);
}

Reassembled Defragmenter::refuse(FragmentRefusal refusal, AnomalySet found) {
  ++counters_.refused[static_cast<size_t>(refusal)];
  return {.disposition = FragmentDisposition::kRefused, .refusal = refusal, .anomalies = found};
}

uint32_t Defragmenter::start(const DatagramKey& key, uint64_t hash, const Fragment& fragment, FragmentPolicy policy) {
  const PendingTable::Holding holding = table_.holding_of(key);
  if (holding.datagrams >= share_datagrams_) end(holding.oldest, DatagramEnd::kEvicted, fragment.time);
  if (table_.full()) end(table_.oldest_but(kNone), DatagramEnd::kEvicted, fragment.time);
  const Finished& finished = finished_[hash & (finished_.size() - 1)];
  const bool late = finished.hash == hash && fragment.time < finished.time + options_.life_late;
  const Life life = late ? Life::kLate : key.ip_version == 4 ? Life::kV4 : Life::kV6;
  const Nanos span = late ? options_.life_late : key.ip_version == 4 ? options_.life_v4 : options_.life_v6;
  const uint32_t index = table_.create(key, hash, life, fragment.time, fragment.time + span);
  Pending& p = table_[index];
  p.policy = policy;
  p.origin = fragment.origin;
  p.protocol = fragment.protocol;
  p.least_hops = p.most_hops = fragment.hop_limit;
  ++counters_.started;
  return index;
}

// A fragment of a datagram that is in the table.
Reassembled Defragmenter::put(uint32_t index, const Fragment& fragment, std::span<const uint8_t> body,
                              AnomalySet found) {
  Pending& p = table_[index];
  p.least_hops = std::min(p.least_hops, fragment.hop_limit);
  p.most_hops = std::max(p.most_hops, fragment.hop_limit);
  if (p.most_hops - p.least_hops > options_.hop_spread) found.add(Anomaly::kFragmentTtl);

  const Extent comes{fragment.offset, static_cast<uint32_t>(fragment.offset + body.size())};
  const uint32_t covered = covered_.count(index, comes.begin, comes.end) + (shares_tail(p, comes) ? 1 : 0);
  if ((covered != 0 || p.conflicts) && is_repeated(index, fragment, body)) {
    ++counters_.duplicates;
    return {.disposition = FragmentDisposition::kDuplicate, .anomalies = tell(p, found)};
  }
  if (covered != 0) {
    found.add(Anomaly::kFragmentOverlap);
    p.overlaps = true;
    // What is held in full is a duplicate to Linux whatever its bytes are (inet_frag_queue_insert).
    if (covered < CoveredUnits::units(comes.end - comes.begin)) p.target_discards = true;
  }
  const bool contradicts = contradicts_end(p, comes, fragment.more);
  if (contradicts) {
    found.add(Anomaly::kFragmentConflict);
    p.conflicts = p.target_discards = true;
  }
  const FragmentRefusal refusal = make_room(index, body.size() + header_of(fragment).size(), fragment.time);
  if (refusal != FragmentRefusal::kNone) return give_up(index, refusal, found, fragment.time);

  const bool apart = contradicts && !takes_highest_end(p.policy);
  keep(index, fragment, body, apart);
  if (!fragment.more) follow_end(p, comes.end, contradicts);
  if (!apart) {
    p.units += covered_.cover(index, comes.begin, comes.end);
    p.reach = std::max(p.reach, comes.end);
  }
  // What is behind the last full unit came with the fragment that told the end.
  const bool whole = p.end != 0 && p.reach == p.end && p.units == p.end / CoveredUnits::kUnitBytes;
  if (whole) return assemble(index, found, fragment.time);
  ++counters_.held;
  return {.disposition = FragmentDisposition::kHeld, .anomalies = tell(p, found)};
}

// Whether one that is held has the same place and the same bytes; the first of its place and length is asked.
bool Defragmenter::is_repeated(uint32_t index, const Fragment& fragment, std::span<const uint8_t> body) const {
  const FragmentRecord* const first = &records_[size_t{index} * most_fragments_];
  const auto same_place = [&](const FragmentRecord& r) {
    return r.offset == fragment.offset && r.bytes == body.size() && r.more == fragment.more;
  };
  const FragmentRecord* const last = first + table_[index].fragments;
  const FragmentRecord* const found = std::find_if(first, last, same_place);
  if (found == last) return false;
  return arena_.read(arena_.skip(found->position, found->header_bytes), body.size(),
                     [&](std::span<const uint8_t> piece) {
                       if (std::memcmp(piece.data(), body.data(), piece.size()) != 0) return false;
                       body = body.subspan(piece.size());
                       return true;
                     });
}

// A record and chunks for so many bytes more: within the datagram's limits, its source's share, and all.
FragmentRefusal Defragmenter::make_room(uint32_t index, size_t bytes, Nanos time) {
  const Pending& p = table_[index];
  const uint32_t wanted = LogArena::chunks_for(p.log, bytes);
  if (p.fragments == most_fragments_) return FragmentRefusal::kManyFragments;
  if (p.bytes + bytes > options_.most_datagram_bytes) return FragmentRefusal::kManyBytes;
  if (p.log.chunks + wanted > share_chunks_) return FragmentRefusal::kNoRoom;
  for (auto holding = table_.holding_of(p.key); holding.chunks + wanted > share_chunks_;
       holding = table_.holding_of(p.key)) {
    const uint32_t oldest = holding.oldest == index ? table_.next_of_source(index) : holding.oldest;
    end(oldest, DatagramEnd::kEvicted, time);
  }
  while (arena_.free() < wanted) end(table_.oldest_but(index), DatagramEnd::kEvicted, time);
  return FragmentRefusal::kNone;
}

// Into its datagram's log. A second fragment shows that a late datagram is a new one.
void Defragmenter::keep(uint32_t index, const Fragment& fragment, std::span<const uint8_t> body, bool contradicts) {
  Pending& p = table_[index];
  const uint32_t chunks = p.log.chunks;
  const std::span<const uint8_t> header = header_of(fragment);
  FragmentRecord& record = records_[size_t{index} * most_fragments_ + p.fragments++];
  record = {.offset = fragment.offset,
            .bytes = static_cast<uint16_t>(body.size()),
            .header_bytes = static_cast<uint16_t>(header.size()),
            .protocol = fragment.protocol,
            .more = fragment.more,
            .contradicts = contradicts};
  record.position = arena_.append(p.log, header);
  const LogPosition body_at = arena_.append(p.log, body);
  if (header.empty()) record.position = body_at;
  p.bytes += static_cast<uint32_t>(header.size() + body.size());
  table_.add_chunks(index, p.log.chunks - chunks);
  if (p.life == Life::kLate && p.fragments > 1) {
    const bool v4 = p.key.ip_version == 4;
    table_.renew(index, v4 ? Life::kV4 : Life::kV6, fragment.time + (v4 ? options_.life_v4 : options_.life_v6));
  }
}

Reassembled Defragmenter::assemble(uint32_t index, AnomalySet found, Nanos time) {
  Pending& p = table_[index];
  const std::span<const FragmentRecord> held = records(index);
  const bool plain = !p.overlaps && !p.conflicts;
  if (plain) {
    reading_.lay(held, arena_);
  } else {
    reading_.lay_over(held, arena_, p.policy, Side::kPolicy);
  }
  Reassembled out{.disposition = FragmentDisposition::kWhole};
  out.packet = reading_.finish(held, arena_, p.key.ip_version, p.end);
  if (out.packet.empty()) {
    found.add(Anomaly::kFragmentOversize);
    return give_up(index, FragmentRefusal::kOversize, found, time);
  }
  if (reading_.conflicts() || p.conflicts) {
    found.add(Anomaly::kFragmentConflict);
    other_.lay_over(held, arena_, p.policy, Side::kOpposite);
    const bool other_end = p.other_end != 0 && other_.reach() >= p.other_end;
    out.other_reading = other_.finish(held, arena_, p.key.ip_version, other_end ? p.other_end : p.end);
    if (std::ranges::equal(out.packet, out.other_reading)) out.other_reading = {};
    if (!out.other_reading.empty()) ++counters_.conflicts;
  }
  out.target_discards = p.target_discards && p.policy == FragmentPolicy::kDiscard;
  out.anomalies = tell(p, found);
  out.datagram_anomalies = p.told;
  finished_[p.hash & (finished_.size() - 1)] = {p.hash, time};
  ++counters_.whole;
  release(index);
  return out;
}

Reassembled Defragmenter::give_up(uint32_t index, FragmentRefusal refusal, AnomalySet found, Nanos time) {
  const AnomalySet fresh = tell(table_[index], found);
  end(index, DatagramEnd::kGivenUp, time);
  return refuse(refusal, fresh);
}

// A datagram that will not be whole.
void Defragmenter::end(uint32_t index, DatagramEnd how, Nanos time) {
  const Pending& p = table_[index];
  const bool late = p.life == Life::kLate && how != DatagramEnd::kGivenUp;
  if (late) {
    ++counters_.late;
  } else {
    ++(how == DatagramEnd::kTimedOut  ? counters_.timed_out
       : how == DatagramEnd::kEvicted ? counters_.evicted
                                      : counters_.given_up);
    EndedDatagram ended{.end = how, .source = p.key.source, .destination = p.key.destination};
    ended.id = p.key.id;
    ended.segment = p.key.segment;
    ended.vlan_outer = p.key.vlan_outer;
    ended.vlan_inner = p.key.vlan_inner;
    ended.protocol = p.protocol;
    ended.ip_version = p.key.ip_version;
    ended.time = time;
    ended.anomalies.add(how == DatagramEnd::kTimedOut ? Anomaly::kFragmentMissing : Anomaly::kFragmentLimit);
    ended.shown = p.told;
    ended.shown.add(ended.anomalies);
    ended.start = p.start;
    ended.origin = p.origin;
    ended_.push_back(ended);
  }
  release(index);
}

void Defragmenter::release(uint32_t index) {
  Pending& p = table_[index];
  covered_.clear(index, p.reach);
  table_.remove(index);
  arena_.release(p.log);
}

}  // namespace glacis
