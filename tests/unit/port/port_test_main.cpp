#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_errno.h>

namespace {

// Not in main: a listing of the tests needs no EAL.
class Eal : public testing::Environment {
 public:
  void SetUp() override {
    const char* arguments[] = {"port_test", "--no-huge", "--no-shconf", "--no-pci",    "-m",
                               "64",        "-l",        "0",           "--log-level", "error"};
    ASSERT_GE(rte_eal_init(static_cast<int>(std::size(arguments)), const_cast<char**>(arguments)), 0)
        << rte_strerror(rte_errno);
  }
  void TearDown() override { rte_eal_cleanup(); }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new Eal);
  return RUN_ALL_TESTS();
}
