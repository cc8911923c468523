#include "sensor/policy/channel.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>

namespace glacis::sensor {
namespace {

using testing::HasSubstr;

std::string fault_of(const std::string& address) {
  const auto channel = open_channel({.address = address, .ca_file = "", .cert_file = "", .key_file = ""});
  return channel ? "" : channel.error().text();
}

TEST(Channel, PlaintextGoesToLoopbackAndUnixSockets) {
  for (const char* address :
       {"127.0.0.1:7443", "localhost:1", "[::1]:65535", "unix:/run/glacis.sock", "unix-abstract:g"}) {
    EXPECT_EQ(fault_of(address), "") << address;
  }
}

TEST(Channel, PlaintextElsewhereIsRefusedNamingWhatIsNeeded) {
  for (const char* address : {"10.0.0.1:7443", "127.example.org:1", "control.example:7443", "[fd00::1]:7443"}) {
    EXPECT_THAT(fault_of(address), testing::StartsWith(std::string(address) + ": plaintext goes to loopback"))
        << address;
  }
}

TEST(Channel, AnAddressWithoutAPortOrPathIsRefused) {
  for (const char* address : {"garbage", "127.0.0.1", "127.0.0.1:", "localhost:0", "localhost:65536", "localhost:1x",
                              ":7443", "::1:7443", "[::1]", "unix:"}) {
    EXPECT_THAT(fault_of(address), HasSubstr("is no address of a control plane")) << address;
  }
  EXPECT_EQ(fault_of(""), "control.address: an address is needed");
}

}  // namespace
}  // namespace glacis::sensor
