#include "control/cli/control_plane.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "glacis/v1/model.grpc.pb.h"
#include "glacis/v1/soc.grpc.pb.h"

namespace glacis::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kUnaryDeadline = seconds(5);
constexpr auto kPushDeadline = seconds(60);     // it compiles, and other pushes may be before this one
constexpr auto kLookEvery = milliseconds(100);  // at the stop token while it waits for a connection
constexpr int kConnectMs = 3'000;
constexpr int kKeepaliveMs = 30'000, kKeepaliveAnswerMs = 10'000;
constexpr int kMostMessageBytes = 256 << 20;
constexpr size_t kPieceBytes = 256 * 1024;
constexpr const char* kDiagnosticsTrailer = "glacis-diagnostics-bin";  // model.proto

Expected<std::string> read_pem(const std::string& path, const char* option) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return fail("cannot read the file", path, std::string("named by ") + option);
  if (text.find("-----BEGIN ") != std::string::npos) return text;
  return fail("is not a PEM file", path, std::string("named by ") + option);
}

Expected<std::shared_ptr<grpc::ChannelCredentials>> credentials(const Connection& connection) {
  if (connection.ca_file.empty()) return grpc::InsecureChannelCredentials();
  auto ca = read_pem(connection.ca_file, "--tls-ca");
  if (!ca) return std::unexpected(ca.error());
  auto cert = read_pem(connection.cert_file, "--tls-cert");
  if (!cert) return std::unexpected(cert.error());
  auto key = read_pem(connection.key_file, "--tls-key");
  if (!key) return std::unexpected(key.error());
  return grpc::SslCredentials({std::move(*ca), std::move(*key), std::move(*cert)});
}

grpc::ChannelArguments channel_arguments() {
  grpc::ChannelArguments out;
  // The least time for one attempt to connect, so also the most for one that nobody answers.
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMs);
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveAnswerMs);
  out.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A proxy for the web is no way to the control plane, least of all to one on this machine.
  out.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A fleet of thousands does not fit into the 4 MiB that are the default.
  out.SetMaxReceiveMessageSize(kMostMessageBytes);
  out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return out;
}

void set_deadline(grpc::ClientContext& context, seconds deadline) {
  context.set_deadline(std::chrono::system_clock::now() + deadline);
}

// What stands last in "failed to connect to all addresses; last error: UNKNOWN:
// ipv4:127.0.0.1:7443: Failed to connect to remote host: Connection refused"; other texts as they
// are.
std::string cause_of(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) return "no answer in time";
  std::string text = status.error_message();
  if (const size_t last = text.find("last error: "); last != std::string::npos) text.erase(0, last);
  for (const std::string_view part : {"last error", "UNKNOWN", "UNAVAILABLE", "ipv", "unix:", "Failed to connect"}) {
    if (!text.starts_with(part)) continue;
    const size_t end = text.find(": ");
    if (end != std::string::npos) text.erase(0, end + 2);
  }
  return text;
}

}  // namespace

class ControlPlane::Implementation {
 public:
  Implementation(std::string address, std::shared_ptr<grpc::Channel> to)
      : address_(std::move(address)),
        channel(std::move(to)),
        models(v1::ModelService::NewStub(channel)),
        alerts(v1::AlertService::NewStub(channel)),
        fleet(v1::FleetService::NewStub(channel)) {}

  [[nodiscard]] CallResult result(const grpc::Status& status) const {
    if (status.ok()) return {};
    return std::unexpected(CallFault{kind_of(status.error_code()), cause_of(status)});
  }

  const std::string address_;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::ModelService::Stub> models;
  const std::unique_ptr<v1::AlertService::Stub> alerts;
  const std::unique_ptr<v1::FleetService::Stub> fleet;

 private:
  [[nodiscard]] CallFault::Kind kind_of(grpc::StatusCode code) const {
    using Kind = CallFault::Kind;
    switch (code) {
      case grpc::StatusCode::UNAVAILABLE:
        // A server that sends this itself (its store fails) leaves the connection as it is.
        return channel->GetState(false) == GRPC_CHANNEL_READY ? Kind::kBusy : Kind::kAway;
      case grpc::StatusCode::DEADLINE_EXCEEDED:
      case grpc::StatusCode::CANCELLED:  // the server ended all calls
      case grpc::StatusCode::INTERNAL:   // the stream broke in the middle
      case grpc::StatusCode::UNKNOWN:
        return Kind::kAway;
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        return Kind::kBusy;
      case grpc::StatusCode::PERMISSION_DENIED:
      case grpc::StatusCode::UNAUTHENTICATED:
        return Kind::kDenied;
      case grpc::StatusCode::INVALID_ARGUMENT:
        return Kind::kInvalid;
      case grpc::StatusCode::FAILED_PRECONDITION:
        return Kind::kConflict;
      case grpc::StatusCode::ABORTED:
        return Kind::kWrongBase;
      default:
        return Kind::kOther;
    }
  }
};

ControlPlane::ControlPlane(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
ControlPlane::ControlPlane(ControlPlane&&) noexcept = default;
ControlPlane& ControlPlane::operator=(ControlPlane&&) noexcept = default;
ControlPlane::~ControlPlane() = default;

Expected<ControlPlane> ControlPlane::open(const Connection& connection) {
  auto with = credentials(connection);
  if (!with) return std::unexpected(with.error());
  auto channel = grpc::CreateCustomChannel(connection.address, *with, channel_arguments());
  return ControlPlane(std::make_unique<Implementation>(connection.address, std::move(channel)));
}

const std::string& ControlPlane::address() const { return implementation_->address_; }

CallResult ControlPlane::push(const v1::PushHeader& header, const std::vector<SourceFile>& files,
                              v1::PushModelResponse& response) {
  grpc::ClientContext context;
  set_deadline(context, kPushDeadline);
  const auto writer = implementation_->models->PushModel(&context, &response);
  v1::PushModelRequest request;
  *request.mutable_header() = header;
  bool good = true;
  for (size_t i = 0; i < files.size() && good; ++i) {
    const std::string& text = files[i].text;
    size_t sent = 0;
    do {
      request.set_file(static_cast<uint32_t>(i));
      request.set_piece(text.substr(sent, kPieceBytes));
      sent += request.piece().size();
      good = writer->Write(request);
      request.clear_header();
    } while (good && sent < text.size());
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto found = trailers.find(kDiagnosticsTrailer); found != trailers.end()) {
    const std::string bytes(found->second.data(), found->second.size());
    if (!response.ParseFromString(bytes)) response.Clear();
  }
  return implementation_->result(status);
}

CallResult ControlPlane::list_models(v1::ListModelsResponse& response) {
  grpc::ClientContext context;
  set_deadline(context, kUnaryDeadline);
  return implementation_->result(implementation_->models->ListModels(&context, {}, &response));
}

CallResult ControlPlane::get_fleet(v1::GetFleetResponse& response) {
  grpc::ClientContext context;
  set_deadline(context, kUnaryDeadline);
  return implementation_->result(implementation_->fleet->GetFleet(&context, {}, &response));
}

CallResult ControlPlane::watch_rollout(uint64_t rollout, uint64_t at_most_s, const OnRollout& on_event) {
  grpc::ClientContext context;
  set_deadline(context, seconds(at_most_s));
  v1::WatchRolloutRequest request;
  request.set_rollout(rollout);
  const auto reader = implementation_->models->WatchRollout(&context, request);
  v1::WatchRolloutResponse response;
  while (reader->Read(&response)) on_event(response);
  const grpc::Status status = reader->Finish();
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return std::unexpected(CallFault{CallFault::Kind::kSlow, cause_of(status)});
  }
  return implementation_->result(status);
}

CallResult ControlPlane::subscribe(const v1::SubscribeRequest& request, const std::stop_token& stop,
                                   const OnAlert& on_response) {
  grpc::ClientContext context;
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  const auto reader = implementation_->alerts->Subscribe(&context, request);
  v1::SubscribeResponse response;
  bool wanted = true;
  while (wanted && !stop.stop_requested() && reader->Read(&response)) wanted = on_response(response);
  if (!wanted) context.TryCancel();
  const grpc::Status status = reader->Finish();
  if (!wanted || stop.stop_requested()) return {};
  return implementation_->result(status);
}

bool ControlPlane::connect(const std::stop_token& stop) {
  grpc::Channel& channel = *implementation_->channel;
  while (!stop.stop_requested()) {
    const grpc_connectivity_state state = channel.GetState(true);
    if (state == GRPC_CHANNEL_READY) return true;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) return false;
    channel.WaitForStateChange(state, std::chrono::system_clock::now() + kLookEvery);
  }
  return false;
}

bool ControlPlane::wait_until_connected(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (implementation_->channel->WaitForConnected(std::chrono::system_clock::now() + kLookEvery)) {
      return true;
    }
  }
  return false;
}

}  // namespace glacis::control
