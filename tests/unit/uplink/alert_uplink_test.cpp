// The uplink over real gRPC, against a control plane that does what the test says.
#include "sensor/alert/alert_uplink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "glacis/v1/alert.pb.h"
#include "sensor/alert/delivery_ledger.h"
#include "sensor/policy/channel.h"
#include "tests/fakes/scripted_control.h"
#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

using testing::Each;
using testing::HasSubstr;
using Stream = ScriptedControl::DeliverStream;
using Sequences = std::vector<uint64_t>;

const grpc::Status kUnavailable(grpc::StatusCode::UNAVAILABLE, "restarting");

Sequences count(uint64_t from, uint64_t to) {
  Sequences out;
  for (uint64_t i = from; i <= to; ++i) out.push_back(i);
  return out;
}

class AlertUplinkTest : public testing::Test {
 protected:
  AlertUplinkTest() {
    options_.sensor = "edge-1";
    options_.first_wait_ms = 1;
    options_.longest_wait_ms = 5;
    SpoolOptions spool;
    spool.directory = folder_.path() + "/spool";
    auto opened = Spool::open(spool, files_, 1, 1);
    if (!opened) std::abort();
    spool_ = std::move(*opened);
  }
  ~AlertUplinkTest() override {
    uplink_.reset();
    control_.stop();
  }
  void append(uint64_t alerts, size_t bytes = 0) {
    v1::Alert alert;
    for (uint64_t i = 0; i < alerts; ++i) {
      alert.set_key("alert" + std::string(bytes, 'x'));
      spool_->append(alert.SerializeAsString());
    }
    if (uplink_) uplink_->wake();
  }
  void dial() {
    auto channel = open_channel({control_.address(), "", "", ""});
    if (!channel) std::abort();
    uplink_ = std::make_unique<AlertUplink>(options_, *spool_, *channel);
    uplink_->start();
  }
  void start() {
    control_.start();
    dial();
  }
  // One request, noted; false: the stream is over.
  bool read(int stream, Stream& from) {
    v1::DeliverRequest request;
    if (!from.Read(&request)) return false;
    seen_.note([&] {
      requests_.push_back(request);
      for (const v1::Alert& alert : request.alerts()) received_[stream].push_back(alert.id().sequence());
    });
    return true;
  }
  void acknowledge(Stream& to, uint64_t sequence) { acknowledge(to, sequence, spool_->id()); }
  static void acknowledge(Stream& to, uint64_t sequence, const std::string& spool) {
    v1::DeliverResponse response;
    response.set_spool(spool);
    response.set_committed(sequence);
    to.Write(response);
  }
  // Commits and acknowledges each request, as control should.
  grpc::Status obey(int n, Stream& stream) {
    while (read(n, stream)) {
      const auto last = seen_.read([this] { return requests_.back().alerts().rbegin()->id().sequence(); });
      acknowledge(stream, last);
    }
    return grpc::Status::OK;
  }
  bool all_acknowledged() {
    return comes_true([this] { return spool_->counters().held == 0; });
  }
  Sequences received(int stream) {
    return seen_.read([&] { return received_[stream]; });
  }

  TemporaryFolder folder_;
  FaultyFiles files_;
  std::unique_ptr<Spool> spool_;
  ScriptedControl control_{folder_.path()};
  UplinkOptions options_;
  std::unique_ptr<AlertUplink> uplink_;
  Happened seen_;
  std::vector<v1::DeliverRequest> requests_;
  std::map<int, Sequences> received_;
};

TEST_F(AlertUplinkTest, SendsInBatchesOfAHundredWithSensorSpoolAndSequence) {
  append(250);
  control_.deliver = [this](int n, Stream& stream) { return obey(n, stream); };
  start();
  ASSERT_TRUE(all_acknowledged());
  EXPECT_EQ(received(1), count(1, 250));
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(requests_[0].alerts_size(), 100);
  for (const v1::DeliverRequest& request : requests_) {
    EXPECT_EQ(request.sensor(), "edge-1");
    EXPECT_EQ(request.spool(), spool_->id());
    for (const v1::Alert& alert : request.alerts()) {
      EXPECT_EQ(alert.id().sensor(), "edge-1");
      EXPECT_EQ(alert.id().spool(), spool_->id());
      EXPECT_EQ(alert.key(), "alert");
    }
  }
  const UplinkCounters counters = uplink_->counters();
  EXPECT_EQ(counters.sent, 250U);
  EXPECT_EQ(counters.batches, 3U);
  EXPECT_EQ(counters.streams, 1U);
  EXPECT_TRUE(counters.connected);
}

TEST_F(AlertUplinkTest, LargeAlertsGoInRequestsOfAboutAMebibyte) {
  append(10, 300'000);
  control_.deliver = [this](int n, Stream& stream) { return obey(n, stream); };
  start();
  ASSERT_TRUE(all_acknowledged());
  EXPECT_EQ(received(1), count(1, 10));
  for (const v1::DeliverRequest& request : requests_) EXPECT_LE(request.ByteSizeLong(), (1U << 20) + 1'000);
}

TEST_F(AlertUplinkTest, SendsWhatComesLater) {
  control_.deliver = [this](int n, Stream& stream) { return obey(n, stream); };
  start();
  for (uint64_t i = 1; i <= 5; ++i) {
    append(1);
    ASSERT_TRUE(all_acknowledged());
    ASSERT_EQ(received(1), count(1, i));
  }
}

TEST_F(AlertUplinkTest, OneAcknowledgementIsForAllBeforeIt) {
  append(250);
  control_.deliver = [this](int n, Stream& stream) {
    while (received(n).size() < 250 && read(n, stream)) {
    }
    acknowledge(stream, 250);
    while (read(n, stream)) {
    }
    return grpc::Status::OK;
  };
  start();
  EXPECT_TRUE(all_acknowledged());
}

TEST_F(AlertUplinkTest, AfterABreakWhatIsNotAcknowledgedIsSentAgainUnderItsSequence) {
  append(250);
  control_.deliver = [this](int n, Stream& stream) {
    if (n > 1) return obey(n, stream);
    while (received(n).size() < 250 && read(n, stream)) {
    }
    acknowledge(stream, 120);
    return kUnavailable;
  };
  start();
  ASSERT_TRUE(all_acknowledged());
  EXPECT_EQ(received(1), count(1, 250));
  EXPECT_EQ(received(2), count(121, 250));
  EXPECT_EQ(uplink_->counters().sent, 380U);
  EXPECT_EQ(uplink_->counters().last_error, "delivery of alerts ended: restarting");
}

TEST_F(AlertUplinkTest, WithoutAnyAcknowledgementEverythingIsSentAgain) {
  append(30);
  control_.deliver = [this](int n, Stream& stream) {
    if (n > 3) return obey(n, stream);
    while (received(n).size() < 30 && read(n, stream)) {
    }
    return kUnavailable;
  };
  start();
  ASSERT_TRUE(all_acknowledged());
  for (int n = 1; n <= 4; ++n) EXPECT_EQ(received(n), count(1, 30)) << n;
}

TEST_F(AlertUplinkTest, WhatControlAlreadyHasFromAnEarlierStreamMayBeAcknowledgedAtOnce) {
  append(250);
  control_.deliver = [this](int n, Stream& stream) {
    while (received(1).size() < 250 && read(n, stream)) {
    }
    if (n == 1) return kUnavailable;
    acknowledge(stream, 250);
    while (read(n, stream)) {
    }
    return grpc::Status::OK;
  };
  start();
  EXPECT_TRUE(all_acknowledged());
}

TEST_F(AlertUplinkTest, AcknowledgementsOfAnotherSpoolOrBackwardsCountForNothing) {
  append(10);
  control_.deliver = [this](int n, Stream& stream) {
    while (received(n).size() < 10 && read(n, stream)) {
    }
    acknowledge(stream, 10, "another");
    acknowledge(stream, 10, "");
    acknowledge(stream, 4);
    acknowledge(stream, 2);
    acknowledge(stream, 0);
    acknowledge(stream, 5);
    while (read(n, stream)) {
    }
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(comes_true([this] { return spool_->counters().held <= 5; }));
  EXPECT_EQ(spool_->counters().held, 5U);
}

TEST_F(AlertUplinkTest, AnAcknowledgementBeyondWhatWasSentIsForWhatWasSent) {
  append(20, 900'000);  // each its own request; control reads one, so that not all of them get onto the wire
  control_.deliver = [this](int n, Stream& stream) {
    if (!read(n, stream)) return grpc::Status::OK;
    acknowledge(stream, 20);
    control_.hold();
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(comes_true([this] { return spool_->counters().held < 20; }));
  const uint64_t sent = uplink_->counters().sent;
  EXPECT_GE(spool_->counters().held + sent + 1, 20U) << "alerts that were never sent are forgotten";
  EXPECT_GT(spool_->counters().held, 0U);
}

TEST_F(AlertUplinkTest, FindsControlThatIsStartedLaterAndLosesNothing) {
  append(50);
  control_.deliver = [this](int n, Stream& stream) { return obey(n, stream); };
  dial();
  ASSERT_TRUE(comes_true([this] { return uplink_->counters().streams >= 3; }));
  EXPECT_FALSE(uplink_->counters().connected);
  EXPECT_EQ(spool_->counters().held, 50U);
  control_.start();
  ASSERT_TRUE(all_acknowledged());
  EXPECT_EQ(received(1), count(1, 50));
}

TEST_F(AlertUplinkTest, ControlThatRefusesEveryStreamIsDialledAgainAndNothingIsLost) {
  append(10);
  control_.deliver = [](int, Stream&) { return kUnavailable; };
  start();
  ASSERT_TRUE(comes_true([this] { return uplink_->counters().streams >= 5; }));
  EXPECT_EQ(spool_->counters().held, 10U);
  EXPECT_FALSE(uplink_->counters().connected);
}

TEST_F(AlertUplinkTest, SlowControlIsWaitedForWithoutRepeating) {
  append(150);
  control_.deliver = [this](int n, Stream& stream) {
    while (received(n).size() < 300 && read(n, stream)) {
    }
    control_.hold();
    acknowledge(stream, 300);
    while (read(n, stream)) {
    }
    return grpc::Status::OK;
  };
  start();
  append(150);
  ASSERT_TRUE(seen_.wait_for([this] { return received_[1].size() == 300; }));
  EXPECT_EQ(spool_->counters().held, 300U);
  control_.release();
  ASSERT_TRUE(all_acknowledged());
  EXPECT_EQ(received(1), count(1, 300));
  EXPECT_EQ(uplink_->counters().streams, 1U);
}

TEST_F(AlertUplinkTest, AStreamOnWhichNothingIsAcknowledgedIsGivenUp) {
  options_.answer_wait_ms = 500;  // a write that takes as long is given up for another reason
  append(10);
  control_.deliver = [this](int n, Stream& stream) {
    if (n > 2) return obey(n, stream);
    while (read(n, stream)) acknowledge(stream, 10, "another");  // an answer, and no news
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(comes_true([this] { return uplink_->counters().streams >= 3; }));
  EXPECT_EQ(received(2), count(1, 10));
  EXPECT_EQ(uplink_->counters().last_error, "delivery of alerts ended: control acknowledges nothing");
}

TEST_F(AlertUplinkTest, ControlThatNeverReadsIsGivenUpAndNothingIsLost) {
  options_.answer_wait_ms = 50;
  append(20, 900'000);
  control_.deliver = [this](int n, Stream& stream) {
    if (n > 1) return obey(n, stream);
    control_.hold();
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(comes_true([this] {
    return uplink_->counters().last_error == "delivery of alerts ended: control is there and does not read";
  }));
  options_.answer_wait_ms = 30'000;
  uplink_.reset();
  dial();
  ASSERT_TRUE(all_acknowledged());
}

// Answers are waited for from the moment on at which there is something to answer.
TEST_F(AlertUplinkTest, AnIdleStreamLongerThanThePatienceIsStillGood) {
  options_.answer_wait_ms = 1'500;
  control_.deliver = [this](int n, Stream& stream) { return obey(n, stream); };
  start();
  append(1);
  ASSERT_TRUE(all_acknowledged());
  const auto idle_until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'600);
  ASSERT_TRUE(comes_true([&] { return std::chrono::steady_clock::now() > idle_until; }));
  append(1);
  ASSERT_TRUE(all_acknowledged());
  EXPECT_EQ(received(1), count(1, 2));
  EXPECT_EQ(uplink_->counters().streams, 1U);
}

TEST_F(AlertUplinkTest, RecordsThatAreNoAlertsArePassedOverCountedOnceAndForgotten) {
  spool_->append("\xff\xff no alert");
  append(3);
  spool_->append("\xff\xff");
  control_.deliver = [this](int n, Stream& stream) {
    if (n > 1) return obey(n, stream);
    (void)read(n, stream);
    return kUnavailable;
  };
  start();
  ASSERT_TRUE(all_acknowledged()) << "the last record is none that control could acknowledge";
  EXPECT_EQ(received(2), count(2, 4));
  EXPECT_EQ(uplink_->counters().unreadable, 2U);
  spool_->append("\xff");
  uplink_->wake();
  EXPECT_TRUE(all_acknowledged()) << "nothing before it is waited for";
}

TEST_F(AlertUplinkTest, StopWaitsForWhatIsUnderWay) {
  append(50);
  control_.deliver = [this](int n, Stream& stream) {
    while (received(n).size() < 50 && read(n, stream)) {
    }
    control_.hold();
    acknowledge(stream, 50);
    while (read(n, stream)) {
    }
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([this] { return received_[1].size() == 50; }));
  std::thread stopping([this] { uplink_->stop(60'000); });
  control_.release();
  stopping.join();
  EXPECT_EQ(spool_->counters().held, 0U);
}

TEST_F(AlertUplinkTest, StopDialsAtOnceWhenTheNextAttemptIsFarAway) {
  options_.first_wait_ms = options_.longest_wait_ms = 600'000;
  append(3);
  control_.deliver = [this](int n, Stream& stream) { return obey(n, stream); };
  dial();
  ASSERT_TRUE(comes_true([this] { return !uplink_->counters().last_error.empty(); })) << "nobody is there yet";
  control_.start();
  uplink_->stop(60'000);
  EXPECT_EQ(spool_->counters().held, 0U);
}

TEST_F(AlertUplinkTest, StopGivesUpWhatNobodyTakes) {
  append(50);
  dial();
  uplink_->stop(1);
  EXPECT_EQ(spool_->counters().held, 50U);
  uplink_->stop(1);
}

TEST(DeliveryLedger, BelievesNothingThatWasNotSent) {
  DeliveryLedger ledger;
  EXPECT_EQ(ledger.committed("a", 5), 0U);
  EXPECT_EQ(ledger.taken("a", 10, 10), 0U);
  EXPECT_TRUE(ledger.outstanding());
  EXPECT_EQ(ledger.committed("b", 10), 0U);
  EXPECT_EQ(ledger.committed("a", 4), 4U);
  EXPECT_EQ(ledger.committed("a", 4), 0U) << "no news";
  EXPECT_EQ(ledger.committed("a", 3), 0U);
  EXPECT_EQ(ledger.committed("a", UINT64_MAX), 10U);
  EXPECT_FALSE(ledger.outstanding());
}

TEST(DeliveryLedger, WhatIsPassedOverIsDoneWithWhenAllBeforeItIs) {
  DeliveryLedger ledger;
  EXPECT_EQ(ledger.taken("a", 2, 0), 2U) << "nothing was sent";
  EXPECT_EQ(ledger.taken("a", 6, 5), 0U);
  EXPECT_EQ(ledger.committed("a", 4), 4U);
  EXPECT_EQ(ledger.taken("a", 8, 0), 0U);
  EXPECT_EQ(ledger.committed("a", 5), 8U);
  EXPECT_EQ(ledger.read("a"), 8U);
  EXPECT_EQ(ledger.read("b"), 0U);
}

TEST(DeliveryLedger, SendingAgainTakesNothingBack) {
  DeliveryLedger ledger;
  (void)ledger.taken("a", 10, 10);
  (void)ledger.taken("b", 3, 3);
  EXPECT_EQ(ledger.committed("a", 7), 7U);
  EXPECT_EQ(ledger.taken("a", 8, 8), 0U);
  EXPECT_EQ(ledger.committed("a", 10), 10U) << "it was sent on an earlier stream";
  EXPECT_TRUE(ledger.outstanding()) << "of the other spool";
}

}  // namespace
}  // namespace glacis::sensor
