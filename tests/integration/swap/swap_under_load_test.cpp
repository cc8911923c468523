// Pushes through a real control plane into an engine that an open-loop source keeps at 70 % of its
// capacity: no packet may be lost, whatever becomes of the push.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "control/server/control_server.h"
#include "control/store/sqlite_store.h"
#include "control/threat_model/compile.h"
#include "dataplane/policy/features.h"
#include "glacis/v1/model.grpc.pb.h"
#include "sensor/policy/channel.h"
#include "sensor/policy/policy_client.h"
#include "sensor/runtime/eal.h"
#include "sensor/runtime/policy_host.h"
#include "tests/fakes/accounting.h"
#include "tests/fakes/fed_engine_input.h"
#include "tests/fakes/sanitized.h"
#include "tests/fakes/steady_load.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis {
namespace {

constexpr uint32_t kRing = 1U << 18;  // about 100 ms of the packets below
constexpr uint16_t kMbufRoom = 128 + 768;
constexpr int kPushesOfASpan = 5, kPushes = kSanitized ? 20 : 100;
constexpr uint64_t kToMeasure = kSanitized ? 100'000 : 400'000;  // packets
constexpr double kShareOfCapacity = 0.7;
constexpr const char* kRefusedTitle = "The sensor must refuse this";

enum class Kind { kGood, kOtherPatterns, kRefusedByControl, kRefusedBySensor };

Kind kind_of(int push) {
  switch (push % kPushesOfASpan) {
    case 1:
      return Kind::kOtherPatterns;
    case 2:
      return Kind::kRefusedByControl;
    case 3:
      return Kind::kRefusedBySensor;
    default:
      return Kind::kGood;
  }
}

std::string model_of(int push, Kind kind) {
  const int patterns = kind == Kind::kOtherPatterns ? push : 0;
  std::string text = "glacis: 1\nmodel:\n  id: load\n  title: ";
  text += kind == Kind::kRefusedBySensor ? kRefusedTitle : "Orders under load";
  text += "\n  stage: live\n  owner: ann\n  reviewed: 2026-11-25\n";
  text += kind == Kind::kRefusedByControl ? "zonse:\n" : "zones:\n";
  text += "  users: {trust: 40, addr: 10.1.0.0/16}\n  data: {trust: 90, addr: 10.4.0.0/24}\n";
  text += "data:\n";
  for (int i = 0; i < 20; ++i) {
    text += "  d" + std::to_string(i) + ": {class: pci, sensitivity: 4, seen_as: {pattern: 'secret-" +
            std::to_string(patterns) + "-" + std::to_string(i) + "-[0-9]{4,9}x'}}\n";
  }
  text += "assets:\n  db: {kind: store, zone: data, addr: 10.4.0.5}\n";
  text += "flows:\n  f-db: {from: users, to: db, port: [5432, " + std::to_string(6000 + push) + "]}\n";
  text += "never:\n  n-ssh: {from: users, to: data, port: 22, severity: high, why: only the jump host may}\n";
  text += "drift: {unmodelled: {crossing: alert, inside: report}}\n";
  return text;
}

class CountingSink final : public EventSink {
 public:
  void on_event(const Event& event, const Generation&) override {
    if (event.kind == EventKind::kJudged) judged.insert(event.flow.id.value);
  }
  void on_path(const PathAlert&, const Generation&) override {}
  std::set<uint64_t> judged;  // flows; the correlator's until the engine has stopped
};

// Asks for a feature that no sensor has where the model's title says so: the engine refuses, and what it
// says goes back the whole way.
class SometimesTooNew final : public sensor::PolicyTarget {
 public:
  explicit SometimesTooNew(PolicyTarget& real) : real_(real) {}
  ExpectedAll<int64_t> warm(const std::string& bytes, uint64_t version) override {
    v1::Policy policy;
    if (policy.ParseFromString(bytes) && policy.models(0).title() == kRefusedTitle) {
      policy.add_features("telepathy");
      return real_.warm(policy.SerializeAsString(), version);
    }
    return real_.warm(bytes, version);
  }
  sensor::SwapCost activate() override { return real_.activate(); }

 private:
  PolicyTarget& real_;
};

// What the sensor did with one push.
struct Outcome {
  v1::RolloutState last = v1::ROLLOUT_STATE_UNSPECIFIED;
  uint64_t lost_at_swap = 0;
  std::string errors;
};

class Architect {
 public:
  explicit Architect(const std::string& address)
      : stub_(v1::ModelService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

  grpc::Status push(const std::string& text, v1::PushModelResponse& response) {
    grpc::ClientContext context;
    const auto writer = stub_->PushModel(&context, &response);
    v1::PushModelRequest request;
    request.mutable_header()->add_files("load.yaml");
    request.mutable_header()->set_digest(control::digest_of(text));
    request.set_piece(text);
    writer->Write(request);
    writer->WritesDone();
    return writer->Finish();
  }

  Outcome watch(uint64_t rollout) {
    grpc::ClientContext context;
    v1::WatchRolloutRequest request;
    request.set_rollout(rollout);
    const auto reader = stub_->WatchRollout(&context, request);
    Outcome out;
    for (v1::WatchRolloutResponse event; reader->Read(&event);) {
      out.last = event.state();
      out.lost_at_swap += event.packets_lost_at_swap();
      for (const std::string& error : event.errors()) out.errors += error;
    }
    EXPECT_TRUE(reader->Finish().ok());
    return out;
  }

 private:
  std::unique_ptr<v1::ModelService::Stub> stub_;
};

class SwapUnderLoad : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(sensor::start_eal({lcores_for(1), 256})); }
  static void TearDownTestSuite() { sensor::stop_eal(); }

  void SetUp() override {
    input_ = std::make_unique<FedEngineInput>("load", kRing, kMbufRoom, OpenLoopSource::Options{});
    start_engine();
    start_control();
    start_client();
  }
  void TearDown() override {
    input_->source.stop();
    if (client_) client_->stop();
    if (server_) server_->stop();
    if (engine_) engine_->stop();
  }

  void start_engine() {
    EngineOptions options;
    options.mode = RunMode::kLive;
    options.poll = PollStyle::kBusy;
    options.shedding = Shedding::kOff;  // the capacity is measured with the ring full
    options.flow_slots = 8192;
    auto engine = Engine::make(options, {&input_->port}, sink_);
    ASSERT_TRUE(engine) << engine.error().text();
    engine_ = std::move(*engine);
    const auto blank = sensor::blank_generation("");
    ASSERT_TRUE(blank);
    ASSERT_TRUE(engine_->start(*blank));
  }
  void start_control() {
    auto store = control::SqliteStore::open(folder_.path() + "/control");
    ASSERT_TRUE(store) << store.error().text();
    store_ = std::move(*store);
    address_ = "unix:" + folder_.path() + "/control.sock";
    const auto now = [] {
      return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    };
    auto server = control::ControlServer::start({{address_}, {}, now, [](const std::string&) {}}, *store_, *store_);
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
  }
  void start_client() {
    host_ = std::make_unique<sensor::PolicyHost>(*engine_, "", GenerationId(1));
    target_ = std::make_unique<SometimesTooNew>(*host_);
    auto kept = sensor::PolicyStore::open(folder_.path() + "/sensor", files_);
    ASSERT_TRUE(kept) << kept.error().text();
    kept_ = std::move(*kept);
    sensor::PolicyClientOptions options;
    options.sensor = "load-1";
    auto channel = sensor::open_channel({address_, "", "", ""});
    ASSERT_TRUE(channel) << channel.error().text();
    client_ = std::make_unique<sensor::PolicyClient>(options, *target_, *kept_, sensor::StoredPolicy{}, *channel);
    client_->start();
    while (!client_->status().connected) std::this_thread::yield();
  }

  void push_some(Architect& architect);

  TemporaryFolder folder_;
  sensor::DiskFiles files_;
  std::unique_ptr<FedEngineInput> input_;
  CountingSink sink_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<control::SqliteStore> store_;
  std::unique_ptr<control::ControlServer> server_;
  std::string address_;
  std::unique_ptr<sensor::PolicyHost> host_;
  std::unique_ptr<SometimesTooNew> target_;
  std::unique_ptr<sensor::PolicyStore> kept_;
  std::unique_ptr<sensor::PolicyClient> client_;
  int pushes_ = 0;
};

// One of each kind, and one more that is good: one after the other, each to its end.
void SwapUnderLoad::push_some(Architect& architect) {
  int active = 0, refused_by_control = 0, refused_by_sensor = 0;
  for (int i = 0; i < kPushesOfASpan; ++i) {
    const int push = ++pushes_;
    const Kind kind = kind_of(push);
    v1::PushModelResponse response;
    const grpc::Status status = architect.push(model_of(push, kind), response);
    if (kind == Kind::kRefusedByControl) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      ++refused_by_control;
      continue;
    }
    ASSERT_TRUE(status.ok()) << status.error_message();
    const Outcome outcome = architect.watch(response.rollout());
    EXPECT_EQ(outcome.lost_at_swap, 0U);
    if (kind == Kind::kRefusedBySensor) {
      EXPECT_EQ(outcome.last, v1::ROLLOUT_STATE_REJECTED);
      EXPECT_NE(outcome.errors.find("unknown feature 'telepathy'"), std::string::npos) << outcome.errors;
      ++refused_by_sensor;
    } else {
      EXPECT_EQ(outcome.last, v1::ROLLOUT_STATE_ACTIVE) << outcome.errors;
      ++active;
    }
  }
  EXPECT_EQ(active, kPushesOfASpan - 2);
  EXPECT_EQ(refused_by_control, 1);
  EXPECT_EQ(refused_by_sensor, 1);
}

TEST_F(SwapUnderLoad, PushesLoseNoPacket) {
  Architect architect(address_);
  v1::PushModelResponse first;
  ASSERT_TRUE(architect.push(model_of(0, Kind::kGood), first).ok());
  ASSERT_EQ(architect.watch(first.rollout()).last, v1::ROLLOUT_STATE_ACTIVE);

  SteadyLoad load(*input_, *engine_, kToMeasure, kShareOfCapacity);
  for (int span = 0; span < kPushes / kPushesOfASpan; ++span) {
    load.span([&] { push_some(architect); });
    ASSERT_FALSE(HasFailure());
  }
  engine_->stop();
  const EngineCounters c = engine_->counters();
  std::printf("%d pushes; sent %lu, refused by the ring %lu, processed %lu\n", pushes_, input_->source.sent(),
              input_->source.refused(), c.processed);
  EXPECT_EQ(input_->source.refused(), load.refused());
  EXPECT_EQ(c.processed, input_->source.sent() - load.refused());
  EXPECT_EQ(c.received, c.processed);
  EXPECT_EQ(c.lost(), 0U);
  EXPECT_EQ(c.dropped(), 0U);
  EXPECT_EQ(c.events_shed, 0U);
  EXPECT_EQ(c.flows_evicted, 0U);
  EXPECT_EQ(c.streams_refused, 0U);
  EXPECT_EQ(c.bad_checksum, 0U);
  expect_accounted(c, input_->source.sent() - load.refused());
  EXPECT_EQ(c.flows, 2000U);
  EXPECT_EQ(sink_.judged.size(), 20U) << "the flows to port 22, each once";
}

}  // namespace
}  // namespace glacis
