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

constexpr LinkType kLinks[] = {LinkType::kEthernet,    LinkType::kRawIp,        LinkType::kNull,   LinkType::kLoop,
                               LinkType::kLinuxCooked, LinkType::kLinuxCooked2, LinkType::kRawIp4, LinkType::kRawIp6};

void check(const Layers& out, size_t frame_bytes) {
  require(out.result < DecodeResult::kCount, "the result is one of the enum");
  if (out.result != DecodeResult::kOk) return;
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
  check(decode(frame, kLinks[data[0] % std::size(kLinks)]), bytes);
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
