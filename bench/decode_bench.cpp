#include <rte_mbuf.h>

#include <span>

#include "bench/parts.h"
#include "bench/traffic.h"
#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decode.h"
#include "dataplane/packet/burst.h"

namespace glacis::bench {
namespace {

constexpr uint32_t kBurst = 64;

void decode_traffic(const Setting& setting, const Tell& tell, const std::string& name, const TrafficOptions& options,
                    const std::vector<rte_mbuf*>& mbufs) {
  uint64_t drops = 0;
  size_t next = 0;
  std::array<Layers, kBurst> layers;
  const auto round = [&]() -> uint64_t {
    if (next + kBurst > mbufs.size()) next = 0;
    const std::span<rte_mbuf* const> burst(mbufs.data() + next, kBurst);
    next += kBurst;
    if (next + kBurst <= mbufs.size()) touch_headers({mbufs.data() + next, kBurst});
    for (size_t i = 0; i < burst.size(); ++i) {
      if (i + 4 < burst.size()) __builtin_prefetch(rte_pktmbuf_mtod(burst[i + 4], const void*));
      layers[i] = decode({rte_pktmbuf_mtod(burst[i], const uint8_t*), rte_pktmbuf_data_len(burst[i])}, LinkType::kEthernet);
      drops += layers[i].result != DecodeResult::kOk ? 1 : 0;
    }
    keep(layers);
    return kBurst;
  };
  tell(measure({name, mix_name(options.sizes), options.flows, kBurst}, setting.measure, round, [&] { return drops; }));
}

void checksum_twins(const Setting& setting, const Tell& tell) {
  const std::vector<uint8_t> bytes(1460, 0x5a);
  const auto with = [&](const std::string& name, uint32_t (*sum)(std::span<const uint8_t>, uint32_t)) {
    const auto round = [&]() -> uint64_t {
      for (int i = 0; i < 16; ++i) {
        keep(bytes);
        keep(sum(bytes, 0));
      }
      return 16;
    };
    tell(measure({name, "1460 B of payload", 0, 1}, setting.measure, round));
  };
  with("checksum by words", &ones_sum);
  with("checksum by bytes, its plain twin", &bytewise_ones_sum);
}

}  // namespace

Expected<void> bench_decode(const Setting& setting, const Tell& tell) {
  TrafficOptions hot{.packets = 256, .flows = 256};
  TrafficOptions small{.packets = 65'536, .flows = 10'000};
  TrafficOptions mixed = small;
  mixed.sizes = Sizes::kMixed;
  const std::pair<const char*, TrafficOptions> lines[] = {{"decode, in cache", hot}, {"decode, from memory", small}, {"decode, mixed sizes", mixed}};
  for (const auto& [name, options] : lines) {
    const auto traffic = MbufTraffic::make(options);
    if (!traffic) return std::unexpected(traffic.error());
    decode_traffic(setting, tell, name, options, (*traffic)->mbufs());
  }
  checksum_twins(setting, tell);
  return {};
}

}  // namespace glacis::bench
