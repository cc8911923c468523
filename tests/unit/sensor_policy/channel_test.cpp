#include "sensor/policy/channel.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sensor/policy/backoff.h"
#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

TEST(Channel, PlaintextGoesToLoopbackAndUnixSocketsOnly) {
  for (const char* local : {"127.0.0.1:7443", "127.8.9.10:1", "[::1]:7443", "localhost:7443", "unix:/run/glacis.sock",
                            "unix-abstract:glacis"}) {
    EXPECT_TRUE(is_local(local)) << local;
    EXPECT_TRUE(open_channel({local, "", "", ""})) << local;
  }
  for (const char* far :
       {"10.0.0.1:7443", "control:7443", "127.example.org:7443", "localhost.example.org:1", "[2001:db8::1]:1",
        "127.0.0.1,10.0.0.1:1", "dns:///127.0.0.1.example.org:1", "ipv4:10.0.0.1:1", "0.0.0.0:1", "unixodd:1"}) {
    EXPECT_FALSE(is_local(far)) << far;
    const auto channel = open_channel({far, "", "", ""});
    ASSERT_FALSE(channel) << far;
    EXPECT_EQ(channel.error().where, far);
    EXPECT_THAT(channel.error().hint, AnyOf(HasSubstr("control.tls"), HasSubstr("HOST:PORT")));
  }
}

TEST(Channel, TlsNeedsAllThreeFilesAndNamesTheOneThatIsNoPem) {
  const TemporaryFolder folder;
  const std::string pem = folder.path() + "/good.pem", empty = folder.path() + "/empty.pem",
                    missing = folder.path() + "/missing.pem";
  std::ofstream(pem) << "-----BEGIN CERTIFICATE-----\n";
  std::ofstream{empty};
  EXPECT_THAT(open_channel({"control:1", pem, pem, ""}).error().text(), HasSubstr("TLS needs ca, cert and key"));
  for (const std::string& bad : {empty, missing, folder.path()}) {
    EXPECT_EQ(open_channel({"control:1", bad, pem, pem}).error().where, bad);
    EXPECT_EQ(open_channel({"control:1", pem, bad, pem}).error().where, bad);
    EXPECT_EQ(open_channel({"control:1", pem, pem, bad}).error().where, bad);
  }
  EXPECT_FALSE(open_channel({"", "", "", ""}));
}

TEST(Backoff, DoublesUpToItsLimitBetweenHalfOfItAndAll) {
  Backoff backoff(200, 10'000, 1);
  for (const int64_t all : {200, 400, 800, 1600, 3200, 6400, 10'000, 10'000, 10'000}) {
    const int64_t wait = backoff.next_ms();
    EXPECT_GE(wait, all / 2);
    EXPECT_LE(wait, all);
  }
  backoff.reset();
  EXPECT_LE(backoff.next_ms(), 200);
}

TEST(Backoff, SensorsWithOtherSeedsDoNotComeBackInStep) {
  Backoff a(1'000, 10'000, 1), b(1'000, 10'000, 2);
  int same = 0;
  for (int i = 0; i < 50; ++i) same += a.next_ms() == b.next_ms();
  EXPECT_LT(same, 5);
}

TEST(Backoff, TakesLimitsThatMakeNoSense) {
  Backoff backoff(0, -5, 1);
  for (int i = 0; i < 10; ++i) {
    const int64_t wait = backoff.next_ms();
    EXPECT_GE(wait, 0);
    EXPECT_LE(wait, 1);
  }
}

}  // namespace
}  // namespace glacis::sensor
