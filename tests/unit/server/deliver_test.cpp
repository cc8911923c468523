// Alerts from sensors: acknowledged after the commit, stored once.
#include <gmock/gmock.h>

#include "control/store/sqlite_store.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/server/control_fixture.h"

namespace glacis::control {
namespace {

class Deliveries : public MemoryControl {
 protected:
  Deliveries() { start(); }
};

TEST_F(Deliveries, AlertsAreStoredUnderTheSensorThatSentThem) {
  AlertDelivery delivery(*sensors_);
  delivery.deliver({alert(1), alert(2)});
  EXPECT_TRUE(delivery.end().ok());
  const auto page = store_->read(0, {}, 10, 1 << 20);
  ASSERT_EQ(page->alerts.size(), 2u);
  v1::Alert stored;
  ASSERT_TRUE(stored.ParseFromString(page->alerts[1].bytes));
  EXPECT_EQ(stored.id().sensor(), "core-1");
  EXPECT_EQ(stored.id().spool(), "s1");
  EXPECT_EQ(stored.id().sequence(), 2u);
}

TEST_F(Deliveries, WhatIsSentAgainIsStoredOnce) {
  {
    AlertDelivery first(*sensors_);
    first.deliver({alert(1), alert(2), alert(3)});
  }
  AlertDelivery again(*sensors_);
  again.deliver({alert(2), alert(3), alert(4)});
  again.deliver({alert(1), alert(2)});
  EXPECT_EQ(store_->stored(), 4u);
  again.deliver({alert(1)}, "s2");
  AlertDelivery other(*sensors_, "core-2");
  other.deliver({alert(1)});
  EXPECT_EQ(store_->stored(), 6u);
  EXPECT_EQ(fleet().stored_alerts(), 6u);
}

TEST_F(Deliveries, EachSpoolIsAcknowledgedForItself) {
  AlertDelivery delivery(*sensors_);
  delivery.deliver({alert(57)}, "s1");
  delivery.send({}, "s2");
  const auto answer = delivery.answer();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->spool(), "s2");
  EXPECT_EQ(answer->committed(), 0u) << "of s2 nothing is stored";
}

TEST_F(Deliveries, StoreThatFailsAcknowledgesNothing) {
  AlertDelivery delivery(*sensors_);
  delivery.deliver({alert(1)});
  store_->set_fault(Error{"database or disk is full", "control.db", ""});
  delivery.send({alert(2)});
  EXPECT_FALSE(delivery.answer().has_value());
  const grpc::Status status = delivery.end();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("disk is full"));
  EXPECT_EQ(store_->stored(), 1u);
  store_->set_fault(std::nullopt);
  AlertDelivery again(*sensors_);
  again.deliver({alert(1), alert(2)});
  EXPECT_EQ(store_->stored(), 2u);
}

v1::DeliverRequest request_of(const std::vector<v1::Alert>& alerts) {
  v1::DeliverRequest out;
  out.set_sensor("core-1");
  out.set_spool("s1");
  for (const v1::Alert& a : alerts) *out.add_alerts() = a;
  return out;
}

TEST_F(Deliveries, MalformedBatchesAreRefusedWhole) {
  std::vector<std::pair<v1::DeliverRequest, std::string>> cases;
  cases.emplace_back(request_of({alert(1)}), "sensor must be a name");
  cases.back().first.set_sensor("");
  cases.emplace_back(request_of({alert(1)}), "spool must be a name");
  cases.back().first.set_spool("a b");
  cases.emplace_back(request_of({alert(0)}), "count up from 1");
  cases.emplace_back(request_of({alert(1), alert(1)}), "count up from 1");
  cases.emplace_back(request_of({alert(2), alert(1)}), "count up from 1");
  cases.emplace_back(request_of({alert(1)}), "is of another sensor");
  cases.back().first.mutable_alerts(0)->mutable_id()->set_sensor("core-2");
  cases.emplace_back(request_of({alert(1)}), "is of another spool");
  cases.back().first.mutable_alerts(0)->mutable_id()->set_spool("s2");
  std::vector<v1::Alert> many;
  for (uint64_t i = 1; i <= 101; ++i) many.push_back(alert(i));
  cases.emplace_back(request_of(many), "at most 100 alerts");
  for (const auto& [request, reason] : cases) {
    AlertDelivery delivery(*sensors_);
    delivery.send(request);
    EXPECT_FALSE(delivery.answer().has_value()) << reason;
    const grpc::Status status = delivery.end();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << reason;
    EXPECT_THAT(status.error_message(), testing::HasSubstr(reason));
  }
  EXPECT_EQ(store_->stored(), 0u);
}

class SqliteControl : public ControlFixture<SqliteStore> {
 protected:
  void open() {
    auto store = SqliteStore::open(folder_.path());
    ASSERT_TRUE(store.has_value()) << store.error().text();
    store_ = std::move(*store);
    start();
  }
  void close() {
    server_->stop();
    server_.reset();
    store_.reset();
  }
  TemporaryFolder folder_;
};

TEST_F(SqliteControl, AcknowledgedAlertsOutliveTheControlPlane) {
  open();
  AlertDelivery first(*sensors_);
  first.deliver({alert(1), alert(2)});
  close();
  EXPECT_FALSE(first.end().ok()) << "the stream ended with the control plane";
  open();
  AlertDelivery again(*sensors_);
  again.deliver({alert(1), alert(2), alert(3)});
  AlertStream subscriber(*alerts_, {});
  std::vector<uint64_t> sequences;
  while (const auto response = subscriber.next()) sequences.push_back(response->alert().id().sequence());
  EXPECT_EQ(sequences, (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_TRUE(subscriber.finish().ok());
}

}  // namespace
}  // namespace glacis::control
