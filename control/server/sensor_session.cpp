#include "control/server/sensor_session.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/plain_name.h"

namespace glacis::control {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;
// No control plane has given a version like this; above it, counting on would not be safe.
constexpr uint64_t kHighestVersion = uint64_t{1} << 48;
constexpr int kDigestBytes = 32;

grpc::Status invalid(std::string why) { return {grpc::StatusCode::INVALID_ARGUMENT, std::move(why)}; }

std::string fault_of(const v1::Hello& hello) {
  if (!is_plain_name(hello.sensor())) return "hello.sensor must be a name of 1 to 128 plain characters";
  if (hello.taps_size() > 1) return "hello.taps: one tap for each sensor";
  if (hello.taps_size() == 1 && !hello.taps(0).empty() && !is_plain_name(hello.taps(0))) {
    return "hello.taps[0] must be a name of 1 to 128 plain characters";
  }
  if (!hello.software_version().empty() && !is_plain_name(hello.software_version())) {
    return "hello.software_version must have at most 128 plain characters";
  }
  if (!hello.running_digest().empty() && hello.running_digest().size() != kDigestBytes) {
    return "hello.running_digest must have 32 bytes, or none";
  }
  if (hello.highest_version() > kHighestVersion) {
    return "hello.highest_version " + std::to_string(hello.highest_version()) +
           " is no version that a control plane gives";
  }
  return "";
}

}  // namespace

SensorSession* SensorSession::open(Services& services, Caller caller) {
  const std::shared_ptr<SensorSession> session(new SensorSession(services, std::move(caller)));
  session->self_ = session;
  session->StartRead(&session->request_);
  return session.get();
}

void SensorSession::OnReadDone(bool ok) {
  if (!ok) return finish(grpc::Status::OK);
  const grpc::Status status = take(request_);
  if (!status.ok()) return finish(status);
  const std::lock_guard lock(mutex_);
  if (!finished_) StartRead(&request_);
}

grpc::Status SensorSession::take(const v1::SessionRequest& request) {
  if (sensor_.empty()) {
    return request.has_hello() ? take_hello(request.hello()) : invalid("the first message must be hello");
  }
  if (request.has_policy_status()) {
    services_.rollout.status(*this, request.policy_status());
  } else if (request.has_heartbeat()) {
    services_.rollout.heartbeat(*this, request.heartbeat());
  } else {
    return invalid("hello comes once; then policy_status or heartbeat");
  }
  return grpc::Status::OK;
}

grpc::Status SensorSession::take_hello(const v1::Hello& hello) {
  if (const std::string fault = fault_of(hello); !fault.empty()) return invalid(fault);
  if (!may_speak_for(caller_, hello.sensor())) {
    return {grpc::StatusCode::PERMISSION_DENIED,
            "'" + caller_.id + "' may not speak for sensor '" + hello.sensor() + "'"};
  }
  const std::string tap = hello.taps_size() == 0 ? "" : hello.taps(0);
  const auto accepted = services_.rollout.hello(
      self_, {hello.sensor(), tap, hello.software_version(), hello.running_digest(), hello.highest_version()});
  if (!accepted) {
    services_.log("sensor " + hello.sensor() + " refused: " + accepted.error().text());
    return {grpc::StatusCode::FAILED_PRECONDITION, accepted.error().text()};
  }
  sensor_ = hello.sensor();
  services_.log("sensor " + sensor_ + " is here, tap '" + tap + "'");
  return grpc::Status::OK;
}

void SensorSession::offer(uint64_t nonce, PolicyImage policy) {
  const std::lock_guard lock(mutex_);
  policy_ = std::move(policy);
  nonce_ = nonce;
  offset_ = 0;
  write_next();
}

void SensorSession::write_next() {
  if (writing_ || finished_ || policy_ == nullptr) return;
  const std::string& bytes = policy_->bytes;
  const size_t size = std::min(kPieceBytes, bytes.size() - offset_);
  v1::PolicyOffer& offer = *response_.mutable_offer();
  offer.set_nonce(nonce_);
  offer.set_version(policy_->version);
  offer.set_digest(policy_->digest);
  offer.set_total_bytes(bytes.size());
  offer.set_offset(offset_);
  offer.set_piece(bytes.substr(offset_, size));
  offset_ += size;
  offer.set_last(offset_ == bytes.size());
  offer.set_activate_when_warm(true);
  if (offer.last()) policy_ = nullptr;
  writing_ = true;
  StartWrite(&response_);
}

void SensorSession::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (ok) write_next();
}

void SensorSession::replaced() { finish({grpc::StatusCode::ABORTED, "a newer session of this sensor is here"}); }

void SensorSession::finish(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(finished_, true)) return;
  Finish(status);
}

void SensorSession::OnDone() {
  services_.rollout.gone(*this);
  if (!sensor_.empty()) services_.log("sensor " + sensor_ + " is gone");
  const std::shared_ptr<SensorSession> last = std::move(self_);
}

}  // namespace glacis::control
