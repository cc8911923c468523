#include "bench/ndpi_bench.h"

#if GLACIS_BENCH_NDPI
#include <ndpi_api.h>
#include <ndpi_main.h>

#include <cstring>
#include <memory>
#include <unordered_map>

#include "dataplane/decode/decode_usual.h"
#include "dataplane/flow/flow_hash.h"
#include "dataplane/port/capture_reader.h"
#endif

namespace glacis::bench {

#if GLACIS_BENCH_NDPI
namespace {

// After so many packets of a flow its reader gives up.
constexpr uint64_t kMostTcp = 80, kMostOther = 24;

struct FlowFreed {
  void operator()(ndpi_flow_struct* flow) const { ndpi_free_flow(flow); }
};
struct ModuleFreed {
  void operator()(ndpi_detection_module_struct* module) const { ndpi_exit_detection_module(module); }
};
using NdpiFlow = std::unique_ptr<ndpi_flow_struct, FlowFreed>;
using NdpiModule = std::unique_ptr<ndpi_detection_module_struct, ModuleFreed>;

NdpiModule make_module() {
  NdpiModule out(ndpi_init_detection_module(ndpi_no_prefs));
  if (!out) return out;
  NDPI_PROTOCOL_BITMASK all;
  NDPI_BITMASK_SET_ALL(all);
  ndpi_set_protocol_detection_bitmask2(out.get(), &all);
  ndpi_finalize_initialization(out.get());
  return out;
}

NdpiFlow make_flow() {
  const size_t bytes = ndpi_detection_get_sizeof_ndpi_flow_struct();
  void* const memory = ndpi_flow_malloc(bytes);
  std::memset(memory, 0, bytes);
  return NdpiFlow(static_cast<ndpi_flow_struct*>(memory));
}

// Its flows and what it knows of them.
class Flows {
 public:
  explicit Flows(ndpi_detection_module_struct* module) : module_(module) {}

  void work(const CapturedPacket& packet) {
    decode_fast(packet.bytes, packet.link, layers_, Checksums::kKnownGood);
    if (layers_.result != DecodeResult::kOk) return;
    State& flow = flows_[layers_.key];
    ++flow.packets;
    flow.bytes += layers_.l3_bytes;
    if (flow.known) return;
    if (!flow.ndpi) flow.ndpi = make_flow();
    const auto l3 = packet.bytes.subspan(layers_.l3_offset);
    const ndpi_protocol found =
        ndpi_detection_process_packet(module_, flow.ndpi.get(), l3.data(), static_cast<uint16_t>(l3.size()),
                                      static_cast<uint64_t>(packet.time.value) / 1'000'000);
    const bool told = found.app_protocol != NDPI_PROTOCOL_UNKNOWN;
    const bool enough = flow.packets > (layers_.key.protocol == IPPROTO_TCP ? kMostTcp : kMostOther);
    if (!enough && (!told || ndpi_extra_dissection_possible(module_, flow.ndpi.get()) != 0)) return;
    end(flow, told);
  }
  // Every flow ends.
  void end_round() {
    for (auto& [key, flow] : flows_) {
      if (!flow.known) end(flow, false);
    }
    flows_.clear();
  }
  [[nodiscard]] uint64_t size() const { return flows_.size(); }

 private:
  struct State {
    NdpiFlow ndpi;
    uint64_t packets = 0, bytes = 0;
    bool known = false;
  };
  struct Hash {
    size_t operator()(const FlowKey& key) const {
      static const FlowHash hash(1);
      return hash(key);
    }
  };
  void end(State& flow, bool told) {
    uint8_t guessed = 0;
    if (!told) keep(ndpi_detection_giveup(module_, flow.ndpi.get(), 1, &guessed).app_protocol);
    flow.known = true;
    flow.ndpi.reset();
  }

  ndpi_detection_module_struct* const module_;
  std::unordered_map<FlowKey, State, Hash> flows_;
  Layers layers_;
};

}  // namespace

Expected<std::optional<Result>> ndpi_line(const Setting& setting, const Subject& subject,
                                          const std::vector<std::string>& captures) {
  std::vector<std::unique_ptr<CaptureReader>> readers;
  for (const std::string& path : captures) {
    auto reader = CaptureReader::open(path);
    if (!reader) return std::unexpected(reader.error());
    readers.push_back(std::move(*reader));
  }
  const NdpiModule module = make_module();
  if (!module) return fail("libndpi does not start");
  Flows flows(module.get());
  Subject of = subject;
  of.whose = Whose::kAnother;
  const auto round = [&]() -> uint64_t {
    uint64_t packets = 0;
    for (const auto& reader : readers) {
      for (reader->rewind(); const auto packet = reader->next(); ++packets) flows.work(*packet);
    }
    of.flows = flows.size();
    flows.end_round();
    return packets;
  };
  round();
  of.name = std::string("nDPI ") + ndpi_revision() + ": flow, detection";
  return measure(of, setting.measure, round);
}

#else

Expected<std::optional<Result>> ndpi_line(const Setting&, const Subject&, const std::vector<std::string>&) {
  return std::nullopt;
}

#endif

}  // namespace glacis::bench
