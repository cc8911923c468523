#include "control/cli/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/cli/control_plane.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;

Expected<Connection> connection(const std::vector<std::string>& arguments, const char* environment = nullptr) {
  const auto options = parse_options(arguments, with_connection({}));
  return options ? connection_of(*options, environment) : std::unexpected(options.error());
}

std::string fault_of(const std::vector<std::string>& arguments) {
  const auto out = connection(arguments);
  return out ? "none" : out.error().text();
}

TEST(Connection, OptionBeatsEnvironmentBeatsDefault) {
  EXPECT_EQ(connection({})->address, "127.0.0.1:7443");
  EXPECT_EQ(connection({}, "")->address, "127.0.0.1:7443");
  EXPECT_EQ(connection({}, "[::1]:9")->address, "[::1]:9");
  EXPECT_EQ(connection({"--control", "unix:/run/c.sock"}, "[::1]:9")->address, "unix:/run/c.sock");
}

TEST(Connection, PlaintextStaysOnThisMachine) {
  for (const char* const local : {"127.0.0.1:7443", "localhost:7443", "[::1]:7443", "unix:/c"}) {
    EXPECT_TRUE(connection({"--control", local})) << local;
  }
  for (const char* const far : {"10.0.0.1:7443", "control.example:7443", "127.example.org:7443"}) {
    EXPECT_THAT(fault_of({"--control", far}), HasSubstr("--tls-ca")) << far;
  }
  EXPECT_TRUE(connection({"--control", "control.example:7443", "--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"}));
}

TEST(Connection, TlsIsWholeOrNotThereAndNotOnUnixSockets) {
  EXPECT_THAT(fault_of({"--tls-ca", "a"}), HasSubstr("TLS needs three files"));
  EXPECT_THAT(fault_of({"--control", "unix:/c", "--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"}),
              HasSubstr("always plaintext"));
}

TEST(Connection, AddressFaultsShowAnExample) {
  for (const char* const bad : {"7443", "host:", "host:port", "127.0.0.1:0", "unix:", ":1"}) {
    EXPECT_THAT(fault_of({"--control", bad}), HasSubstr("--control 127.0.0.1:7443")) << bad;
  }
}

TEST(ControlPlane, UnreadableTlsFilesAreNamedWithTheirOption) {
  const auto missing = ControlPlane::open({"127.0.0.1:1", "/nowhere/ca.pem", "b", "c"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text(), HasSubstr("/nowhere/ca.pem"));
  EXPECT_THAT(missing.error().text(), HasSubstr("--tls-ca"));
  const auto no_pem =
      ControlPlane::open({"127.0.0.1:1", GLACIS_SOURCE_DIR "/README.md", GLACIS_SOURCE_DIR "/README.md", "c"});
  ASSERT_FALSE(no_pem);
  EXPECT_THAT(no_pem.error().text(), HasSubstr("is not a PEM file"));
}

}  // namespace
}  // namespace glacis::control
