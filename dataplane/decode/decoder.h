#pragma once

// The inside of decode(): one object for one frame. Each function reads one layer and says what comes next, so that
// nothing recurses however a sender nests (but once, for the packet that an ICMP error quotes).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/byte_cursor.h"
#include "dataplane/decode/decode.h"
#include "dataplane/packet/layers.h"

namespace glacis {

class Decoder {
 public:
  // kQuoted: the packet inside an ICMP error: cut short is normal, nothing is verified, no tunnel is followed.
  enum class Where : uint8_t { kWire, kQuoted };
  Decoder(std::span<const uint8_t> frame, Where where, const DecodeOptions& options)
      : frame_(frame), options_(options), quoted_(where == Where::kQuoted) {}

  Layers run(LinkType link) { return run(link_layer(link)); }
  Layers run_quoted() { return run({Layer::kIp, 0}); }
  Layers run_datagram(const DatagramAround& around);

 private:
  enum class Layer : uint8_t { kDone, kEthernet, kEtherType, kLlc, kMpls, kPppoe, kPpp, kMacsec, kIp, kIp4, kIp6 };
  struct Next {
    Layer layer = Layer::kDone;
    size_t offset = 0;                               // in the frame; may be beyond its end
    uint16_t type = 0;                               // of kEtherType
    DecodeResult result = DecodeResult::kTruncated;  // of kDone
  };
  struct IpPacket {
    IpAddress source, destination;
    uint8_t protocol = 0;
    uint8_t ip_version = 0;
    bool first_of_fragments = false;  // of a quoted packet
    bool whole = true;                // the captured bytes reach the IP length
    bool on_the_way = false;          // source routed, not at its last stop: its checksum is for another destination
    std::span<const uint8_t> body;    // what follows the IP headers, cut to the IP length
  };

  static Next done(DecodeResult result) { return {Layer::kDone, 0, 0, result}; }
  Layers run(Next next);
  Next follow(const Next& at);
  void fall_back(DecodeResult why);
  // From `offset` on; nothing when that is beyond the frame.
  [[nodiscard]] std::span<const uint8_t> rest(size_t offset) const {
    return offset < frame_.size() ? frame_.subspan(offset) : std::span<const uint8_t>{};
  }
  // What follows ends here, if not before.
  void cut(size_t end) { frame_ = frame_.first(end < frame_.size() ? end : frame_.size()); }

  // link_layer.cpp
  Next link_layer(LinkType link);
  Next cooked(size_t protocol_at, size_t header_bytes);
  Next nflog();
  Next ethernet(size_t offset);
  Next by_ether_type(uint16_t type, size_t offset);
  Next llc(size_t offset);
  Next macsec(size_t offset);
  Next mpls(size_t offset);
  [[nodiscard]] Next pseudowire(size_t offset) const;
  Next pppoe(size_t offset);
  Next ppp(size_t offset);
  void on_link(TunnelKind kind);

  // ip.cpp
  Next ip(size_t offset);
  Next ip4(size_t offset);
  Next ip6(size_t offset);
  Next headers_of(IpPacket& packet, ByteCursor headers, size_t named_at);
  void judge_options(IpPacket& packet, std::span<const uint8_t> options);
  Next fragment(const IpPacket& packet, const FragmentInfo& info);
  [[nodiscard]] Next short_of_header(const IpPacket& packet) const;

  // tunnel.cpp
  Next enter(TunnelKind kind, Layer layer, size_t offset, uint16_t type = 0);
  Next broken();
  Next gre(const IpPacket& packet);
  Next gre0(ByteCursor& header, uint16_t flags, uint16_t type);
  Next pptp(ByteCursor& header, uint16_t flags, uint16_t type);
  Next erspan2(ByteCursor& header, uint16_t flags);
  Next erspan3(ByteCursor& header);
  Next by_port(const IpPacket& datagram);
  Next vxlan(std::span<const uint8_t> payload);
  Next geneve(std::span<const uint8_t> payload);
  Next gtp_u(std::span<const uint8_t> payload);
  Next teredo(std::span<const uint8_t> payload);

  // transport.cpp
  Next transport(const IpPacket& packet);
  Next tcp(const IpPacket& packet, ByteCursor cursor);
  Next udp(const IpPacket& packet, ByteCursor cursor);
  Next sctp(const IpPacket& packet, ByteCursor cursor);
  Next icmp(const IpPacket& packet, ByteCursor cursor);
  void key(const IpPacket& packet, uint16_t source_port, uint16_t destination_port);
  void judge_ends();
  [[nodiscard]] bool verifies() const { return !quoted_ && options_.checksums == Checksums::kVerify; }
  void bad_checksum();
  void check(const IpPacket& packet);
  void payload(const IpPacket& packet, size_t header_bytes);

  std::span<const uint8_t> frame_;  // cut where a layer says that it ends
  DecodeOptions options_;
  bool quoted_;
  int tags_ = 0;  // VLAN tags of the frame that is being read
  Layers out_;
  std::optional<Layers> carrier_;  // the packet around the one that is being read
};

}  // namespace glacis
