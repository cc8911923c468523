#include "control/server/control_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

#include "control/server/listen_address.h"
#include "control/server/services.h"
#include "control/server/socket_claim.h"

namespace glacis::control {
namespace {

constexpr int kMostMessageBytes = 4 << 20;
constexpr int kMostStreams = 128;  // of one connection
constexpr size_t kQuotaBytes = 512U << 20;
constexpr const char* kTlsHint = "tls: {cert, key, ca} name PEM files";
constexpr auto kStopAfter = std::chrono::milliseconds(250);

Expected<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad() || text.str().empty()) return fail("cannot read", path, kTlsHint);
  if (text.str().find("-----BEGIN ") == std::string::npos) return fail("is not a PEM file", path, kTlsHint);
  return text.str();
}

Expected<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const TlsFiles& files) {
  const auto cert = read_file(files.cert), key = read_file(files.key), ca = read_file(files.ca);
  for (const auto* file : {&cert, &key, &ca}) {
    if (!*file) return std::unexpected(file->error());
  }
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = *ca;
  options.pem_key_cert_pairs.push_back({*key, *cert});
  return grpc::SslServerCredentials(options);
}

// Writes what a rollout changes, without waiting for it.
class StoreJournal final : public RolloutJournal {
 public:
  StoreJournal(ModelStore& store, TaskThread& writer, std::function<void(const std::string&)> log)
      : store_(store), writer_(writer), log_(std::move(log)) {}
  void save_policy(const StoredPolicy& policy) override {
    post([this, policy] { return store_.save_policy(policy); });
  }
  void save_sensor(const StoredSensor& sensor) override {
    post([this, sensor] { return store_.save_sensor(sensor); });
  }

 private:
  void post(std::function<Expected<void>()> write) {
    const bool posted = writer_.post([this, write = std::move(write)] {
      if (const auto result = write(); !result) log_("not stored: " + result.error().text());
    });
    if (!posted) log_("not stored: the store has too much to do");
  }
  ModelStore& store_;
  TaskThread& writer_;
  const std::function<void(const std::string&)> log_;
};

}  // namespace

class ControlServer::Implementation {
 public:
  Implementation(const ServerOptions& options, ModelStore& models, AlertStore& alerts)
      : options_(options),
        model_store_(models),
        alert_log_(alerts, writer_, reader_),
        journal_(models, writer_, options.log),
        rollout_(journal_, options.now_ns),
        services_{models,
                  alert_log_,
                  rollout_,
                  active_,
                  writer_,
                  compiler_,
                  heartbeat_,
                  options.now_ns,
                  options.log,
                  options.tls.trust_domain,
                  options.tls.configured()} {}

  ~Implementation() { stop(); }

  Expected<void> start() {
    auto state = model_store_.load();
    if (!state) return std::unexpected(state.error());
    for (const Error& fault : active_.restore(*state)) options_.log(fault.text());
    rollout_.restore(state->policies, state->sensors);
    return listen();
  }

  void stop() {
    if (server_ != nullptr) {
      server_->GetHealthCheckService()->Shutdown();
      server_->Shutdown(std::chrono::system_clock::now() + kStopAfter);
      server_->Wait();
      server_.reset();
    }
    claims_.clear();
    compiler_.stop();
    reader_.stop();
    writer_.stop();
  }

  const std::vector<std::string>& addresses() const { return addresses_; }
  void tick() { heartbeat_.ring(); }

 private:
  Expected<void> listen() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    limit(builder);
    std::vector<ListenAddress> parsed;
    std::vector<int> ports(options_.listen.size(), 0);
    for (size_t i = 0; i < options_.listen.size(); ++i) {
      const auto address = parse_listen_address(options_.listen[i]);
      if (!address) return std::unexpected(address.error());
      if (const auto claimed = claim(*address); !claimed) return claimed;
      if (const auto added = add_port(builder, *address, ports[i]); !added) return added;
      parsed.push_back(*address);
    }
    for (const auto make : {make_sensor_service, make_model_service, make_alert_service, make_fleet_service}) {
      grpc_services_.push_back(make(services_));
      builder.RegisterService(grpc_services_.back().get());
    }
    server_ = builder.BuildAndStart();
    return server_ == nullptr ? could_not_listen(parsed) : name_addresses(parsed, ports);
  }

  static void limit(grpc::ServerBuilder& builder) {
    grpc::ResourceQuota quota("control");
    quota.Resize(kQuotaBytes);
    builder.SetResourceQuota(quota);
    builder.SetMaxReceiveMessageSize(kMostMessageBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
    // Two control planes on one port would share sensors and subscribers between them.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  }

  Expected<void> claim(const ListenAddress& address) {
    if (address.reach != Reach::kUnixSocket) return {};
    auto claimed = SocketClaim::take(address.host);
    if (!claimed) return std::unexpected(claimed.error());
    claims_.push_back(std::move(*claimed));
    return {};
  }

  Expected<void> add_port(grpc::ServerBuilder& builder, const ListenAddress& address, int& port) {
    const auto transport = transport_for(address, options_.tls.configured());
    if (!transport) return std::unexpected(transport.error());
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    if (*transport == Transport::kTls) {
      auto tls = tls_credentials(options_.tls);
      if (!tls) return std::unexpected(tls.error());
      credentials = *tls;
    }
    builder.AddListeningPort(address.text, credentials, &port);
    return {};
  }

  static Expected<void> could_not_listen(const std::vector<ListenAddress>& addresses) {
    std::string all;
    for (const ListenAddress& address : addresses) all += (all.empty() ? "" : ", ") + address.text;
    return fail("cannot listen", all,
                "is another program there ('ss -ltnp'), or is the address not this machine's, or do "
                "the certificate and key not belong together?");
  }

  Expected<void> name_addresses(const std::vector<ListenAddress>& parsed, const std::vector<int>& ports) {
    for (size_t i = 0; i < parsed.size(); ++i) {
      std::string text = parsed[i].text;
      if (parsed[i].reach == Reach::kUnixSocket) {
        if (::chmod(parsed[i].host.c_str(), 0660) != 0) {
          return fail("cannot restrict the socket to its owner and group", text);
        }
      } else {
        text = text.substr(0, text.rfind(':') + 1) + std::to_string(ports[i]);
      }
      addresses_.push_back(std::move(text));
    }
    return {};
  }

  const ServerOptions options_;
  ModelStore& model_store_;
  TaskThread writer_, reader_, compiler_{64};
  AlertLog alert_log_;
  StoreJournal journal_;
  Rollout rollout_;
  ActiveModels active_;
  Bell heartbeat_;
  Services services_;
  std::vector<std::unique_ptr<grpc::Service>> grpc_services_;
  std::vector<SocketClaim> claims_;  // outlive the server, which removes the sockets
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> addresses_;
};

ControlServer::ControlServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
ControlServer::~ControlServer() = default;

Expected<std::unique_ptr<ControlServer>> ControlServer::start(const ServerOptions& options, ModelStore& models,
                                                              AlertStore& alerts) {
  auto implementation = std::make_unique<Implementation>(options, models, alerts);
  if (auto started = implementation->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(implementation)));
}

const std::vector<std::string>& ControlServer::addresses() const { return implementation_->addresses(); }
void ControlServer::tick() { implementation_->tick(); }
void ControlServer::stop() { implementation_->stop(); }

}  // namespace glacis::control
