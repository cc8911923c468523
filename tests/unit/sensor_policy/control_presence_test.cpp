// What the sensor says of a control plane that goes and comes, over real streams.
#include "sensor/policy/control_presence.h"

#include "tests/unit/sensor_policy/policy_client_fixture.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;

// A line for each attempt would bury what else the sensor says.
TEST_F(PolicyClientTest, SaysOnceThatControlRefusesItAndOnceThatItIsBack) {
  std::vector<std::string> said;
  options_.say = [&](const std::string& line) { seen_.note([&] { said.push_back(line); }); };
  int streams = 0;
  control_.session = [&](int n, Stream& stream) {
    seen_.note([&] { streams = n; });
    if (n <= 3) {
      listen(stream, is_hello);
      return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no such tap");
    }
    listen(stream);  // says nothing, as control does that has nothing to offer
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return said.size() >= 2; }));
  client_->stop();
  EXPECT_THAT(said, ElementsAre("without the control plane: no such tap; it is dialled again and again, the policy in "
                                "use stays",
                                "the control plane is back"))
      << "and nothing when it is stopped";
  EXPECT_GE(streams, 4) << "three were refused";
}

TEST_F(PolicyClientTest, SaysOnceThatControlIsAwayAndNothingWhileItServes) {
  std::vector<std::string> said;
  options_.say = [&](const std::string& line) { seen_.note([&] { said.push_back(line); }); };
  control_.session = [&](int, Stream& stream) {
    send(stream, offer_of(1, 5, "p"));
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return heartbeats_.size() > 5; }));
  seen_.note([&] { EXPECT_THAT(said, ElementsAre()); });
  control_.stop();
  ASSERT_TRUE(seen_.wait_for([&] { return said.size() == 1; }));
  control_.start();
  ASSERT_TRUE(seen_.wait_for([&] { return said.size() == 2; }));
  EXPECT_EQ(said[1], "the control plane is back");
}

}  // namespace
}  // namespace glacis::sensor
