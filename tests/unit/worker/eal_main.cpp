#include <gtest/gtest.h>

#include "sensor/runtime/eal.h"

namespace {

// Not in main: a listing of the tests needs no EAL. Once for the whole binary, because EAL cannot start
// twice; five lcores serve an engine of four workers.
class Eal : public testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(glacis::sensor::start_eal({5, 256})); }
  void TearDown() override { glacis::sensor::stop_eal(); }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new Eal);
  return RUN_ALL_TESTS();
}
