#include <rte_errno.h>
#include <rte_hash.h>

#include <memory>
#include <random>
#include <unordered_map>

#include "bench/flow_ends.h"
#include "bench/parts.h"
#include "dataplane/flow/flow_table.h"

// The flow table alone beside two others on the same keys, hash, counters and size of flow. Each
// finds the flow of a packet and counts the packet in it; keys stand ready in bursts of 64.
namespace glacis::bench {
namespace {

constexpr uint64_t kSeed = 1;
constexpr Nanos kNow = seconds(1'700'000'000);

uint64_t keyed_hash(const FlowKey& key) {
  static const FlowHash hash(kSeed);  // as FlowTable keys its own
  return hash(key);
}

FlowKey key_of(size_t index) {
  const FlowEnds ends = draw_flow(kSeed, index, 0);
  const bool low_first = ends.initiator < ends.responder;
  FlowKey key;
  key.low = low_first ? ends.initiator : ends.responder;
  key.high = low_first ? ends.responder : ends.initiator;
  key.low_port = low_first ? ends.port : uint16_t{443};
  key.high_port = low_first ? uint16_t{443} : ends.port;
  key.protocol = kIpProtoTcp;
  key.ip_version = 4;
  return key;
}

// Every flow once, then any, until there are `packets`: in bursts, shuffled.
std::vector<Burst> make_bursts(size_t flows, size_t packets) {
  std::mt19937_64 random(kSeed);
  std::vector<uint32_t> order(packets);
  for (size_t i = 0; i < packets; ++i) order[i] = static_cast<uint32_t>(i < flows ? i : random() % flows);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<Burst> out(packets / kMaxBurst);
  for (size_t b = 0; b < out.size(); ++b) {
    out[b].count = kMaxBurst;
    for (uint16_t i = 0; i < kMaxBurst; ++i) {
      Layers& layers = out[b].layers[i];
      layers = Layers{};
      layers.result = DecodeResult::kOk;
      layers.key = key_of(order[b * kMaxBurst + i]);
      layers.l3_bytes = 40;
      out[b].summarize(i);
      out[b].time[i] = kNow;
      out[b].ordinal[i] = Ordinal(b * kMaxBurst + i + 1);
      out[b].port[i] = PortId(0);
    }
  }
  return out;
}

// What the others hold of a flow: as large as ours, with the same counters.
struct PlainFlow {
  FlowKey key;
  uint64_t packets = 0, bytes = 0;
  uint8_t rest[sizeof(HotFlow) + sizeof(ColdFlow) - sizeof(FlowKey) - 16];
};

void count(PlainFlow& flow, const Layers& packet) {
  ++flow.packets;
  flow.bytes += packet.l3_bytes;
}

// Ours.
class Ours {
 public:
  explicit Ours(size_t flows) : table_(flows + flows / 8, FlowTimeouts{}, kSeed) {}
  void work(Burst& burst) {
    table_.lookup_burst(
        burst, GenerationId(1), [&](uint16_t i) -> const Layers& { return burst.layers[i]; },
        [](Flow, const FlowDeadline&) {},
        [&](uint16_t i, Flow flow, bool) { flow.count(0, burst.layers[i].l3_bytes); });
  }
  [[nodiscard]] uint64_t evicted() const {
    return table_.counters().evicted_half_open + table_.counters().evicted_other;
  }

 private:
  FlowTable table_;
};

// The plain twin: what one writes first.
class Plain {
 public:
  explicit Plain(size_t flows) { flows_.reserve(flows + flows / 8); }
  void work(Burst& burst) {
    for (uint16_t i = 0; i < burst.count; ++i) count(flows_[burst.layers[i].key], burst.layers[i]);
  }

 private:
  struct Hash {
    size_t operator()(const FlowKey& key) const { return keyed_hash(key); }
  };
  std::unordered_map<FlowKey, PlainFlow, Hash> flows_;
};

uint32_t rte_keyed_hash(const void* key, uint32_t, uint32_t) {
  return static_cast<uint32_t>(keyed_hash(*static_cast<const FlowKey*>(key)));
}

// DPDK's table, looked up in bulk.
class Rte {
 public:
  static Expected<std::unique_ptr<Rte>> make(size_t flows) {
    rte_hash_parameters parameters{};
    parameters.name = "bench";
    parameters.entries = static_cast<uint32_t>(flows + flows / 8);
    parameters.key_len = sizeof(FlowKey);
    parameters.hash_func = &rte_keyed_hash;
    rte_hash* table = rte_hash_create(&parameters);
    if (table == nullptr) return fail(std::string("cannot make an rte_hash: ") + rte_strerror(rte_errno));
    return std::unique_ptr<Rte>(new Rte(table, parameters.entries));
  }
  ~Rte() { rte_hash_free(table_); }
  Rte(const Rte&) = delete;
  Rte& operator=(const Rte&) = delete;

  void work(Burst& burst) {
    const void* keys[kMaxBurst];
    void* found[kMaxBurst];
    for (uint16_t i = 0; i < burst.count; ++i) keys[i] = &burst.layers[i].key;
    uint64_t hits = 0;
    rte_hash_lookup_bulk_data(table_, keys, burst.count, &hits, found);
    for (uint16_t i = 0; i < burst.count; ++i) {
      const bool known = (hits >> i & 1) != 0;
      PlainFlow* flow = known ? static_cast<PlainFlow*>(found[i]) : add(burst.layers[i].key);
      if (flow != nullptr) count(*flow, burst.layers[i]);
    }
  }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  Rte(rte_hash* table, size_t entries) : table_(table), flows_(entries) {}
  PlainFlow* add(const FlowKey& key) {
    // A key may have come in earlier in this burst.
    void* there = nullptr;
    if (rte_hash_lookup_data(table_, &key, &there) >= 0) return static_cast<PlainFlow*>(there);
    if (used_ == flows_.size() || rte_hash_add_key_data(table_, &key, &flows_[used_]) != 0) {
      ++refused_;
      return nullptr;
    }
    flows_[used_].key = key;
    return &flows_[used_++];
  }
  rte_hash* const table_;
  std::vector<PlainFlow> flows_;
  size_t used_ = 0;
  uint64_t refused_ = 0;
};

struct Lines {
  const Setting& setting;
  Report& report;
  std::vector<Burst>& bursts;
  size_t flows;
  double first_ns = 0;

  template <class Table>
  void add(const std::string& name, Table& table, const std::function<uint64_t()>& drops) {
    report.progress("flow table, " + name);
    size_t next = 0;
    const auto round = [&]() -> uint64_t {
      table.work(bursts[next]);
      next = next + 1 == bursts.size() ? 0 : next + 1;
      return kMaxBurst;
    };
    for (size_t i = 0; i < bursts.size(); ++i) round();  // every flow is in
    Result line =
        measure({"flow table: find and count", "keys in bursts, the same keyed hash for all", name, flows, kMaxBurst},
                setting.measure, round, drops);
    if (first_ns == 0) first_ns = line.ns;
    line.times_first = line.ns / first_ns;
    report.add(line);
  }
};

Expected<void> table_lines(const Setting& setting, Report& report, size_t flows, size_t packets) {
  report.progress("flow table, " + std::to_string(flows) + " flows");
  auto bursts = make_bursts(flows, packets);
  Lines lines{setting, report, bursts, flows};
  {
    Ours ours(flows);
    lines.add("glacis", ours, [&] { return ours.evicted(); });
  }
  {
    Plain plain(flows);
    lines.add("std::unordered_map, its plain twin", plain, [] { return uint64_t{0}; });
  }
  auto rte = Rte::make(flows);
  if (!rte) return std::unexpected(rte.error());
  lines.add("rte_hash, lookup_bulk", **rte, [&] { return (*rte)->refused(); });
  return {};
}

}  // namespace

Expected<void> bench_table(const Setting& setting, Report& report) {
  const std::pair<size_t, size_t> sizes[] = {{10'000, 65'536}, {1'000'000, 1 << 20}};
  for (const auto& [flows, packets] : sizes) {
    if (flows > setting.most_flows) continue;
    if (auto ok = table_lines(setting, report, flows, packets); !ok) return ok;
  }
  return {};
}

}  // namespace glacis::bench
