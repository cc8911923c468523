#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/fragment/defragmenter.h"

namespace glacis {

// A fragment with bytes of its own. IPv4 from 10.0.0.1 to 10.0.0.2, UDP, or the same over IPv6.
struct MadeFragment {
  uint8_t ip_version = 4;
  uint32_t id = 1;
  uint32_t offset = 0;
  bool more = true;
  std::vector<uint8_t> bytes = {};
  int64_t at_ms = 0;
  uint8_t source = 1, hop_limit = 64, protocol = 17;
  uint16_t vlan = 0;
  uint32_t segment = 0;
  std::vector<uint8_t> header = {};  // empty: a plain one

  MadeFragment& at(int64_t ms) { return at_ms = ms, *this; }
  MadeFragment& of(uint32_t datagram) { return id = datagram, *this; }
  MadeFragment& from(uint8_t host) { return source = host, *this; }
};

[[nodiscard]] inline std::vector<uint8_t> plain_header(const MadeFragment& f) {
  if (f.ip_version == 4) {
    return {0x45,     0,  0, 0, 0, static_cast<uint8_t>(f.id), 0x20, 0, f.hop_limit, f.protocol, 0, 0, 10, 0, 0,
            f.source, 10, 0, 0, 2};
  }
  std::vector<uint8_t> out(40, 0);
  out[0] = 0x60;
  out[6] = 44;
  out[7] = f.hop_limit;
  out[8] = out[24] = 0xfd;
  out[23] = f.source;
  out[39] = 2;
  return out;
}

// For the call: it borrows the bytes of `f`.
[[nodiscard]] inline Fragment view_of(const MadeFragment& f, std::span<const uint8_t> header) {
  Fragment out;
  const std::span<const uint8_t> ends = header;
  out.source = IpAddress::from_bytes(f.ip_version == 4 ? ends.subspan(12, 4) : ends.subspan(8, 16));
  out.destination = IpAddress::from_bytes(f.ip_version == 4 ? ends.subspan(16, 4) : ends.subspan(24, 16));
  out.id = f.id;
  out.vlan_outer = f.vlan;
  out.segment = f.segment;
  out.protocol = f.protocol;
  out.ip_version = f.ip_version;
  out.hop_limit = f.hop_limit;
  out.more = f.more;
  out.offset = static_cast<uint16_t>(f.offset);
  out.header = header;
  out.body = f.bytes;
  out.time = milliseconds(f.at_ms);
  return out;
}

// What a defragmenter said, with bytes of its own.
struct Said {
  FragmentDisposition disposition = FragmentDisposition::kHeld;
  FragmentRefusal refusal = FragmentRefusal::kNone;
  bool target_discards = false;
  AnomalySet anomalies;
  std::vector<uint8_t> packet, other;
  std::vector<EndedDatagram> ended;
};

inline Said say(Defragmenter& defragmenter, const MadeFragment& f, FragmentPolicy policy = kDefaultFragmentPolicy) {
  Said out;
  const std::vector<uint8_t> header = f.header.empty() ? plain_header(f) : f.header;
  const Reassembled r =
      defragmenter.add(view_of(f, header), policy, [&](const EndedDatagram& ended) { out.ended.push_back(ended); });
  out.disposition = r.disposition;
  out.refusal = r.refusal;
  out.target_discards = r.target_discards;
  out.anomalies = r.anomalies;
  out.packet.assign(r.packet.begin(), r.packet.end());
  out.other.assign(r.other_reading.begin(), r.other_reading.end());
  return out;
}

// The names of what was shown, in the list's order.
[[nodiscard]] inline std::string names_of(AnomalySet anomalies) {
  std::string out;
  for (size_t i = 0; i < static_cast<size_t>(Anomaly::kCount); ++i) {
    const auto a = static_cast<Anomaly>(i);
    if (anomalies.has(a)) out += (out.empty() ? "" : " ") + std::string(name_of(a));
  }
  return out;
}

// Whether the counters' sums balance.
[[nodiscard]] inline bool sums_balance(const Defragmenter& defragmenter) {
  const DefragmentCounters& c = defragmenter.counters();
  uint64_t refused = 0;
  for (const uint64_t n : c.refused) refused += n;
  return c.fragments == c.held + c.whole + c.duplicates + refused &&
         c.started == c.whole + c.timed_out + c.evicted + c.given_up + c.late + defragmenter.pending();
}

}  // namespace glacis
