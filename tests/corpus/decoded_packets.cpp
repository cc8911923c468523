// One line for each packet of a capture, as the production decoder reads it:
//   decoded_packets CAPTURE
//   result tunnels kind version source destination protocol source-port destination-port icmp-error anomalies
// Addresses in hex, as they stand in the innermost IP header; ports 0 where a protocol has none.
#include <cstdint>
#include <cstdio>
#include <span>

#include "dataplane/decode/decode.h"
#include "dataplane/port/capture_reader.h"

namespace {

using namespace glacis;

constexpr const char* kResults[] = {"ok",         "not-ip",   "truncated", "bad-length",
                                    "bad-header", "fragment", "too-deep",  "unsupported"};
constexpr const char* kKinds[] = {"none", "mpls",   "pppoe", "ip-in-ip", "6in4",  "gre",
                                  "pptp", "erspan", "vxlan", "geneve",   "gtp-u", "teredo"};
static_assert(std::size(kResults) == static_cast<size_t>(DecodeResult::kCount));
static_assert(std::size(kKinds) == static_cast<size_t>(TunnelKind::kCount));

void print_hex(std::span<const uint8_t> bytes) {
  std::putchar('\t');
  for (const uint8_t byte : bytes) std::printf("%02x", byte);
}

void print(const Layers& layers, std::span<const uint8_t> frame) {
  std::printf("%s\t%u\t%s\t%u", kResults[static_cast<size_t>(layers.result)], unsigned{layers.tunnels},
              kKinds[static_cast<size_t>(layers.tunnel)], unsigned{layers.key.ip_version});
  const bool keyed = layers.result == DecodeResult::kOk || layers.result == DecodeResult::kFragment;
  if (!keyed) {
    std::printf("\t\t\t0\t0\t0\t0");
  } else if (layers.icmp_error) {  // its key is that of the packet it quotes
    const bool four = layers.key.ip_version == 4;
    const auto header = frame.subspan(layers.l3_offset);
    print_hex(header.subspan(four ? 12 : 8, four ? 4 : 16));
    print_hex(header.subspan(four ? 16 : 24, four ? 4 : 16));
    std::printf("\t%d\t0\t0\t1", four ? 1 : 58);
  } else {
    const size_t from = layers.key.ip_version == 4 ? 12 : 0;
    print_hex(std::span(layers.source().bytes).subspan(from));
    print_hex(std::span(layers.destination().bytes).subspan(from));
    const uint8_t protocol = layers.key.protocol;
    const bool ports = protocol == kIpProtoTcp || protocol == kIpProtoUdp || protocol == kIpProtoSctp;
    std::printf("\t%u\t%u\t%u\t0", unsigned{protocol}, ports ? unsigned{layers.source_port()} : 0U,
                ports ? unsigned{layers.destination_port()} : 0U);
  }
  std::putchar('\t');
  for (unsigned a = 0; a < static_cast<unsigned>(Anomaly::kCount); ++a) {
    const auto anomaly = static_cast<Anomaly>(a);
    if (layers.anomalies.has(anomaly)) std::printf("%s,", kAnomalyNames[a].data());
  }
  std::putchar('\n');
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: decoded_packets CAPTURE\n");
    return 2;
  }
  auto reader = CaptureReader::open(argv[1]);
  if (!reader) {
    std::fprintf(stderr, "%s\n", reader.error().text().c_str());
    return 3;
  }
  while (const auto packet = (*reader)->next()) print(decode(packet->bytes, packet->link), packet->bytes);
  if ((*reader)->unsupported() != 0) std::printf("skipped\n");
  return 0;
}
