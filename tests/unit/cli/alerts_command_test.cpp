// `glacis alerts` against a control plane in this process.
#include "control/cli/alerts_command.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <thread>

#include "control/cli/command.h"
#include "glacis/v1/soc.grpc.pb.h"
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
  glacis({"alerts", "--element", "data/cards", "--element", "never/n-ws-db", "--model", "web-shop"});
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

TEST_F(AlertsCommand, LatestStartsNowAndResumesAtItsCursor) {
  store(1, 3);
  AlertsWanted wanted;
  wanted.latest = true;
  Follower follower(address(), wanted);
  // The first alert after the subscription, whenever that is, is the first that is shown.
  uint64_t next = 4;
  do {
    deliver(address(), "core-1", {numbered_alert(next)});
    ++next;
  } while (!follower.out.wait_for("happening ", std::chrono::milliseconds(50)) && next < 500);
  restart_with(1'000, 1'000);
  ASSERT_TRUE(follower.out.wait_for("happening 1000.")) << follower.err.text();
  EXPECT_EQ(follower.end(), kExitGood);
  const std::vector<int> shown = happenings(follower.out.text());
  EXPECT_GT(shown.front(), 3);
  for (size_t i = 1; i + 1 < shown.size(); ++i) EXPECT_EQ(shown[i], shown[i - 1] + 1);
  EXPECT_EQ(shown[shown.size() - 2], static_cast<int>(next) - 1);
}

// Answers the first call as it is told and breaks it off; later ones get one alert.
class FlakyAlerts final : public v1::AlertService::Service {
 public:
  explicit FlakyAlerts(uint64_t heartbeat) : heartbeat_(heartbeat) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<v1::SubscribeRequest> requests;  // read it after the follower has ended

 private:
  grpc::Status Subscribe(grpc::ServerContext*, const v1::SubscribeRequest* request,
                         grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
    requests.push_back(*request);
    v1::SubscribeResponse response;
    response.set_cursor(heartbeat_);
    if (requests.size() > 1) response.mutable_alert()->set_sentence("happening 1.");
    if (requests.size() > 1 || heartbeat_ != 0) writer->Write(response);
    return {grpc::StatusCode::UNAVAILABLE, "the store is closed"};
  }
  const uint64_t heartbeat_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(AlertsOfAFlakyServer, StreamThatBreaksBeforeAnythingCameIsTakenUpAgain) {
  for (const bool latest : {false, true}) {
    FlakyAlerts server(0);
    AlertsWanted wanted;
    wanted.count = 1;
    wanted.latest = latest;
    Follower follower(server.address(), wanted);
    EXPECT_EQ(follower.join(), kExitGood) << follower.err.text();
    EXPECT_THAT(follower.err.text(), HasSubstr("(the store is closed)"));
    EXPECT_THAT(follower.err.text(), HasSubstr(latest ? "with what comes from now on" : "going on after cursor 0"));
    ASSERT_EQ(server.requests.size(), 2u);
    EXPECT_EQ(server.requests[1].latest(), latest);
  }
}

TEST(AlertsOfAFlakyServer, HeartbeatIsAPlaceToResume) {
  FlakyAlerts server(7);
  AlertsWanted wanted;
  wanted.count = 1;
  wanted.latest = true;
  Follower follower(server.address(), wanted);
  EXPECT_EQ(follower.join(), kExitGood) << follower.err.text();
  ASSERT_EQ(server.requests.size(), 2u);
  EXPECT_EQ(server.requests[1].after_cursor(), 7u);
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
