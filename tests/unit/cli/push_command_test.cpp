// `glacis push` against a control plane in this process.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include <sstream>

#include "control/cli/command.h"
#include "glacis/v1/model.pb.h"
#include "tests/unit/cli/control_fixture.h"
#include "tests/unit/cli/scripted_sensor.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::Not;

class PushCommand : public ControlFixture {
 protected:
  std::unique_ptr<ScriptedSensor> sensor(const std::string& name, PolicyAnswer answer) {
    auto out = std::make_unique<ScriptedSensor>(address(), name, "t-core", answer);
    EXPECT_TRUE(log_.wait_for("sensor " + name + " is here")) << log_.text();
    return out;
  }
};

TEST_F(PushCommand, AcceptedModelIsWatchedUntilItIsActive) {
  const auto core = sensor("core-1", PolicyAnswer::kActivate);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood) << err_;
  EXPECT_THAT(out_, HasSubstr("model 'web-shop' version 1 accepted, 1 element not enforced yet"));
  EXPECT_THAT(out_, HasSubstr("  t-core    policy 1 ("));
  EXPECT_THAT(out_, HasSubstr("core-1  t-core    OFFERED     policy 1 ("));
  EXPECT_THAT(out_, HasSubstr("core-1  t-core    WARMED      in 41 ms\n"));
  EXPECT_THAT(out_, HasSubstr("ACTIVE      0 packets lost, longest worker pause 0.2 ms\n"));
  EXPECT_THAT(out_, HasSubstr("active on 1 sensor\n"));
  EXPECT_EQ(err_, "");
}

TEST_F(PushCommand, RefusalOfASensorIsExitOneWithEveryReason) {
  const auto core = sensor("core-1", PolicyAnswer::kReject);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml")}), kExitFindings);
  EXPECT_THAT(out_, HasSubstr("REJECTED    features: unknown feature 'apps'\n"));
  EXPECT_THAT(out_, HasSubstr("too many patterns\n"));
}

TEST_F(PushCommand, AwaySensorGetsItLaterAndIsNoFailure) {
  sensor("core-1", PolicyAnswer::kActivate).reset();
  ASSERT_TRUE(log_.wait_for("sensor core-1 is gone"));
  EXPECT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood);
  EXPECT_THAT(out_, HasSubstr("AWAY        gets it when it comes back\n"));
}

TEST_F(PushCommand, SensorThatNeverAnswersIsNamedWhenTheTimeIsOver) {
  const auto core = sensor("core-1", PolicyAnswer::kNothing);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--wait", "1"}), kExitFindings);
  EXPECT_THAT(out_, HasSubstr("core-1  t-core    OFFERED"));
  EXPECT_THAT(err_, HasSubstr("not over after 1 s; no answer yet from core-1\n"));
  EXPECT_THAT(err_, HasSubstr("glacis status shows who runs the model"));
}

TEST_F(PushCommand, WaitWantsSecondsOrNothing) {
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--wait", "0"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--wait is 1 to 86400 seconds (or --no-wait)"));
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--wait", "5", "--no-wait"}), kExitUsage);
}

TEST_F(PushCommand, NoWaitEndsWithTheAnswer) {
  const auto core = sensor("core-1", PolicyAnswer::kNothing);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--no-wait"}), kExitGood);
  EXPECT_THAT(out_, HasSubstr("version 1 accepted"));
  EXPECT_THAT(out_, Not(HasSubstr("OFFERED")));
}

TEST_F(PushCommand, SameModelAgainSaysSo) {
  ASSERT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood);
  EXPECT_THAT(out_, HasSubstr("unchanged: model 'web-shop' version 1 has these bytes already"));
}

TEST_F(PushCommand, DryRunSaysWhatWouldBeAndChangesNothing) {
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--dry-run"}), kExitGood);
  EXPECT_THAT(out_, HasSubstr("dry run, nothing changed: model 'web-shop' would become version 1"));
  EXPECT_TRUE(store_.load()->models.empty());
  ASSERT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--dry-run"}), kExitGood);
  EXPECT_THAT(out_, HasSubstr("version 1 has these bytes already"));
  EXPECT_EQ(glacis({"push", model("web-shop-next.yaml"), "--dry-run"}), kExitGood);
  EXPECT_THAT(out_, HasSubstr("would become version 2"));
}

TEST_F(PushCommand, ReasonIsKeptAndWrongBaseSaysWhatToDo) {
  ASSERT_EQ(glacis({"push", model("web-shop.yaml"), "--reason", "first"}), kExitGood);
  EXPECT_EQ(store_.load()->models.at(0).reason, "first");
  EXPECT_EQ(glacis({"push", model("web-shop-next.yaml"), "--base", "7"}), kExitFindings);
  EXPECT_THAT(out_, HasSubstr("'web-shop' is at version 1, not 7"));
  EXPECT_THAT(err_, HasSubstr("refused, nothing changed"));
  EXPECT_THAT(err_, HasSubstr("--base"));
  EXPECT_EQ(glacis({"push", model("web-shop-next.yaml"), "--base", "1"}), kExitGood);
}

TEST_F(PushCommand, ConflictWithAnotherModelNamesBothAndSaysWhatToDo) {
  ASSERT_EQ(glacis({"push", model("web-shop.yaml")}), kExitGood);
  const std::string other = write("other.yaml",
                                  "glacis: 1\nmodel: {id: other, title: Other, stage: live, owner: nia}\n"
                                  "zones:\n  staff: {trust: 40, addr: 10.1.0.0/16}\n");
  EXPECT_EQ(glacis({"push", other}), kExitFindings) << out_ << err_;
  EXPECT_THAT(out_, HasSubstr("[composition]"));
  EXPECT_THAT(out_, HasSubstr("web-shop"));
  EXPECT_THAT(err_, HasSubstr("does not fit another active model"));
}

TEST_F(PushCommand, InvalidModelShowsEveryFaultAsCheckDoesHoweverMany) {
  std::string text = "glacis: 1\nmodel: {id: m, owner: ada}\nzones:\n";
  for (int i = 0; i < 100; ++i) text += "  z" + std::to_string(i) + ": {trsut: 40, addr: 10.1.0.0/16}\n";
  const std::string file = write("m.yaml", text);
  EXPECT_EQ(glacis({"push", file}), kExitFindings);
  const std::string pushed = out_;
  std::ostringstream out, err;
  Console console{out, err, Colour::kOff};
  EXPECT_EQ(run_program({"check", file}, console), kExitFindings);
  EXPECT_EQ(pushed, out.str());
  EXPECT_THAT(pushed, HasSubstr("m.yaml:103:"));
}

TEST_F(PushCommand, FilesOfMoreThanOnePieceArriveWhole) {
  std::string text;
  std::ifstream in(model("web-shop.yaml"));
  for (std::string line; std::getline(in, line);) text += line + "\n";
  while (text.size() < 600'000) text += "# " + std::string(1'000, 'x') + "\n";
  EXPECT_EQ(glacis({"push", write("web-shop.yaml", text)}), kExitGood) << err_;
  EXPECT_EQ(store_.load()->models.at(0).files.at(0).text, text);
}

TEST_F(PushCommand, JsonIsTheResponseThenEachEvent) {
  const auto core = sensor("core-1", PolicyAnswer::kActivate);
  EXPECT_EQ(glacis({"push", model("web-shop.yaml"), "--json"}), kExitGood);
  std::istringstream lines(out_);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  v1::PushModelResponse response;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &response).ok()) << line;
  EXPECT_TRUE(response.accepted());
  v1::WatchRolloutResponse event;
  while (std::getline(lines, line)) {
    event.Clear();
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &event).ok()) << line;
  }
  EXPECT_EQ(event.state(), v1::ROLLOUT_STATE_ACTIVE);
  EXPECT_EQ(glacis({"push", write("bad.yaml", "zonez: 1\n"), "--json"}), kExitFindings);
  EXPECT_THAT(out_, HasSubstr("\"accepted\":false"));
}

TEST_F(PushCommand, FailingStoreIsNotCalledAway) {
  store_.set_fault(Error{"database or disk is full", "control.db", ""});
  EXPECT_EQ(glacis({"push", model("web-shop.yaml")}), kExitUnreachable);
  EXPECT_THAT(err_, HasSubstr("cannot do this now: control.db: database or disk is full"));
  EXPECT_THAT(err_, Not(HasSubstr("is away")));
}

TEST_F(PushCommand, AwayControlPlaneSaysWhatToDo) {
  stop();
  EXPECT_EQ(glacis({"push", model("web-shop.yaml")}), kExitUnreachable);
  EXPECT_THAT(err_, HasSubstr("the control plane at " + address() + " is away: No such file or directory\n"));
  EXPECT_THAT(err_, HasSubstr("Is glacis-control running"));
  EXPECT_THAT(err_, HasSubstr("--control"));
  EXPECT_THAT(err_, HasSubstr("GLACIS_CONTROL"));
  EXPECT_EQ(out_, "");
}

TEST_F(PushCommand, UnreadableModelIsAUsageError) {
  EXPECT_EQ(glacis({"push", path("absent.yaml")}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("absent.yaml"));
}

}  // namespace
}  // namespace glacis::control
