// Who gets in: certificates, roles, plaintext, and what is refused at the start.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/stat.h>

#include "tests/unit/server/certificates.h"
#include "tests/unit/server/push_client.h"

namespace glacis::control {
namespace {

using grpc::StatusCode;

// Made once: openssl takes a while.
const Certificates& certificates() {
  static const Certificates* const all = [] {
    auto* out = new Certificates;
    for (const char* role : {"sensor", "soc", "architect", "operator"}) {
      out->leaf(role, "ca", "URI:spiffe://example.org/" + std::string(role) + "/core-1");
    }
    out->leaf("stranger", "other-ca", "URI:spiffe://example.org/operator/eve");
    out->leaf("nameless", "ca", "");
    out->leaf("elsewhere", "ca", "URI:spiffe://example.com/operator/bob");
    out->leaf("two-names", "ca", "URI:spiffe://example.org/operator/a,URI:spiffe://example.org/soc/a");
    return out;
  }();
  return *all;
}

class Tls : public testing::Test {
 protected:
  Tls() {
    auto server = ControlServer::start(
        options_for({"127.0.0.1:0", "unix:" + folder_.path() + "/control.sock"}, certificates().server("example.org")),
        store_, store_);
    EXPECT_TRUE(server.has_value()) << server.error().text();
    server_ = std::move(*server);
  }
  // "" shows no certificate.
  std::shared_ptr<grpc::Channel> as(const std::string& client) {
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = certificates().text("ca.pem");
    if (!client.empty()) {
      ssl.pem_cert_chain = certificates().text(client + ".pem");
      ssl.pem_private_key = certificates().text(client + ".key");
    }
    return connect(server_->addresses().at(0), grpc::SslCredentials(ssl));
  }
  static StatusCode get_fleet(const std::shared_ptr<grpc::Channel>& channel) {
    ClientCall call;
    v1::GetFleetResponse response;
    return v1::FleetService::NewStub(channel)->GetFleet(&call, {}, &response).error_code();
  }
  static StatusCode list_models(const std::shared_ptr<grpc::Channel>& channel) {
    ClientCall call;
    v1::ListModelsResponse response;
    return v1::ModelService::NewStub(channel)->ListModels(&call, {}, &response).error_code();
  }
  static StatusCode push_model(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = v1::ModelService::NewStub(channel);
    PushClient push(*stub, shipped_model("web-shop.yaml"));
    push.header.set_dry_run(true);
    return push.run().status.error_code();
  }
  static StatusCode watch_rollout(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = v1::ModelService::NewStub(channel);
    return RolloutStream(*stub, 1).finish().error_code();
  }
  static StatusCode subscribe(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = v1::AlertService::NewStub(channel);
    AlertStream stream(*stub, {});
    (void)stream.cursors();
    return stream.finish().error_code();
  }
  static StatusCode session(const std::shared_ptr<grpc::Channel>& channel, const std::string& sensor) {
    const auto stub = v1::SensorService::NewStub(channel);
    SensorStream stream(*stub);
    stream.hello(sensor);
    return stream.end().error_code();
  }
  static StatusCode deliver(const std::shared_ptr<grpc::Channel>& channel, const std::string& sensor) {
    const auto stub = v1::SensorService::NewStub(channel);
    AlertDelivery delivery(*stub, sensor);
    delivery.send({alert(1)});
    (void)delivery.answer();
    return delivery.end().error_code();
  }

  TemporaryFolder folder_;
  MemoryStore store_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(Tls, EachRoleCallsWhatTheTableNamesAndNothingElse) {
  constexpr auto kOk = StatusCode::OK, kDenied = StatusCode::PERMISSION_DENIED;
  struct Row {
    const char* role;
    StatusCode sensors, models, alerts, fleet;
  };
  for (const Row& row : {Row{"sensor", kOk, kDenied, kDenied, kDenied}, Row{"soc", kDenied, kDenied, kOk, kOk},
                         Row{"architect", kDenied, kOk, kDenied, kDenied}, Row{"operator", kOk, kOk, kOk, kOk}}) {
    const auto channel = as(row.role);
    EXPECT_EQ(session(channel, "core-1"), row.sensors) << row.role << " Session";
    EXPECT_EQ(deliver(channel, "core-1"), row.sensors) << row.role << " Deliver";
    EXPECT_EQ(list_models(channel), row.models) << row.role << " ListModels";
    EXPECT_EQ(push_model(channel), row.models) << row.role << " PushModel";
    // There is no rollout 1 yet: who may ask is told so.
    EXPECT_EQ(watch_rollout(channel), row.models == kOk ? StatusCode::NOT_FOUND : kDenied)
        << row.role << " WatchRollout";
    EXPECT_EQ(subscribe(channel), row.alerts) << row.role << " Subscribe";
    EXPECT_EQ(get_fleet(channel), row.fleet) << row.role << " GetFleet";
  }
}

TEST_F(Tls, SensorSpeaksForItselfAlone) {
  const auto sensor = as("sensor");
  EXPECT_EQ(session(sensor, "core-2"), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(deliver(sensor, "core-2"), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(store_.stored(), 0u);
  EXPECT_EQ(deliver(as("operator"), "core-2"), StatusCode::OK);
  EXPECT_EQ(store_.stored(), 1u);
}

TEST_F(Tls, CertificatesWithoutOneNameOfThisDomainAreDenied) {
  for (const char* client : {"nameless", "elsewhere", "two-names"}) {
    EXPECT_EQ(get_fleet(as(client)), StatusCode::PERMISSION_DENIED) << client;
    EXPECT_EQ(session(as(client), "core-1"), StatusCode::PERMISSION_DENIED) << client;
  }
}

TEST_F(Tls, ConnectionsWithoutACertificateOfTheAuthorityAreRefused) {
  EXPECT_EQ(get_fleet(as("")), StatusCode::UNAVAILABLE) << "no certificate";
  EXPECT_EQ(get_fleet(as("stranger")), StatusCode::UNAVAILABLE) << "another authority";
  EXPECT_EQ(get_fleet(connect(server_->addresses().at(0))), StatusCode::UNAVAILABLE) << "plaintext";
}

TEST_F(Tls, UnixSocketNeedsNoCertificateAndIsForOwnerAndGroup) {
  EXPECT_EQ(get_fleet(connect(server_->addresses().at(1))), StatusCode::OK);
  struct stat seen{};
  ASSERT_EQ(::stat((folder_.path() + "/control.sock").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0660u);
}

// grpc.health.v1's messages are not packaged: HealthCheckResponse{status: SERVING} is field 1, value 1.
std::string health(const std::shared_ptr<grpc::Channel>& channel) {
  ClientCall call;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  const grpc::Slice no_bytes;
  const grpc::ByteBuffer nothing(&no_bytes, 1);
  const auto rpc = stub.PrepareUnaryCall(&call, "/grpc.health.v1.Health/Check", nothing, &queue);
  rpc->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  rpc->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(response.Dump(&slices).ok());
  std::string out;
  for (const grpc::Slice& slice : slices) out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return out;
}

TEST_F(Tls, HealthAnswersServingToWhoeverTheAuthoritySigned) {
  EXPECT_EQ(health(as("soc")), std::string("\x08\x01"));
  EXPECT_EQ(health(as("nameless")), std::string("\x08\x01"));
}

Error refused(std::vector<std::string> listen, TlsFiles tls = {}) {
  MemoryStore store;
  const auto server = ControlServer::start(options_for(std::move(listen), std::move(tls)), store, store);
  return server ? Error{"it started", "", ""} : server.error();
}

TEST(ServerStart, PlaintextOnANetworkAddressIsRefused) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    const Error error = refused({"127.0.0.1:0", address});
    EXPECT_EQ(error.where, address);
    EXPECT_THAT(error.text(), testing::HasSubstr("plaintext is served on loopback or a Unix socket only"));
  }
}

TEST(ServerStart, PortThatIsTakenIsNamed) {
  MemoryStore store;
  const auto first = ControlServer::start(options_for({"127.0.0.1:0"}), store, store);
  ASSERT_TRUE(first.has_value());
  const std::string taken = (*first)->addresses().at(0);
  const Error error = refused({taken});
  EXPECT_EQ(error.where, taken);
  EXPECT_THAT(error.text(), testing::HasSubstr("is another program there"));
}

TEST(ServerStart, CertificatesThatAreOfNoUseAreNamed) {
  const Certificates& all = certificates();
  TlsFiles tls = all.server("");
  tls.key = all.file("none.key");
  EXPECT_EQ(refused({"127.0.0.1:0"}, tls).where, all.file("none.key"));
  tls = all.server("");
  tls.ca = all.file("openssl.cnf");
  EXPECT_THAT(refused({"127.0.0.1:0"}, tls).text(), testing::HasSubstr("openssl.cnf: is not a PEM file"));
  tls = all.server("");
  tls.key = all.file("soc.key");
  EXPECT_THAT(refused({"127.0.0.1:0"}, tls).text(), testing::HasSubstr("certificate and key not belong together"));
}

TEST(ServerStart, SocketInAFolderThatIsNotThereIsNamed) {
  EXPECT_EQ(refused({"unix:/nonexistent/control.sock"}).where, "unix:/nonexistent/control.sock");
}

}  // namespace
}  // namespace glacis::control
