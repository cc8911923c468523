#include "sensor/arguments.h"

#include <gmock/gmock.h>

#include "sensor/config/suggestion.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;

Arguments arguments(std::vector<const char*> words) {
  return {static_cast<int>(words.size()), const_cast<char**>(words.data()), 0};
}

std::vector<std::string> faults_of(Arguments& from) {
  const auto rest = from.rest();
  std::vector<std::string> out;
  if (!rest) {
    for (const Error& fault : rest.error()) out.push_back(fault.text());
  }
  return out;
}

TEST(Arguments, ValuesFlagsAndNumbersAreTakenOutAndTheRestIsPositional) {
  Arguments all = arguments({"a.pcap", "--name=n", "--flows", "--workers", "3", "-"});
  EXPECT_EQ(all.value("--name"), "n");
  EXPECT_TRUE(all.flag("--flows"));
  EXPECT_FALSE(all.flag("--json"));
  EXPECT_EQ(all.number("--workers", 1, 1, 16), 3U);
  EXPECT_EQ(all.number("--burst", 32, 1, 64), 32U);
  const auto rest = all.rest();
  ASSERT_TRUE(rest);
  EXPECT_THAT(*rest, ElementsAre("a.pcap", "-"));
}

TEST(Arguments, EveryFaultIsToldAndAnUnknownOptionWithTheNearest) {
  Arguments all = arguments({"--wrokers=2", "--workers", "17", "--qqqqqqq", "--name"});
  (void)all.number("--workers", 1, 1, 16);
  (void)all.value("--name");
  EXPECT_THAT(faults_of(all),
              ElementsAre("--workers: needs a whole number from 1 to 16, not '17'", "--name: needs a value",
                          "--wrokers=2: unknown option (did you mean '--workers'?)",
                          "--qqqqqqq: unknown option (see glacis-sensor --help)"));
}

TEST(Arguments, ChoicesAndSizesHaveADefaultAndRefuseOtherWords) {
  Arguments all = arguments({"--checksums", "trust", "--stream-depth=1MiB"});
  EXPECT_EQ(all.choice("--checksums", {"verify", "trust"}), "trust");
  EXPECT_EQ(all.choice("--vlan-in-key", {"true", "false"}), "true");
  EXPECT_EQ(all.size("--stream-depth", kStreamDepth), 1U << 20);
  EXPECT_EQ(all.size("--other-size", kStreamDepth), UINT64_MAX);
  EXPECT_TRUE(faults_of(all).empty());
  Arguments bad = arguments({"--checksums", "trsut", "--vlan-in-key=sometimes", "--stream-depth", "12"});
  EXPECT_EQ(bad.choice("--checksums", {"verify", "trust"}), "verify");
  EXPECT_EQ(bad.choice("--vlan-in-key", {"true", "false", "both"}), "true");
  EXPECT_EQ(bad.size("--stream-depth", kStreamDepth), UINT64_MAX);
  EXPECT_THAT(faults_of(bad),
              ElementsAre("--checksums: needs verify or trust, not 'trsut' (did you mean 'trust'?)",
                          "--vlan-in-key: needs true, false or both, not 'sometimes'",
                          "--stream-depth: expected unlimited or a size from 1KiB to 1024GiB, not '12'"));
}

TEST(Suggestion, IsTheNearestWordWithinThreeEdits) {
  EXPECT_EQ(did_you_mean("cuont", {"burst", "count", "counts"}), "did you mean 'count'?");
  EXPECT_EQ(did_you_mean("abcdef", {"uvwxyz"}), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

}  // namespace
}  // namespace glacis::sensor
