#include "dataplane/worker/fragment_joiner.h"

#include <rte_mbuf.h>

#include <cstring>
#include <limits>
#include <new>
#include <thread>

#include "dataplane/decode/checksum.h"
#include "dataplane/packet/frame.h"

namespace glacis {
namespace {

// The fragment header of IPv6 stands before the fragment's bytes and is no part of the datagram (RFC 8200, 4.5).
constexpr size_t kFragmentHeader = 8;

// Of a datagram in its last fragment's mbuf it stands where the buffer begins, with the packet behind it; of one in a
// large mbuf, whose packet may need all of the buffer, in the private bytes. The other reading stands behind the
// packet.
struct DatagramHead {
  DatagramAround around;
  uint16_t other_bytes = 0;
};
constexpr uint16_t kHeadBytes = 64;
static_assert(sizeof(DatagramHead) <= kHeadBytes && std::is_trivially_copyable_v<DatagramHead>);
static_assert(kHeadBytes <= FragmentJoiner::kPrivateBytes);

const DatagramHead& head_of(const rte_mbuf* mbuf) {
  const void* const at = mbuf->data_off == 0 ? static_cast<const void*>(mbuf + 1) : mbuf->buf_addr;
  return *static_cast<const DatagramHead*>(at);
}

std::span<const uint8_t> header_of(std::span<const uint8_t> frame, const Layers& layers) {
  const FragmentInfo& info = layers.fragment;
  const size_t end = info.data_offset - (layers.key.ip_version == 6 ? kFragmentHeader : 0);
  return frame.subspan(layers.l3_offset, end - layers.l3_offset);
}

// Readers that leave checksums to the flow's owner do not see it.
constexpr AnomalySet kSummedElsewhere = AnomalySet{} | Anomaly::kBadChecksum;

FragmentPolicy policy_of(const Layers& fragment, const Generation& generation) {
  const PlaceId target = generation.zones().place(fragment.destination());
  return generation.stack(target).fragments(fragment.key.ip_version);
}

}  // namespace

Fragment fragment_of(std::span<const uint8_t> frame, const Layers& layers, Nanos time) {
  const FragmentInfo& info = layers.fragment;
  Fragment out;
  out.source = layers.source();
  out.destination = layers.destination();
  out.id = info.id;
  out.vlan_outer = layers.key.vlan_outer;
  out.vlan_inner = layers.key.vlan_inner;
  out.segment = layers.key.segment;
  out.protocol = info.protocol;
  out.ip_version = layers.key.ip_version;
  out.hop_limit = layers.ttl;
  out.more = info.more;
  out.offset = static_cast<uint16_t>(info.offset);
  out.header = header_of(frame, layers);
  out.body = frame.subspan(info.data_offset, info.bytes);
  out.time = time;
  return out;
}

rte_mbuf* FragmentJoiner::join(const Burst& burst, uint16_t i, const Layers& layers, const Generation& generation) {
  rte_mbuf* const mbuf = burst.mbuf[i];
  Fragment fragment = fragment_of(frame_of(mbuf), layers, burst.time[i]);
  fragment.origin = {burst.ordinal[i], burst.port[i], Carrier(layers)};
  // First what ended before it: a replay has its findings in the order of their times, whatever the burst.
  if (mode_ == RunMode::kReplay) advance(fragment.time, generation);
  AnomalySet shown = layers.anomalies.without(kSummedElsewhere);
  if (is_spoilt(mbuf, layers)) {
    counters_.anomalies.add(layers.anomalies | Anomaly::kBadChecksum);
    shown.add(Anomaly::kBadChecksum);
  } else if (rte_mbuf* const datagram = add(mbuf, fragment, layers, shown, generation)) {
    return datagram;
  }
  teller_.tell({layers, shown, fragment.time, fragment.origin}, generation);
  take(mbuf);
  return nullptr;
}

// The datagram that it makes whole. `shown`: by the fragment itself; what it has shown that no datagram is told of is
// added.
rte_mbuf* FragmentJoiner::add(rte_mbuf* mbuf, const Fragment& fragment, const Layers& layers, AnomalySet& shown,
                              const Generation& generation) {
  const Reassembled out = defragmenter_.add(fragment, policy_of(layers, generation), when_ended(generation));
  counters_.anomalies.add(out.anomalies);
  if (!out.packet.empty()) {
    counters_.datagrams.add(1);
    shown.add(out.datagram_anomalies);
    return place(mbuf, out, layers, shown);
  }
  counters_.anomalies.add(layers.anomalies);
  if (out.disposition == FragmentDisposition::kRefused) shown.add(out.anomalies);
  return nullptr;
}

bool FragmentJoiner::is_spoilt(const rte_mbuf* fragment, const Layers& layers) const {
  return verifies_ && layers.key.ip_version == 4 && !checksum_holds(ones_sum(header_of(frame_of(fragment), layers)));
}

void FragmentJoiner::take(rte_mbuf* fragment) {
  rte_pktmbuf_free(fragment);
  counters_.fragments.add(1);
}

void FragmentJoiner::advance(Nanos clock, const Generation& generation) {
  // Live, so few at a time that a flood's end stalls nobody.
  const size_t most = mode_ == RunMode::kReplay ? SIZE_MAX : 64;
  defragmenter_.advance(clock, when_ended(generation), most);
}

void FragmentJoiner::finish(const Generation& generation) {
  constexpr Nanos kEnd(std::numeric_limits<int64_t>::max());
  teller_.wait_when_full();
  defragmenter_.advance(kEnd, when_ended(generation));
}

// Empty, with room for so many bytes behind the head; the fragment's own, or another and the fragment's is free.
rte_mbuf* FragmentJoiner::mbuf_for(rte_mbuf* fragment, size_t bytes) {
  const bool own = RTE_MBUF_DIRECT(fragment) && rte_mbuf_refcnt_read(fragment) == 1 && fragment->nb_segs == 1;
  if (own && bytes + kHeadBytes <= fragment->buf_len) {
    rte_pktmbuf_reset(fragment);
    return fragment;
  }
  rte_mbuf* mbuf = rte_pktmbuf_alloc(large_);
  while (mbuf == nullptr && mode_ == RunMode::kReplay) {
    std::this_thread::yield();
    mbuf = rte_pktmbuf_alloc(large_);
  }
  if (mbuf != nullptr) rte_pktmbuf_free(fragment);
  return mbuf;
}

// Null: lost, and counted. `shown`: by all of it.
rte_mbuf* FragmentJoiner::place(rte_mbuf* fragment, const Reassembled& whole, const Layers& layers, AnomalySet& shown) {
  DatagramHead head{DatagramAround(layers)};
  head.around.anomalies = shown;
  head.around.target_drops |= whole.target_discards;
  const bool both = whole.packet.size() + whole.other_reading.size() <= kMostDatagram;
  if (both) head.other_bytes = static_cast<uint16_t>(whole.other_reading.size());
  if (!both) counters_.readings_lost.add(1);
  const bool fits = whole.packet.size() <= kMostDatagram;
  if (!fits) {
    counters_.anomalies.add(AnomalySet{} | Anomaly::kFragmentLimit);
    shown.add(Anomaly::kFragmentLimit);
  }
  rte_mbuf* const mbuf = fits ? mbuf_for(fragment, whole.packet.size() + head.other_bytes) : nullptr;
  if (mbuf == nullptr) {
    counters_.no_room.add(1);
    return nullptr;
  }
  const bool own = mbuf == fragment;
  mbuf->data_off = own ? kHeadBytes : 0;
  new (own ? mbuf->buf_addr : rte_mbuf_to_priv(mbuf)) DatagramHead(head);
  auto* const packet = rte_pktmbuf_mtod(mbuf, uint8_t*);
  std::memcpy(packet, whole.packet.data(), whole.packet.size());
  if (head.other_bytes != 0) {
    std::memcpy(packet + whole.packet.size(), whole.other_reading.data(), head.other_bytes);
  }
  mbuf->data_len = static_cast<uint16_t>(whole.packet.size());
  mbuf->pkt_len = mbuf->data_len;
  return mbuf;
}

Layers layers_of_datagram(const rte_mbuf* mbuf, const DecodeOptions& options) {
  return decode_datagram(frame_of(mbuf), head_of(mbuf).around, options);
}

std::span<const uint8_t> other_reading(const rte_mbuf* mbuf) {
  const auto packet = frame_of(mbuf);
  return {packet.data() + packet.size(), head_of(mbuf).other_bytes};
}

Layers layers_of_other_reading(const rte_mbuf* mbuf) {
  return decode_datagram(other_reading(mbuf), head_of(mbuf).around, Checksums::kKnownGood);
}

}  // namespace glacis
