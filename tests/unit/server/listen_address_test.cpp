#include "control/server/listen_address.h"

#include <gtest/gtest.h>

namespace glacis::control {
namespace {

TEST(ListenAddress, SaysHowFarItReaches) {
  const std::pair<const char*, Reach> cases[] = {
      {"127.0.0.1:7443", Reach::kLoopback},
      {"127.9.9.9:0", Reach::kLoopback},
      {"[::1]:7443", Reach::kLoopback},
      {"localhost:1", Reach::kLoopback},
      {"unix:/run/c.sock", Reach::kUnixSocket},
      {"0.0.0.0:7443", Reach::kNetwork},
      {"[::]:7443", Reach::kNetwork},
      {"10.1.2.3:7443", Reach::kNetwork},
      {"control.example:7443", Reach::kNetwork},
      {"127.0.0.1.example:1", Reach::kNetwork},
      {"[::ffff:127.0.0.1]:1", Reach::kNetwork},
  };
  for (const auto& [text, reach] : cases) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address.has_value()) << text << ": " << address.error().text();
    EXPECT_EQ(address->reach, reach) << text;
    EXPECT_EQ(address->text, text);
  }
}

TEST(ListenAddress, HasHostAndPort) {
  EXPECT_EQ(parse_listen_address("[::1]:65535")->host, "::1");
  EXPECT_EQ(parse_listen_address("[::1]:65535")->port, 65535);
  EXPECT_EQ(parse_listen_address("unix:/run/c.sock")->host, "/run/c.sock");
}

TEST(ListenAddress, NonsenseIsRefusedWithItsReason) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "no host and port"},
      {"7443", "no host and port"},
      {":7443", "no host and port"},
      {"127.0.0.1:", "'' is no port"},
      {"127.0.0.1:65536", "is no port"},
      {"127.0.0.1:-1", "is no port"},
      {"127.0.0.1:74 3", "is no port"},
      {"127.0.0.1:http", "is no port"},
      {"::1:7443", "in brackets"},
      {"unix:", "no path"},
      {"unix:" + std::string(108, 'x'), "at most 107 bytes"},
  };
  for (const auto& [text, reason] : cases) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_NE(address.error().text().find(reason), std::string::npos) << address.error().text();
    EXPECT_NE(address.error().hint, "") << text;
  }
}

TEST(ListenAddress, PlaintextStaysOnTheMachine) {
  const auto transport = [](const char* text, bool tls) { return transport_for(*parse_listen_address(text), tls); };
  EXPECT_EQ(transport("127.0.0.1:1", false), Transport::kPlaintext);
  EXPECT_EQ(transport("unix:/c", false), Transport::kPlaintext);
  EXPECT_EQ(transport("unix:/c", true), Transport::kPlaintext);
  EXPECT_EQ(transport("127.0.0.1:1", true), Transport::kTls);
  EXPECT_EQ(transport("0.0.0.0:1", true), Transport::kTls);
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "control.example:1"}) {
    EXPECT_FALSE(transport(text, false).has_value()) << text;
  }
}

}  // namespace
}  // namespace glacis::control
