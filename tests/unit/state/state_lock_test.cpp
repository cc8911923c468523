#include "sensor/state/state_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

TEST(StateLock, ASecondOneIsRefusedWithTheFolderAndTheHoldersProcess) {
  const TemporaryFolder temp;
  const std::string folder = temp.path() + "/made/on/the/way";
  StateLock first, second;
  ASSERT_TRUE(first.take(folder));
  const auto taken = second.take(folder);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().text(), folder + ": another glacis-sensor (process " + std::to_string(::getpid()) +
                                      ") uses this state folder (stop it, or give this one its own: --state DIR)");
}

TEST(StateLock, IsFreeAgainWithItsHolder) {
  const TemporaryFolder temp;
  {
    StateLock first;
    ASSERT_TRUE(first.take(temp.path()));
  }
  StateLock second;
  EXPECT_TRUE(second.take(temp.path()));
}

TEST(StateLock, AHolderThatHasNotSaidItsProcessIsNamedWithoutIt) {
  const TemporaryFolder temp;
  StateLock first, second;
  ASSERT_TRUE(first.take(temp.path()));
  ASSERT_EQ(::truncate((temp.path() + "/lock").c_str(), 0), 0);
  EXPECT_EQ(second.take(temp.path()).error().what, "another glacis-sensor uses this state folder");
}

TEST(StateLock, AFolderThatCannotBeMadeIsNamed) {
  StateLock lock;
  const auto taken = lock.take("/dev/null/state");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().where, "/dev/null/state");
}

}  // namespace
}  // namespace glacis::sensor
