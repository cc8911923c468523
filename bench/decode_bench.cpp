#include <rte_mbuf.h>

#include <array>
#include <span>

#include "bench/conversations.h"
#include "bench/parts.h"
#include "bench/traffic.h"
#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decode.h"
#include "dataplane/packet/burst.h"

namespace glacis::bench {
namespace {

constexpr uint32_t kBurst = 64;
constexpr size_t kAhead = 4;  // as the pipeline does

// What a driver's receive leaves in the cache: the mbufs' headers, not the packets.
void touch_headers(std::span<rte_mbuf* const> mbufs) {
  for (rte_mbuf* mbuf : mbufs) __builtin_prefetch(mbuf);
}

void decode_line(const Setting& setting, Report& report, const std::string& name, const std::string& mix,
                 uint64_t flows, const std::vector<rte_mbuf*>& mbufs) {
  uint64_t drops = 0;
  size_t next = 0;
  std::array<Layers, kBurst> layers;
  const auto round = [&]() -> uint64_t {
    if (next + kBurst > mbufs.size()) next = 0;
    const std::span<rte_mbuf* const> burst(mbufs.data() + next, kBurst);
    next += kBurst;
    if (next + kBurst <= mbufs.size()) touch_headers({mbufs.data() + next, kBurst});
    for (size_t i = 0; i < burst.size(); ++i) {
      if (i + kAhead < burst.size()) __builtin_prefetch(rte_pktmbuf_mtod(burst[i + kAhead], const void*));
      layers[i] =
          decode({rte_pktmbuf_mtod(burst[i], const uint8_t*), rte_pktmbuf_data_len(burst[i])}, LinkType::kEthernet);
      drops += layers[i].result != DecodeResult::kOk ? 1 : 0;
    }
    keep(layers);
    return kBurst;
  };
  report.progress("decode, " + name);
  report.add(
      measure({"decode, checksums verified", mix, name, flows, kBurst}, setting.measure, round, [&] { return drops; }));
}

Expected<void> small_lines(const Setting& setting, Report& report) {
  const std::pair<const char*, TrafficOptions> lines[] = {{"in cache", {.packets = 256, .flows = 256}},
                                                          {"from memory", {}}};
  for (const auto& [name, options] : lines) {
    const auto traffic = MbufTraffic::small(options);
    if (!traffic) return std::unexpected(traffic.error());
    decode_line(setting, report, name, name_of(options.kind), options.flows, (*traffic)->mbufs());
  }
  return {};
}

// The fast sum beside its plain twin, over what a full segment carries.
void checksum_lines(const Setting& setting, Report& report) {
  const std::vector<uint8_t> bytes(1460, 0x5a);
  const auto line = [&](const std::string& name, uint32_t (*sum)(std::span<const uint8_t>, uint32_t)) {
    const auto round = [&]() -> uint64_t {
      for (int i = 0; i < 64; ++i) {
        keep(bytes);
        keep(sum(bytes, 0));
      }
      return 64;
    };
    report.progress("checksum, " + name);
    return measure({"checksum", "1460 B, in cache", name, 0, 0}, setting.measure, round);
  };
  Result words = line("by words", &ones_sum), bytewise = line("by bytes, its plain twin", &bytewise_ones_sum);
  words.times_first = 1;
  bytewise.times_first = bytewise.ns / words.ns;
  report.add(words);
  report.add(bytewise);
}

}  // namespace

Expected<void> bench_decode(const Setting& setting, Report& report) {
  if (auto ok = small_lines(setting, report); !ok) return ok;
  const Conversations conversations = make_conversations(65'536, 1);
  const auto traffic = MbufTraffic::of(conversations.frames);
  if (!traffic) return std::unexpected(traffic.error());
  decode_line(setting, report, "from memory", conversations.name(), conversations.conversations, (*traffic)->mbufs());
  checksum_lines(setting, report);
  return {};
}

}  // namespace glacis::bench
