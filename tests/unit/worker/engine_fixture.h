#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/memory_port.h"
#include "dataplane/worker/engine.h"
#include "glacis/v1/policy.pb.h"
#include "tests/fakes/accounting.h"
#include "tests/fakes/frames.h"

namespace glacis {

// Users (10.1/16) may reach data (10.4/16) on 5432; 22 is forbidden; anything else is unmodelled and
// alerts. Card numbers may not be on the wire.
inline constexpr const char* kPolicyText = R"(
  language: 1
  models { id: "m" drift_crossing: UNMODELLED_ALERT drift_inside: UNMODELLED_ALLOW crossing_rule: 3 }
  zones { id: "users" models: 0 trust: 30 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 0 trust: 80 prefixes { address: "\012\004\000\000" length: 16 } }
  flows { rule: 1 from { zones: 0 } to { zones: 1 } ports { first: 5432 last: 5432 } }
  nevers { rule: 2 from { zones: 0 } to { zones: 1 } ports { first: 22 last: 22 } enforced: true }
  data { rule: 4 id: "cards" sensitivity: 5 patterns: 0 }
  patterns { expression: "card=[0-9]{16}" field: FIELD_PAYLOAD evidence: EVIDENCE_POLICY_MASKED }
  rules { id: 1 model: "m" element: "flows/sql" kind: RULE_KIND_FLOW severity: SEVERITY_INFO }
  rules { id: 2 model: "m" element: "never/ssh" kind: RULE_KIND_NEVER severity: SEVERITY_HIGH sentence: "users must never administer data" }
  rules { id: 3 model: "m" element: "drift/unmodelled" kind: RULE_KIND_UNMODELLED severity: SEVERITY_MEDIUM }
  rules { id: 4 model: "m" element: "data/cards" kind: RULE_KIND_DATA severity: SEVERITY_CRITICAL }
)";

inline std::shared_ptr<const Generation> generation_of(const std::string& text, uint32_t id,
                                                       const Generation* previous = nullptr) {
  v1::Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy));
  auto built = build_generation(policy.SerializeAsString(), GenerationId(id), id, previous);
  if (!built) {
    for (const Error& fault : built.error()) ADD_FAILURE() << fault.text();
    std::abort();
  }
  return *built;
}

// What the engine said, one line each: "judged 2 attempted 10.1.0.7>10.4.0.5:22".
class Heard final : public EventSink {
 public:
  void on_event(const Event& event, const Generation& generation) override {
    static constexpr const char* kKinds[] = {"judged", "outcome", "step", "end"};
    static constexpr const char* kOutcomes[] = {"?",           "attempted", "refused", "unanswered",
                                                "established", "data",      "unknown"};
    std::string line = kKinds[static_cast<int>(event.kind)];
    for (uint8_t i = 0; i < event.rule_count; ++i) {
      line += " " + std::to_string(generation.policy().rules(static_cast<int>(event.rules[i].value)).id());
    }
    line += std::string(" ") + kOutcomes[static_cast<int>(event.flow.outcome)];
    line += " port " + std::to_string(event.flow.responder_port());
    if (event.flow.direction_assumed) line += " assumed";
    if (event.kind != EventKind::kFlowEnd) lines.push_back(line);
    const FlowSnapshot& f = event.flow;
    all.push_back(std::to_string(event.time.value) + " " + std::to_string(f.id.value) + " " + line + " " +
                  std::to_string(f.packets_to_responder) + "+" + std::to_string(f.packets_to_initiator) + " packets " +
                  std::to_string(f.bytes_to_responder) + "+" + std::to_string(f.bytes_to_initiator) + " bytes last " +
                  std::to_string(f.last.value) + (f.unscanned == 0 ? "" : " unscanned " + std::to_string(f.unscanned)));
    if (event.evidence.bytes != 0) {
      evidence.emplace_back(event.evidence.data.begin(), event.evidence.data.begin() + event.evidence.bytes);
      readings.push_back(event.evidence.reading);
    }
  }
  void on_path(const PathAlert&, const Generation&) override { lines.push_back("path"); }
  std::vector<std::string> lines;  // without flow ends
  std::vector<std::string> all;    // with time and flow id
  std::vector<std::string> evidence;
  std::vector<EvidenceReading> readings;  // in which it stood
};

class EngineTest : public testing::Test {
 protected:
  static constexpr uint32_t kMbufs = 16'383;

  EngineTest() {
    static int made = 0;
    auto stamp = MbufStampField::register_field();
    auto pool = MbufPool::make("engine" + std::to_string(made++), kMbufs);
    if (!stamp || !pool) std::abort();
    stamp_ = std::make_unique<MbufStampField>(*stamp);
    pool_ = std::move(*pool);
  }
  void TearDown() override { EXPECT_EQ(rte_mempool_avail_count(pool_->get()), mbufs_) << "mbufs were lost"; }

  static EngineOptions live(uint16_t workers) {
    EngineOptions options;
    options.mode = RunMode::kLive;
    options.workers = workers;
    options.flow_slots = 8192;
    options.scanned_flows = 1024;
    return options;
  }
  // Runs the frames through a replay engine to the end.
  EngineCounters replay(std::vector<MemoryFrame> frames, Heard& heard, uint16_t workers = 1, uint16_t burst = 32,
                        uint64_t seed = 1, PacketWay way = PacketWay::kFast, size_t flow_slots = 8192) {
    const uint64_t sent = frames.size();
    MemoryPort port("memory", std::move(frames), *pool_, *stamp_);
    EngineOptions options;
    options.workers = workers;
    options.burst = burst;
    options.hash_seed = seed;
    options.way = way;
    options.flow_slots = flow_slots;
    options.scanned_flows = scanned_flows_;
    options.stream_depth = stream_depth_;
    auto engine = Engine::make(options, {&port}, heard);
    if (!engine) {
      ADD_FAILURE() << engine.error().text();
      return {};
    }
    EXPECT_TRUE((*engine)->start(generation_of(policy_, 1)));
    (*engine)->wait();
    expect_accounted((*engine)->counters(), sent);
    EXPECT_EQ((*engine)->counters().streams_refused, 0U) << "a cap was hit";
    return (*engine)->counters();
  }

  std::string policy_ = kPolicyText;
  size_t scanned_flows_ = 512;  // of replay(), as the next
  uint64_t stream_depth_ = UINT64_MAX;
  uint32_t mbufs_ = kMbufs;  // of the pool
  std::unique_ptr<MbufStampField> stamp_;
  std::unique_ptr<MbufPool> pool_;
};

// One TCP conversation, frame by frame, 1 ms apart.
class Talk {
 public:
  Talk(IpAddress client, uint16_t client_port, IpAddress server, uint16_t server_port, Nanos start)
      : client_(client), server_(server), client_port_(client_port), server_port_(server_port), time_(start) {}

  Talk& from_client(uint8_t flags, std::string_view payload = "") { return add(true, flags, payload); }
  Talk& from_server(uint8_t flags, std::string_view payload = "") { return add(false, flags, payload); }
  Talk& handshake() { return from_client(kTcpSyn).from_server(kTcpSyn | kTcpAck).from_client(kTcpAck); }
  // Out of its place: so many bytes from where the client is, which stays there.
  Talk& from_client_at(int32_t ahead, std::string_view payload, uint8_t flags = kTcpPsh | kTcpAck) {
    const uint32_t here = client_seq_;
    client_seq_ += static_cast<uint32_t>(ahead);
    add(true, flags, payload);
    client_seq_ = here;
    return *this;
  }
  Talk& pause(Nanos time) {
    time_ = time_ + time;
    return *this;
  }
  void append_to(std::vector<MemoryFrame>& frames) const {
    frames.insert(frames.end(), frames_.begin(), frames_.end());
  }
  [[nodiscard]] std::vector<MemoryFrame> frames() const { return frames_; }

 private:
  Talk& add(bool client, uint8_t flags, std::string_view payload) {
    frames::Tcp tcp;
    tcp.from = client ? client_port_ : server_port_;
    tcp.to = client ? server_port_ : client_port_;
    tcp.flags = flags;
    tcp.seq = client ? client_seq_ : server_seq_;
    tcp.ack = client ? server_seq_ : client_seq_;
    const frames::Ends ends{client ? client_ : server_, client ? server_ : client_};
    frames_.push_back(
        {time_, frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, frames::tcp(tcp, frames::text(payload)))),
         LinkType::kEthernet});
    time_ = time_ + milliseconds(1);
    uint32_t& seq = client ? client_seq_ : server_seq_;
    seq += static_cast<uint32_t>(payload.size()) + ((flags & (kTcpSyn | kTcpFin)) != 0 ? 1 : 0);
    return *this;
  }
  IpAddress client_, server_;
  uint16_t client_port_, server_port_;
  Nanos time_;
  uint32_t client_seq_ = 1000, server_seq_ = 9000;
  std::vector<MemoryFrame> frames_;
};

}  // namespace glacis
