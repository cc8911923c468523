#include "control/server/push_call.h"

#include <future>
#include <memory>
#include <utility>

#include "control/rollout/utf8_prefix.h"

namespace glacis::control {
namespace {

constexpr int kMostFiles = 64;
constexpr size_t kMostBytes = 16U << 20;
constexpr size_t kPieceBytes = 256 * 1024;
// gRPC takes 8 KiB of metadata; the trailer grows by a third in base64, the message up to threefold.
constexpr size_t kTrailerBytes = 4000;
constexpr size_t kMessageBytes = 600;
constexpr const char* kTrailer = "glacis-diagnostics-bin";

grpc::Status invalid(std::string why) { return {grpc::StatusCode::INVALID_ARGUMENT, std::move(why)}; }

void fill_line(v1::Line& line, const Position& at) {
  line.set_file(at.file);
  line.set_line(at.line);
  line.set_column(at.column);
}

bool is_base_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

std::string first_error(const PreparedPush& prepared) {
  for (const Diagnostic& d : prepared.diagnostics) {
    if (d.level != Level::kError) continue;
    if (d.at.file.empty()) return d.message;
    return d.at.file + ":" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message;
  }
  return "the model has faults";
}

}  // namespace

PushCall* PushCall::open(Services& services, Caller caller, grpc::CallbackServerContext& context,
                         v1::PushModelResponse& response) {
  const std::shared_ptr<PushCall> call(new PushCall(services, std::move(caller), context, response));
  call->self_ = call;
  call->StartRead(&call->request_);
  return call.get();
}

void PushCall::OnReadDone(bool ok) {
  if (ok) {
    const grpc::Status status = take(request_);
    if (!status.ok()) return Finish(status);
    return StartRead(&request_);
  }
  if (context_.IsCancelled()) return Finish(grpc::Status::CANCELLED);
  if (!has_header_) return Finish(invalid("the first message carries the header"));
  if (!services_.compiler.post([self = self_] { self->push(); })) {
    Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many pushes wait; try again"});
  }
}

void PushCall::OnDone() { const std::shared_ptr<PushCall> last = std::move(self_); }

grpc::Status PushCall::take(const v1::PushModelRequest& request) {
  if (request.has_header()) {
    if (has_header_) return invalid("the header comes once");
    const grpc::Status status = take_header(request.header());
    if (!status.ok()) return status;
  }
  if (!has_header_) return invalid("the first message carries the header");
  if (request.file() >= files_.size()) {
    return invalid("file " + std::to_string(request.file()) + " is not in header.files");
  }
  bytes_ += request.piece().size();
  if (request.piece().size() > kPieceBytes) return invalid("a piece has at most 256 KiB");
  if (bytes_ > kMostBytes) return invalid("a push has at most 16 MiB");
  files_[request.file()].text += request.piece();
  return grpc::Status::OK;
}

grpc::Status PushCall::take_header(const v1::PushHeader& header) {
  if (header.files_size() == 0 || header.files_size() > kMostFiles) {
    return invalid("header.files names 1 to 64 files");
  }
  for (const std::string& name : header.files()) {
    if (!is_base_name(name)) return invalid("'" + name + "' is no base name");
    files_.push_back({name, ""});
  }
  header_ = header;
  has_header_ = true;
  return grpc::Status::OK;
}

void PushCall::push() {
  std::string all;
  for (const SourceFile& file : files_) all += file.text;
  if (digest_of(all) != header_.digest()) {
    return Finish(invalid("the files do not have the digest that the header names"));
  }
  const PushInput input{files_, header_.base_version(), caller_.id, header_.reason(), services_.now_ns()};
  PreparedPush prepared =
      services_.models.prepare(input, [this](const std::string& tap) { return services_.rollout.next_version(tap); });
  fill(prepared);
  const bool good = prepared.verdict == PushVerdict::kGood;
  if (!good && prepared.verdict != PushVerdict::kUnchanged) return Finish(refusal(prepared));
  response_.set_accepted(true);
  if (header_.dry_run()) response_.set_version(0);
  if (!good || header_.dry_run()) return Finish(grpc::Status::OK);
  const grpc::Status status = store(prepared);
  if (status.ok()) {
    services_.log(caller_.id + " pushed model '" + prepared.model + "' version " +
                  std::to_string(prepared.record.model.version));
  }
  Finish(status);
}

// Waits for the disk: this is the compiler's thread.
grpc::Status PushCall::store(const PreparedPush& prepared) {
  // Shared: the writer is still inside set_value() when get() returns.
  const auto committed = std::make_shared<std::promise<Expected<uint64_t>>>();
  const bool posted = services_.writer.post(
      [this, committed, &prepared] { committed->set_value(services_.model_store.commit_push(prepared.record)); });
  if (!posted) return {grpc::StatusCode::UNAVAILABLE, "the store has too much to do; try again"};
  const Expected<uint64_t> number = committed->get_future().get();
  if (!number) {
    services_.log("push not stored: " + number.error().text());
    return {grpc::StatusCode::UNAVAILABLE, number.error().text()};
  }
  services_.models.adopt(prepared.record);
  services_.rollout.begin(*number, prepared.record.policies);
  response_.set_rollout(*number);
  return grpc::Status::OK;
}

grpc::Status PushCall::refusal(const PreparedPush& prepared) {
  v1::PushModelResponse cut;
  cut.set_model(prepared.model);
  for (const v1::Diagnostic& diagnostic : response_.diagnostics()) {
    *cut.add_diagnostics() = diagnostic;
    if (cut.ByteSizeLong() > kTrailerBytes) cut.mutable_diagnostics()->RemoveLast();
  }
  context_.AddTrailingMetadata(kTrailer, cut.SerializeAsString());
  const auto code = prepared.verdict == PushVerdict::kWrongBase  ? grpc::StatusCode::ABORTED
                    : prepared.verdict == PushVerdict::kConflict ? grpc::StatusCode::FAILED_PRECONDITION
                                                                 : grpc::StatusCode::INVALID_ARGUMENT;
  return {code, utf8_prefix(first_error(prepared), kMessageBytes)};
}

void PushCall::fill(const PreparedPush& prepared) {
  response_.set_model(prepared.model);
  response_.set_version(prepared.record.model.version);
  for (const Diagnostic& d : prepared.diagnostics) {
    v1::Diagnostic& out = *response_.add_diagnostics();
    out.set_level(static_cast<v1::Level>(d.level));
    out.set_code(d.code);
    out.set_message(d.message);
    out.set_hint(d.hint);
    fill_line(*out.mutable_line(), d.at);
  }
  for (const NotEnforcedElement& element : prepared.not_enforced) {
    v1::NotEnforced& out = *response_.add_not_enforced();
    out.set_model(prepared.model);
    out.set_element(element.element);
    out.set_needs(element.needs);
    fill_line(*out.mutable_line(), element.at);
  }
  for (const TapSummary& tap : prepared.taps) {
    v1::TapPolicy& out = *response_.add_policies();
    out.set_tap(tap.tap);
    out.set_version(tap.version);
    out.set_digest(tap.digest);
    out.set_rules(tap.rules);
    for (const std::string& sensor : services_.rollout.connected(tap.tap)) out.add_sensors(sensor);
  }
}

}  // namespace glacis::control
