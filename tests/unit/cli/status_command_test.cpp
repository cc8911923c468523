// `glacis status` against a control plane in this process.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "control/cli/command.h"
#include "glacis/v1/sensor.pb.h"
#include "tests/unit/cli/control_fixture.h"
#include "tests/unit/cli/scripted_sensor.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;

class StatusCommand : public ControlFixture {};

TEST_F(StatusCommand, ShowsSensorsAndModels) {
  v1::Heartbeat heartbeat;
  heartbeat.set_health(v1::HEALTH_DEGRADED);
  heartbeat.add_reasons("port tap1 is down");
  const ScriptedSensor core(address(), "core-1", "t-core", PolicyAnswer::kActivate, heartbeat);
  ASSERT_TRUE(log_.wait_for("sensor core-1 is here"));
  ASSERT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood) << err_;
  store(1, 3);
  EXPECT_EQ(glacis({"status"}), kExitGood) << err_;
  EXPECT_THAT(out_, HasSubstr("core-1  t-core  degraded"));
  EXPECT_THAT(out_, HasSubstr("    degraded: port tap1 is down\n"));
  EXPECT_THAT(out_, HasSubstr("1 of 1 sensor connected, 3 alert revisions stored\n"));
  EXPECT_THAT(out_, HasSubstr("local      2026-09-21 14:13  web-shop.yaml\n"));
}

TEST_F(StatusCommand, JsonIsOneObject) {
  ASSERT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood);
  EXPECT_EQ(glacis({"status", "--json"}), kExitGood);
  google::protobuf::Struct object;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out_, &object).ok()) << out_;
  EXPECT_EQ(object.fields().at("stored_alerts").string_value(), "0");
  EXPECT_TRUE(object.fields().contains("sensors"));
  EXPECT_EQ(object.fields().at("models").list_value().values_size(), 1);
}

TEST_F(StatusCommand, AwayIsExitThree) {
  stop();
  EXPECT_EQ(glacis({"status"}), kExitUnreachable);
  EXPECT_THAT(err_, HasSubstr("is away"));
  EXPECT_THAT(err_, HasSubstr("Is glacis-control running"));
}

}  // namespace
}  // namespace glacis::control
