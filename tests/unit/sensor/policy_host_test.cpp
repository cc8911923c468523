#include "sensor/runtime/policy_host.h"

#include "tests/unit/worker/engine_fixture.h"

namespace glacis::sensor {
namespace {

std::string policy_for(const std::string& tap) {
  v1::Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kPolicyText, &policy));
  policy.set_tap(tap);
  return policy.SerializeAsString();
}

class PolicyHostTest : public EngineTest {
 protected:
  PolicyHostTest() : port_("memory", {}, *pool_, *stamp_, PortId(0), MemoryPort::AfterLast::kStayUp) {
    EngineOptions options;
    options.mode = RunMode::kLive;
    options.flow_slots = 1024;
    options.scanned_flows = 64;
    auto engine = Engine::make(options, {&port_}, heard_);
    if (!engine || !(*engine)->start(generation_of(kPolicyText, 1))) std::abort();
    engine_ = std::move(*engine);
  }
  MemoryPort port_;
  Heard heard_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PolicyHostTest, PolicyForAnotherTapIsRefusedAndNamesBoth) {
  PolicyHost host(*engine_, "t-core", GenerationId(1));
  const auto warmed = host.warm(policy_for("t-dmz"), 2);
  ASSERT_FALSE(warmed);
  ASSERT_EQ(warmed.error().size(), 1U);
  EXPECT_EQ(warmed.error()[0].what, "the policy is for tap 't-dmz', this sensor is on 't-core'");
  EXPECT_EQ(engine_->current()->id(), GenerationId(1));
  engine_->stop();
}

TEST_F(PolicyHostTest, PolicyForItsOwnTapGoesIntoUse) {
  PolicyHost host(*engine_, "t-core", GenerationId(1));
  ASSERT_TRUE(host.warm(policy_for("t-core"), 2));
  EXPECT_EQ(host.activate().generation, 2U);
  EXPECT_EQ(engine_->current()->version(), 2U);
  engine_->stop();
}

}  // namespace
}  // namespace glacis::sensor
