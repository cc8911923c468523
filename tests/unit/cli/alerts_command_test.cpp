// `glacis alerts` against a control plane in this process.
#include "control/cli/alerts_command.h"

#include <gmock/gmock.h>

#include <thread>

#include "control/cli/command.h"
#include "tests/unit/cli/control_fixture.h"
#include "tests/unit/cli/scripted_sensor.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::Not;

// Which numbered alerts stand in the text, in order.
std::vector<int> happenings(const std::string& text) {
  std::vector<int> out;
  const std::string word = "happening ";
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    out.push_back(std::stoi(text.substr(at + word.size())));
  }
  return out;
}

// show_alerts() on a thread of its own.
class Follower {
 public:
  Follower(const std::string& address, AlertsWanted wanted) {
    wanted.follow = true;
    thread_ = std::thread([this, address, wanted] {
      auto control = ControlPlane::open({address, "", "", ""});
      Console console{out, err, Colour::kOff};
      code = show_alerts(*control, wanted, stop.get_token(), console);
    });
  }
  ~Follower() { end(); }
  int end() {
    stop.request_stop();
    return join();
  }
  int join() {
    if (thread_.joinable()) thread_.join();
    return code;
  }
  WatchedText out, err;
  std::stop_source stop;
  int code = -1;

 private:
  std::thread thread_;
};

class AlertsCommand : public ControlFixture {
 protected:
  void restart_with(uint64_t from, uint64_t to) {
    stop();
    store(from, to);
    start();
  }
};

TEST_F(AlertsCommand, StoredAlertsFromTheOldestThenItEnds) {
  store(1, 3);
  EXPECT_EQ(glacis({"alerts"}), kExitGood) << err_;
  EXPECT_EQ(happenings(out_), (std::vector{1, 2, 3}));
  EXPECT_THAT(out_, HasSubstr("2026-09-21 14:13:20.000 UTC  LOW       happening 1."));
  EXPECT_EQ(err_, "");
}

TEST_F(AlertsCommand, AfterCountAndFiltersChoose) {
  store(1, 6);
  glacis({"alerts", "--after", "2", "--count", "2"});
  EXPECT_EQ(happenings(out_), (std::vector{3, 4}));
  glacis({"alerts", "--severity", "high"});
  EXPECT_EQ(happenings(out_), (std::vector{2, 4, 6}));
  glacis({"alerts", "--element", "data/cards"});
  EXPECT_EQ(happenings(out_), (std::vector{1, 3, 5}));
  glacis(
      {"alerts", "--element", "data/cards", "--element", "never/n-ws-db", "--model", "web-shop"});
  EXPECT_EQ(happenings(out_).size(), 6u);
  EXPECT_EQ(glacis({"alerts", "--sensor", "edge-1"}), kExitGood);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("no stored alert matches"));
}

TEST_F(AlertsCommand, JsonIsOneObjectALine) {
  store(1, 2);
  EXPECT_EQ(glacis({"alerts", "--json"}), kExitGood);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
  EXPECT_THAT(out_, HasSubstr("{\"cursor\":1,"));
  EXPECT_THAT(out_, HasSubstr("\"sentence\":\"happening 2.\""));
}

TEST_F(AlertsCommand, CursorBeyondTheNewestSaysWhatToDo) {
  EXPECT_EQ(glacis({"alerts", "--after", "99"}), kExitFindings);
  EXPECT_THAT(err_, HasSubstr("cursor 99 is past the newest alert, 0"));
}

TEST_F(AlertsCommand, AwayAtTheStartIsExitThreeAlsoWhenItFollows) {
  stop();
  EXPECT_EQ(glacis({"alerts"}), kExitUnreachable);
  EXPECT_EQ(glacis({"alerts", "--follow"}), kExitUnreachable);
  EXPECT_THAT(err_, HasSubstr("Is glacis-control running"));
}

TEST_F(AlertsCommand, FollowsLiveAlertsUntilItsCount) {
  store(1, 2);
  AlertsWanted wanted;
  wanted.count = 3;
  Follower follower(address(), wanted);
  ASSERT_TRUE(follower.out.wait_for("happening 2.")) << follower.err.text();
  deliver(address(), "core-1", {numbered_alert(3)});
  EXPECT_EQ(follower.join(), kExitGood);
  EXPECT_EQ(happenings(follower.out.text()), (std::vector{1, 2, 3}));
}

TEST_F(AlertsCommand, ResumesOverARestartWithoutGapOrRepeat) {
  store(1, 3);
  AlertsWanted wanted;
  wanted.count = 6;
  Follower follower(address(), wanted);
  ASSERT_TRUE(follower.out.wait_for("happening 3.")) << follower.err.text();
  restart_with(4, 5);
  ASSERT_TRUE(follower.out.wait_for("happening 5.")) << follower.err.text();
  deliver(address(), "core-1", {numbered_alert(6)});
  EXPECT_EQ(follower.join(), kExitGood);
  EXPECT_EQ(happenings(follower.out.text()), (std::vector{1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(follower.err.text(), HasSubstr("is away"));
  EXPECT_THAT(follower.err.text(), HasSubstr("it is back, going on after cursor 3\n"));
}

TEST_F(AlertsCommand, LatestTakesAHeartbeatAsItsPlaceToResume) {
  store(1, 3);
  AlertsWanted wanted;
  wanted.latest = true;
  wanted.count = 2;
  Follower follower(address(), wanted);
  // The first alert after the subscription, whenever that is, is the first that is shown.
  uint64_t next = 4;
  do {
    deliver(address(), "core-1", {numbered_alert(next)});
    ++next;
  } while (!follower.out.wait_for("happening ", std::chrono::milliseconds(50)) && next < 500);
  const std::vector<int> before = happenings(follower.out.text());
  ASSERT_EQ(before.size(), 1u) << follower.err.text();
  EXPECT_GT(before[0], 3);
  restart_with(1'000, 1'000);
  EXPECT_EQ(follower.join(), kExitGood);
  EXPECT_EQ(happenings(follower.out.text()).size(), 2u);
}

TEST_F(AlertsCommand, RestartBeforeAnyAlertIsWaitedForToo) {
  AlertsWanted wanted;
  wanted.count = 1;
  Follower follower(address(), wanted);
  do {
    server_->tick();  // a heartbeat is all that comes
    stop();
    start();
  } while (!follower.err.wait_for("it is back", std::chrono::milliseconds(100)));
  deliver(address(), "core-1", {numbered_alert(1)});
  EXPECT_EQ(follower.join(), kExitGood);
  EXPECT_EQ(happenings(follower.out.text()), (std::vector{1}));
}

TEST_F(AlertsCommand, StopEndsItWithZeroWhileItFollowsAndWhileItWaits) {
  store(1, 1);
  Follower following(address(), {});
  ASSERT_TRUE(following.out.wait_for("happening 1."));
  EXPECT_EQ(following.end(), kExitGood);
  Follower waiting(address(), {});
  ASSERT_TRUE(waiting.out.wait_for("happening 1."));
  stop();
  ASSERT_TRUE(waiting.err.wait_for("is away"));
  EXPECT_EQ(waiting.end(), kExitGood);
}

TEST_F(AlertsCommand, OutputThatCannotBeWrittenEndsItAndNamesTheCursor) {
  store(1, 3);
  auto control = ControlPlane::open({address(), "", "", ""});
  std::ofstream full("/dev/full");
  std::ostringstream err;
  Console console{full, err, Colour::kOff};
  EXPECT_EQ(show_alerts(*control, {}, {}, console), kExitUsage);
  EXPECT_THAT(err.str(), HasSubstr("go on with --after 0"));
}

}  // namespace
}  // namespace glacis::control
