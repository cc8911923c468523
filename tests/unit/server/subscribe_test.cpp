// Alerts to the SOC: stored ones by cursor, then live ones, without a gap.
#include <gmock/gmock.h>

#include <condition_variable>
#include <future>
#include <thread>

#include "tests/unit/server/push_client.h"

namespace glacis::control {
namespace {

v1::SubscribeRequest from(uint64_t cursor) {
  v1::SubscribeRequest out;
  out.set_after_cursor(cursor);
  return out;
}

v1::SubscribeRequest following(uint64_t cursor = 0) {
  v1::SubscribeRequest out = from(cursor);
  out.set_follow(true);
  return out;
}

std::vector<v1::Alert> alerts(uint64_t first, uint64_t last) {
  std::vector<v1::Alert> out;
  for (uint64_t i = first; i <= last; ++i) out.push_back(alert(i));
  return out;
}

class Subscriptions : public MemoryControl {
 protected:
  Subscriptions() { start(); }
  void deliver(const std::vector<v1::Alert>& batch) { AlertDelivery(*sensors_).deliver(batch); }
};

TEST_F(Subscriptions, StoredAlertsComeFromTheOldestThenTheStreamEnds) {
  deliver(alerts(1, 3));
  AlertStream stream(*alerts_, from(0));
  for (uint64_t i = 1; i <= 3; ++i) {
    const auto response = stream.next();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->cursor(), i);
    EXPECT_EQ(response->alert().id().sequence(), i);
    EXPECT_EQ(response->lag(), 3 - i);
  }
  EXPECT_FALSE(stream.next().has_value());
  EXPECT_TRUE(stream.finish().ok());
}

TEST_F(Subscriptions, EmptyStoreEndsAtOnce) {
  AlertStream stream(*alerts_, from(0));
  EXPECT_FALSE(stream.next().has_value());
  EXPECT_TRUE(stream.finish().ok());
}

TEST_F(Subscriptions, ResumesAfterItsCursor) {
  deliver(alerts(1, 90));
  AlertStream stream(*alerts_, from(88));
  EXPECT_EQ(stream.cursors(), (std::vector<uint64_t>{89, 90}));
}

TEST_F(Subscriptions, CursorPastTheNewestIsOutOfRange) {
  deliver(alerts(1, 2));
  AlertStream stream(*alerts_, following(3));
  EXPECT_FALSE(stream.next().has_value());
  const grpc::Status status = stream.finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("past the newest alert, 2"));
}

TEST_F(Subscriptions, FiltersByEachOfItsFields) {
  deliver({alert(1, v1::SEVERITY_LOW), alert(2, v1::SEVERITY_HIGH, "never/n-egress"), alert(3, v1::SEVERITY_CRITICAL)});
  AlertDelivery(*sensors_, "core-2").deliver({alert(1, v1::SEVERITY_INFO)});
  const auto cursors = [&](const std::function<void(v1::AlertFilter&)>& set) {
    v1::SubscribeRequest request = from(0);
    set(*request.mutable_filter());
    return AlertStream(*alerts_, request).cursors();
  };
  using Cursors = std::vector<uint64_t>;
  EXPECT_EQ(cursors([](v1::AlertFilter& f) { f.set_min_severity(v1::SEVERITY_HIGH); }), (Cursors{2, 3}));
  EXPECT_EQ(cursors([](v1::AlertFilter& f) { f.add_elements("never/n-egress"); }), (Cursors{2}));
  EXPECT_EQ(cursors([](v1::AlertFilter& f) { f.add_sensors("core-2"); }), (Cursors{4}));
  EXPECT_EQ(cursors([](v1::AlertFilter& f) { f.add_models("other"); }), (Cursors{}));
  EXPECT_EQ(cursors([](v1::AlertFilter& f) {
              f.add_models("web-shop");
              f.add_models("other");
            }),
            (Cursors{1, 2, 3, 4}));
}

TEST_F(Subscriptions, LatestSkipsWhatIsStored) {
  deliver(alerts(1, 5));
  v1::SubscribeRequest request;
  request.set_latest(true);
  request.set_follow(true);
  AlertStream stream(*alerts_, request);
  // At once, without an alert or a tick: whoever resumes after a break needs to know where "now" was.
  const std::optional<v1::SubscribeResponse> sign = stream.next();
  ASSERT_TRUE(sign.has_value());
  EXPECT_FALSE(sign->has_alert());
  EXPECT_EQ(sign->cursor(), 5u);
  deliver({alert(6)});
  auto response = stream.next();
  while (response && !response->has_alert()) response = stream.next();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->cursor(), 6u);
}

TEST_F(Subscriptions, FollowersGetEveryAlertInOrderWhileSensorsDeliver) {
  constexpr uint64_t kSensors = 3, kBatches = 40, kBatch = 25, kAll = kSensors * kBatches * kBatch;
  deliver(alerts(1, 10));
  AlertStream early(*alerts_, following());
  std::vector<std::jthread> threads;
  for (uint64_t sensor = 0; sensor < kSensors; ++sensor) {
    threads.emplace_back([&, sensor] {
      AlertDelivery delivery(*sensors_, "busy-" + std::to_string(sensor));
      for (uint64_t i = 0; i < kBatches; ++i) delivery.deliver(alerts(i * kBatch + 1, (i + 1) * kBatch));
    });
  }
  AlertStream late(*alerts_, following(5));
  for (uint64_t cursor = 1; cursor <= kAll + 10; ++cursor) {
    const auto response = early.next();
    ASSERT_TRUE(response.has_value()) << early.finish().error_message();
    ASSERT_EQ(response->cursor(), cursor);
    ASSERT_TRUE(response->has_alert());
  }
  for (uint64_t cursor = 6; cursor <= kAll + 10; ++cursor) ASSERT_EQ(late.next()->cursor(), cursor);
  threads.clear();
}

TEST_F(Subscriptions, HeartbeatCarriesTheCursorPastAlertsThatAreNotWanted) {
  v1::SubscribeRequest request = following();
  request.mutable_filter()->set_min_severity(v1::SEVERITY_HIGH);
  AlertStream stream(*alerts_, request);
  deliver({alert(1), alert(2, v1::SEVERITY_LOW)});
  ASSERT_EQ(stream.next()->cursor(), 1u);
  uint64_t cursor = 0;
  while (cursor != 2) {  // ticks until the reader has passed the second
    server_->tick();
    const auto heartbeat = stream.next();
    ASSERT_TRUE(heartbeat.has_value());
    ASSERT_FALSE(heartbeat->has_alert());
    cursor = heartbeat->cursor();
  }
}

TEST_F(Subscriptions, ReaderThatFallsBehindIsServedFromTheStore) {
  std::vector<v1::Alert> large = alerts(1, 60);
  for (v1::Alert& a : large) a.set_sentence(std::string(60'000, 's'));
  AlertStream slow(*alerts_, following());
  for (int i = 0; i < 10; ++i) {
    v1::DeliverRequest request;
    AlertDelivery(*sensors_, "core-" + std::to_string(i)).deliver(large);
  }
  EXPECT_EQ(store_->stored(), 600u);
  for (uint64_t cursor = 1; cursor <= 600; ++cursor) {
    const auto response = slow.next();
    ASSERT_TRUE(response.has_value());
    ASSERT_EQ(response->cursor(), cursor);
    ASSERT_EQ(response->alert().sentence().size(), 60'000u);
  }
}

TEST_F(Subscriptions, CancelledAtAnyMomentTheyEndAndTheServerStops) {
  deliver(alerts(1, 3));
  for (int i = 0; i < 200; ++i) {
    AlertStream stream(*alerts_, following());
    for (int read = 0; read < i % 4; ++read) EXPECT_TRUE(stream.next().has_value());
    stream.cancel();
    while (stream.next()) {
    }
    EXPECT_EQ(stream.finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  server_->stop();  // waits for every call: one that never ends fails by the test's time-out
}

// The last write may succeed after the cancellation, and nothing is written after it: a call that
// missed its end here would hold stop() for ever. Seldom, hence the rounds.
TEST_F(Subscriptions, CancelledWhileAHeartbeatIsWrittenTheyEnd) {
  deliver({alert(1)});
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<AlertStream>> followers;
    for (int i = 0; i < 100; ++i) {
      followers.push_back(std::make_unique<AlertStream>(*alerts_, following()));
      ASSERT_TRUE(followers.back()->next().has_value());
    }
    std::thread tick([&] { server_->tick(); });
    for (const auto& follower : followers) follower->cancel();
    tick.join();
    server_->stop();
    followers.clear();
    start();
  }
}

TEST_F(Subscriptions, StopEndsEveryStreamThatWouldNotEndByItself) {
  const Pushed pushed = PushClient(*models_, shipped_model("web-shop.yaml")).run();
  ASSERT_TRUE(pushed.status.ok());
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  ASSERT_TRUE(sensor.policy().has_value());
  RolloutStream watch(*models_, pushed.response.rollout());
  EXPECT_EQ(watch.line(), "core-1 OFFERED");
  AlertDelivery delivery(*sensors_);
  delivery.deliver({alert(1)});
  std::vector<std::unique_ptr<AlertStream>> followers;
  for (int i = 0; i < 20; ++i) {
    followers.push_back(std::make_unique<AlertStream>(*alerts_, following()));
    ASSERT_TRUE(followers.back()->next().has_value());
  }
  server_->stop();
  for (const auto& follower : followers) {
    EXPECT_FALSE(follower->next().has_value());
    EXPECT_FALSE(follower->finish().ok());
  }
  EXPECT_FALSE(sensor.finish().ok());
  while (watch.next()) {
  }
  EXPECT_FALSE(delivery.end().ok());
  server_->stop();  // again is harmless
  server_->tick();
}

// Holds reads and appends until it is opened.
class GatedStore : public MemoryStore {
 public:
  Expected<AlertPage> read(uint64_t after, const AlertQuery& query, size_t most, size_t most_bytes) override {
    pass();
    return MemoryStore::read(after, query, most, most_bytes);
  }
  Expected<void> append(std::span<const AlertRow> rows) override {
    pass();
    return MemoryStore::append(rows);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void wait_until_someone_waits() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
    changed_.notify_all();
  }

 private:
  void pass() {
    std::unique_lock lock(mutex_);
    waiting_ = closed_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    waiting_ = false;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false, waiting_ = false;
};

class GatedControl : public ControlFixture<GatedStore> {
 protected:
  GatedControl() {
    store_ = std::make_unique<GatedStore>();
    start();
  }
  ~GatedControl() override { store_->open(); }
};

TEST_F(GatedControl, SubscriberMayLeaveWhileItsPageIsRead) {
  AlertDelivery(*sensors_).deliver({alert(1)});
  store_->close();
  {
    AlertStream stream(*alerts_, following());
    store_->wait_until_someone_waits();
    stream.cancel();
    EXPECT_FALSE(stream.next().has_value());
    EXPECT_EQ(stream.finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  (void)fleet();  // the same connection: the server has seen the cancellation
  store_->open();
  AlertStream next(*alerts_, from(0));
  EXPECT_EQ(next.cursors(), (std::vector<uint64_t>{1}));
  server_->stop();
}

TEST_F(GatedControl, AlertsAreStoredThoughTheirSensorLeftDuringTheCommit) {
  store_->close();
  {
    AlertDelivery delivery(*sensors_);
    delivery.send({alert(1)});
    store_->wait_until_someone_waits();
  }
  store_->open();
  server_->stop();
  EXPECT_EQ(store_->stored(), 1u);
}

TEST_F(GatedControl, StopWaitsForTheCommitInFlight) {
  store_->close();
  AlertDelivery delivery(*sensors_);
  delivery.send({alert(1)});
  store_->wait_until_someone_waits();
  std::thread stop([&] { server_->stop(); });
  store_->open();
  stop.join();
  EXPECT_EQ(store_->stored(), 1u);
}

}  // namespace
}  // namespace glacis::control
