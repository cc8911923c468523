#include "control/cli/rollout_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "glacis/v1/model.pb.h"
#include "tests/unit/cli/hostile_text.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;

v1::WatchRolloutResponse event(const std::string& sensor, v1::RolloutState state) {
  v1::WatchRolloutResponse out;
  out.set_sensor(sensor);
  out.set_tap("t-core");
  out.set_state(state);
  out.set_version(4);
  out.set_digest("\x01\x02\x03\x04\x05");
  out.set_warm_ns(41'000'000);
  out.set_longest_pause_ns(200'000);
  return out;
}

struct Shown {
  std::ostringstream out, err;
  Console console{out, err, Colour::kOff};
  RolloutText text{6, console};
};

TEST(RolloutText, OneLineForEachStepOfASensor) {
  Shown shown;
  shown.text.print(event("core-1", v1::ROLLOUT_STATE_OFFERED));
  EXPECT_FALSE(shown.text.active_everywhere());
  shown.text.print(event("core-1", v1::ROLLOUT_STATE_WARMED));
  shown.text.print(event("core-1", v1::ROLLOUT_STATE_ACTIVE));
  shown.text.print_summary();
  EXPECT_EQ(shown.out.str(),
            "  core-1  t-core    OFFERED     policy 4 (01020304)\n"
            "  core-1  t-core    WARMED      in 41 ms\n"
            "  core-1  t-core    ACTIVE      0 packets lost, longest worker pause 0.2 ms\n"
            "active on 1 sensor\n");
  EXPECT_TRUE(shown.text.active_everywhere());
}

TEST(RolloutText, RefusalHasEveryReasonOnALine) {
  Shown shown;
  v1::WatchRolloutResponse refused = event("core-1", v1::ROLLOUT_STATE_REJECTED);
  refused.add_errors("features: unknown feature 'apps'");
  refused.add_errors("too many patterns");
  shown.text.print(refused);
  shown.text.print_summary();
  EXPECT_EQ(shown.out.str(),
            "  core-1  t-core    REJECTED    features: unknown feature 'apps'\n"
            "                                too many patterns\n"
            "active on 0 sensors, refused by 1\n");
  EXPECT_FALSE(shown.text.active_everywhere());
}

TEST(RolloutText, AwayIsNoFailureButSupersededIs) {
  Shown shown;
  shown.text.print(event("core-1", v1::ROLLOUT_STATE_AWAY));
  EXPECT_TRUE(shown.text.active_everywhere());
  shown.text.print(event("core-2", v1::ROLLOUT_STATE_SUPERSEDED));
  EXPECT_FALSE(shown.text.active_everywhere());
  EXPECT_THAT(shown.out.str(), HasSubstr("AWAY        gets it when it comes back"));
}

TEST(RolloutText, SensorThatRunsItAlreadyLostNothingAndSwappedNothing) {
  Shown shown;
  shown.text.print(event("core-1", v1::ROLLOUT_STATE_ACTIVE));
  EXPECT_THAT(shown.out.str(), HasSubstr("ACTIVE      runs it already"));
}

TEST(RolloutText, UnknownStatesAndNoSensorsAreSaid) {
  Shown shown;
  shown.text.print_summary();
  EXPECT_THAT(shown.out.str(), HasSubstr("no sensor is known yet"));
  shown.text.print(event("core-1", static_cast<v1::RolloutState>(77)));
  EXPECT_THAT(shown.out.str(), HasSubstr("does not know"));
}

TEST(RolloutText, NothingFromThePeerReachesTheTerminal) {
  Shown shown;
  for (int state = v1::RolloutState_MIN; state <= v1::RolloutState_MAX; ++state) {
    v1::WatchRolloutResponse hostile;
    fill_hostile(hostile);
    hostile.set_state(static_cast<v1::RolloutState>(state));
    shown.text.print(hostile);
  }
  v1::PushModelResponse response;
  fill_hostile(response);
  print_accepted("headline", response, shown.out);
  print_text(diagnostics_of(response), {}, Colour::kOff, shown.out);
  EXPECT_THAT(shown.out.str(), HasSubstr("\\x1b[31m"));
  EXPECT_EQ(terminal_fault(shown.out.str()), "");
}

}  // namespace
}  // namespace glacis::control
