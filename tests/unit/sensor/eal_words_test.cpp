#include <gmock/gmock.h>

#include "sensor/runtime/eal.h"

namespace glacis::sensor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;

constexpr int kCpus[] = {0, 1, 2, 3};

TEST(EalWords, WithoutACardDpdkLooksAtNoneAndNeedsNoHugepages) {
  const auto words = eal_words({.lcores = 1, .memory_mb = 64}, kCpus);
  EXPECT_THAT(words, IsSupersetOf({"--no-huge", "--no-shconf", "--no-pci"}));
  EXPECT_THAT(words, Not(Contains("--in-memory"))) << "which DPDK refuses beside --no-huge";
}

TEST(EalWords, WithCardsDpdkHasHugepagesAndLooksAtTheseCardsAlone) {
  const auto words = eal_words({.lcores = 1, .memory_mb = 640, .cards = {"0000:03:00.0", "0000:03:00.1"}}, kCpus);
  EXPECT_THAT(words, Not(Contains("--no-pci")));
  EXPECT_THAT(words, Not(Contains("--no-huge")));
  EXPECT_THAT(words, IsSupersetOf({"-m", "640", "--in-memory"}));
  EXPECT_THAT(std::vector<std::string>(words.end() - 4, words.end()),
              ElementsAre("--allow", "0000:03:00.0", "--allow", "0000:03:00.1"));
}

TEST(EalWords, EachLcoreHasACpuWhereThereAreEnoughElseAllShareAll) {
  EXPECT_THAT(eal_words({.lcores = 2}, kCpus), Contains("--lcores=0@(0,1),1@(2),2@(3)"));
  EXPECT_THAT(eal_words({.lcores = 4}, kCpus),
              Contains("--lcores=0@(0,1,2,3),1@(0,1,2,3),2@(0,1,2,3),3@(0,1,2,3),4@(0,1,2,3)"));
}

}  // namespace
}  // namespace glacis::sensor
