// Messages of a hostile control plane, and a disk and an engine that may fail, in any order. The order of
// the target's calls, the version and what is in use stay sound, and every status can be sent.
#include <google/protobuf/stubs/logging.h>

#include <memory>
#include <string>
#include <vector>

#include "glacis/v1/sensor.pb.h"
#include "sensor/policy/session_core.h"
#include "tests/fakes/memory_files.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/session_script.pb.h"

namespace {

using namespace glacis;
using namespace glacis::sensor;

constexpr size_t kMostMessage = 4U << 20;  // gRPC's own limit

// More than a status takes; the first is longer than it takes, with a two-byte character where it is cut.
std::vector<Error> many_faults() {
  std::vector<Error> out(600, Error{"no zone 7", "flows[1].from", ""});
  std::string& what = out.front().what = "x";
  for (int i = 0; i < 1'000; ++i) what += "\u00e9";
  return out;
}

class FakeTarget : public PolicyTarget {
 public:
  bool fails = false;
  std::string warm_bytes;
  bool is_warm = false;

  ExpectedAll<int64_t> warm(const std::string& bytes, uint64_t) override {
    is_warm = false;
    if (fails) return std::unexpected(many_faults());
    is_warm = true;
    warm_bytes = bytes;
    return 1;
  }
  SwapCost activate() override {
    require(is_warm, "only what is warm is activated");
    is_warm = false;
    return {};
  }
};

class Run {
 public:
  Run() : store_(std::move(*PolicyStore::open("state", files_))), core_(target_, *store_, {}) {}

  void step(const fuzz::SessionStep& step) {
    if (step.has_message()) core_.take(step.message());
    if (step.has_sealed_offer()) core_.take(sealed(step.sealed_offer()));
    if (step.has_work_at_ns()) (void)core_.work(step.work_at_ns());
    if (step.has_new_stream()) core_.begin_stream();
    if (step.has_disk_fails()) files_.replace_fails = step.disk_fails();
    if (step.has_warm_fails()) target_.fails = step.warm_fails();
    check();
  }

  // What is on the disk is what the core says is in use, unless a write failed.
  void finish() {
    const auto reopened = PolicyStore::open("state", files_);
    require(reopened.has_value(), "the store opens again");
    const auto kept = (*reopened)->load();
    require(kept.has_value(), "the stored policy is whole");
    if (!*kept || files_.failed) return;
    require((*kept)->version == core_.view().version, "the stored version is the one in use");
    require((*kept)->digest == core_.view().digest, "the stored policy is the one in use");
  }

 private:
  static v1::SessionResponse sealed(v1::PolicyOffer offer) {
    offer.set_offset(0);
    offer.set_total_bytes(offer.piece().size());
    offer.set_digest(sha256(offer.piece()));
    offer.set_last(true);
    v1::SessionResponse out;
    *out.mutable_offer() = std::move(offer);
    return out;
  }

  void check() {
    const SessionCore::View view = core_.view();
    require(view.highest >= highest_, "the trusted version never falls");
    require(view.version <= view.highest, "what is in use is trusted");
    require(view.digest.empty() || view.digest.size() == 32, "a digest is a SHA-256");
    highest_ = view.highest;
    while (const auto status = core_.next_status()) {
      v1::PolicyStatus arrived;
      const std::string sent = status->SerializeAsString();
      require(sent.size() < kMostMessage && arrived.ParseFromString(sent), "a status can be sent and read");
      require((status->state() == v1::POLICY_STATE_REJECTED) == (status->errors_size() > 0),
              "REJECTED, and only it, has reasons");
    }
    (void)core_.due_ns();
  }

  test::MemoryFiles files_;
  FakeTarget target_;
  std::unique_ptr<PolicyStore> store_;
  SessionCore core_;
  uint64_t highest_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it tells of every text that is not UTF-8
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::SessionScript script;
  if (!script.ParseFromArray(data, static_cast<int>(size))) return 0;
  Run run;
  for (const fuzz::SessionStep& step : script.steps()) run.step(step);
  run.finish();
  return 0;
}
