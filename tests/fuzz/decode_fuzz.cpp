// One frame of hostile bytes; the first byte chooses the link type. What every step behind decode relies
// on must hold for whatever it accepts.
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decode.h"
#include "dataplane/decode/decode_brief.h"
#include "dataplane/decode/decode_usual.h"
#include "tests/fakes/same_layers.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;

// The first eight as the seeds have them; new ones go to the end.
constexpr LinkType kLinks[] = {
    LinkType::kEthernet,     LinkType::kRawIp,     LinkType::kNull,   LinkType::kLoop,     LinkType::kLinuxCooked,
    LinkType::kLinuxCooked2, LinkType::kRawIp4,    LinkType::kRawIp6, LinkType::kPpp,      LinkType::kPppSerial,
    LinkType::kPppoe,        LinkType::kCiscoHdlc, LinkType::kNflog,  LinkType::kOldRawIp, LinkType::kOldRawIp2};

constexpr AnomalySet of_one_packet() { return {(uint64_t{1} << static_cast<unsigned>(Anomaly::kFragmentOverlap)) - 1}; }

void check_tunnel(const Layers& out) {
  const bool outer_ends = out.outer_source != IpAddress{} || out.outer_destination != IpAddress{};
  require(out.tunnels <= kMaxTunnels, "tunnels are bounded");
  require(out.tunnel < TunnelKind::kCount, "the tunnel is one of the enum");
  require(out.tunnels == 0 || out.tunnel > TunnelKind::kPppoe, "a tunnel over IP has its kind");
  require(out.tunnels != 0 || out.tunnel <= TunnelKind::kPppoe, "a kind over IP is a tunnel");
  require(out.tunnels != 0 || (!outer_ends && out.key.segment == 0), "no tunnel, no outer ends and no segment");
  const auto kind = static_cast<TunnelKind>(out.key.segment >> 24);
  require(out.key.segment == 0 || kind == TunnelKind::kVxlan || kind == TunnelKind::kGeneve,
          "the segment is that of a network with numbers");
}

void check_fragment(const Layers& out, size_t frame_bytes) {
  const FragmentInfo& piece = out.fragment;
  require(size_t{piece.data_offset} + piece.bytes <= frame_bytes, "a fragment's bytes lie in the frame");
  require(piece.named_at >= out.l3_offset && piece.named_at < piece.data_offset, "its name stands before them");
  require(piece.offset % 8 == 0 && piece.offset <= 65'528, "its place is one of 8 bytes");
  require(piece.more || piece.offset != 0, "a whole packet is no fragment");
  require(out.key.low_port == 0 && out.key.high_port == 0, "a fragment has no ports");
}

void check(const Layers& out, size_t frame_bytes) {
  require(out.result < DecodeResult::kCount, "the result is one of the enum");
  require((out.anomalies.bits & ~of_one_packet().bits) == 0, "the anomalies are those of one packet alone");
  require(out.bad_checksum == out.anomalies.has(Anomaly::kBadChecksum), "a wrong checksum is an anomaly");
  if (out.result == DecodeResult::kFragment) check_fragment(out, frame_bytes);
  if (out.result != DecodeResult::kOk && out.result != DecodeResult::kFragment) return;
  check_tunnel(out);
  require(size_t{out.payload_offset} + out.payload_bytes <= frame_bytes, "the payload lies in the frame");
  require(out.l3_offset < frame_bytes && out.l4_offset <= frame_bytes, "the headers lie in the frame");
  require(out.key.ip_version == 4 || out.key.ip_version == 6, "the version is 4 or 6");
  require(std::pair(out.key.low, out.key.low_port) <= std::pair(out.key.high, out.key.high_port), "the key is ordered");
  for (const uint8_t zero : out.key.zero) require(zero == 0, "the key's padding is zero");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // A block of exactly this size, so that a sanitizer sees a read beyond it.
  const size_t bytes = size - 1;
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes]);
  for (size_t i = 0; i < bytes; ++i) copy[i] = data[i + 1];
  const std::span<const uint8_t> frame(copy.get(), bytes);
  const LinkType link = kLinks[data[0] % std::size(kLinks)];
  const Layers layers = decode(frame, link);
  check(layers, bytes);
  require(same_layers(layers, decode(frame, link)), "the same bytes are read the same");
  for (const Checksums checksums : {Checksums::kVerify, Checksums::kKnownGood}) {
    if (Layers usual; decode_usual(frame, usual, checksums)) {
      require(same_layers(usual, decode(frame, LinkType::kEthernet, checksums)),
              "the usual frame is decoded as by the plain twin");
    }
    if (Brief brief; decode_brief(frame, checksums, brief)) {
      require(same_brief(brief, Brief(decode(frame, LinkType::kEthernet, checksums))),
              "the brief is that of the plain twin's layers");
      Layers usual;
      require(decode_usual(frame, usual, checksums), "a frame that has a brief is a usual one");
    }
  }
  require(ones_sum(frame) == bytewise_ones_sum(frame), "both checksum functions agree");
  return 0;
}
