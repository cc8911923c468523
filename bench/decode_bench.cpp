#include <rte_mbuf.h>

#include <array>
#include <span>

#include "bench/conversations.h"
#include "bench/parts.h"
#include "bench/traffic.h"
#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decode.h"
#include "dataplane/decode/decode_brief.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/burst.h"

namespace glacis::bench {
namespace {

constexpr uint32_t kBurst = 64;

// Each decodes one frame as the pipeline may.
struct Plain {
  static constexpr const char* kName = "decode(), the plain twin";
  static void decode_one(std::span<const uint8_t> frame, Layers& out) { out = decode(frame, LinkType::kEthernet); }
};
template <Checksums checksums>
struct Fast {
  static constexpr const char* kName = checksums == Checksums::kVerify ? "fast" : "fast, checksums by NIC";
  static void decode_one(std::span<const uint8_t> frame, Layers& out) {
    decode_fast(frame, LinkType::kEthernet, out, checksums);
  }
};

// What most packets of known flows get: no layers.
struct OfBrief {
  static constexpr const char* kName = "brief, else fast, checksums by NIC";
  static void decode_one(std::span<const uint8_t> frame, Layers& out) {
    Brief brief;
    if (!decode_brief(frame, Checksums::kKnownGood, brief)) {
      return decode_fast(frame, LinkType::kEthernet, out, Checksums::kKnownGood);
    }
    keep(brief);
    out.result = DecodeResult::kOk;
  }
};

struct Frames {
  std::string mix;
  uint64_t flows;
  std::span<rte_mbuf* const> mbufs;
};

template <class Way>
Result decode_line(const Setting& setting, Report& report, const Frames& frames) {
  uint64_t drops = 0;
  size_t next = 0;
  std::array<Layers, kBurst> layers;
  const auto round = [&]() -> uint64_t {
    if (next + kBurst > frames.mbufs.size()) next = 0;
    const auto burst = frames.mbufs.subspan(next, kBurst);
    next += kBurst;
    // What a driver's receive leaves in the cache: the mbufs' headers, not the packets.
    if (next + kBurst <= frames.mbufs.size()) {
      for (rte_mbuf* mbuf : frames.mbufs.subspan(next, kBurst)) __builtin_prefetch(mbuf);
    }
    for (rte_mbuf* mbuf : burst) __builtin_prefetch(rte_pktmbuf_mtod(mbuf, const void*));
    for (size_t i = 0; i < burst.size(); ++i) {
      Way::decode_one({rte_pktmbuf_mtod(burst[i], const uint8_t*), rte_pktmbuf_data_len(burst[i])}, layers[i]);
      drops += layers[i].result != DecodeResult::kOk ? 1 : 0;
    }
    keep(layers);
    return kBurst;
  };
  report.progress(std::string("decode, ") + Way::kName);
  return measure({"decode", frames.mix, Way::kName, frames.flows, kBurst}, setting.measure, round,
                 [&] { return drops; });
}

// The fast way and then its plain twin beside it.
void decode_lines(const Setting& setting, Report& report, const Frames& frames) {
  Result lines[] = {decode_line<Fast<Checksums::kVerify>>(setting, report, frames),
                    decode_line<Fast<Checksums::kKnownGood>>(setting, report, frames),
                    decode_line<OfBrief>(setting, report, frames), decode_line<Plain>(setting, report, frames)};
  for (Result& line : lines) {
    line.times_first = line.ns / lines[0].ns;
    report.add(line);
  }
}

Expected<void> small_lines(const Setting& setting, Report& report) {
  const std::pair<const char*, TrafficOptions> sets[] = {{", in cache", {.packets = 256, .flows = 256}}, {"", {}}};
  for (const auto& [where, options] : sets) {
    const auto traffic = MbufTraffic::small(options);
    if (!traffic) return std::unexpected(traffic.error());
    decode_lines(setting, report, {name_of(options) + where, options.flows, (*traffic)->mbufs()});
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
  decode_lines(setting, report, {conversations.name(), conversations.conversations, (*traffic)->mbufs()});
  checksum_lines(setting, report);
  return {};
}

}  // namespace glacis::bench
