#include "control/store/sqlite_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/fakes/temporary_folder.h"

namespace glacis::control {
namespace {

AlertRow row(uint64_t sequence, const std::string& spool = "spool-a", int severity = 4) {
  return {"core-1", spool,      sequence,        "key", 1,
          severity, "web-shop", "never/n-ws-db", 1700,  "bytes " + std::to_string(sequence)};
}

std::vector<std::string> contents(AlertStore& store, uint64_t after = 0, const AlertQuery& query = {}) {
  std::vector<std::string> out;
  const auto page = store.read(after, query, 1000, 1 << 20);
  if (!page) return {page.error().text()};
  for (const StoredAlert& alert : page->alerts) out.push_back(alert.bytes);
  return out;
}

StoredModel model(uint64_t version) {
  return {"web-shop",
          version,
          "digest " + std::to_string(version),
          "spiffe://x/architect/ada",
          "why",
          17,
          {{"web-shop.yaml", "glacis: 1"}, {"zones.yaml", "z"}}};
}

class SqliteStoreTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = SqliteStore::open(folder_.path());
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    store_ = std::move(*opened);
  }
  TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, AlertDeliveredTwiceIsStoredOnce) {
  const std::vector<AlertRow> first = {row(1), row(2)};
  const std::vector<AlertRow> again = {row(1), row(2), row(3)};
  ASSERT_TRUE(store_->append(first).has_value());
  ASSERT_TRUE(store_->append(again).has_value());
  EXPECT_EQ(contents(*store_), (std::vector<std::string>{"bytes 1", "bytes 2", "bytes 3"}));
  EXPECT_EQ(store_->stored(), 3u);
}

TEST_F(SqliteStoreTest, SameSequenceOfAnotherSpoolIsAnotherAlert) {
  const std::vector<AlertRow> rows = {row(1), row(1, "spool-b")};
  ASSERT_TRUE(store_->append(rows).has_value());
  EXPECT_EQ(store_->stored(), 2u);
}

TEST_F(SqliteStoreTest, AlertDeliveredAgainAfterARestartIsStoredOnce) {
  const std::vector<AlertRow> rows = {row(1), row(2)};
  ASSERT_TRUE(store_->append(rows).has_value());
  reopen();
  EXPECT_EQ(store_->stored(), 2u);
  EXPECT_EQ(store_->last_cursor(), 2u);
  ASSERT_TRUE(store_->append(rows).has_value());
  EXPECT_EQ(contents(*store_), (std::vector<std::string>{"bytes 1", "bytes 2"}));
}

TEST_F(SqliteStoreTest, ReadingResumesAfterTheCursor) {
  const std::vector<AlertRow> rows = {row(1), row(2), row(3)};
  ASSERT_TRUE(store_->append(rows).has_value());
  const auto page = store_->read(0, {}, 2, 1 << 20);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->alerts.size(), 2u);
  EXPECT_EQ(contents(*store_, page->scanned), (std::vector<std::string>{"bytes 3"}));
}

TEST_F(SqliteStoreTest, QueryPassesWhatItDoesNotWant) {
  const std::vector<AlertRow> rows = {row(1, "a", 2), row(2, "a", 5), row(3, "a", 2)};
  ASSERT_TRUE(store_->append(rows).has_value());
  AlertQuery severe;
  severe.min_severity = 4;
  const auto page = store_->read(0, severe, 10, 1 << 20);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->alerts.size(), 1u);
  EXPECT_EQ(page->alerts[0].bytes, "bytes 2");
  EXPECT_EQ(page->scanned, 3u);
}

TEST_F(SqliteStoreTest, PageEndsAtItsBytes) {
  const std::vector<AlertRow> rows = {row(1), row(2), row(3)};
  ASSERT_TRUE(store_->append(rows).has_value());
  const auto page = store_->read(0, {}, 10, 8);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->alerts.size(), 2u);
}

TEST_F(SqliteStoreTest, PushSurvivesARestart) {
  const PushRecord first{model(1), {{"t-core", 1, "d1", "policy 1"}}, {{"web-shop", "never/a", 77}}};
  const PushRecord second{model(2), {{"t-core", 2, "d2", std::string("p\0q", 3)}}, {{"web-shop", "never/b", 78}}};
  ASSERT_TRUE(store_->commit_push(first).has_value());
  const auto number = store_->commit_push(second);
  ASSERT_TRUE(number.has_value()) << number.error().text();
  EXPECT_EQ(*number, 2u);
  ASSERT_TRUE(store_->save_sensor({"core-1", "t-core", "0.1.0", 42}).has_value());
  reopen();
  const auto state = store_->load();
  ASSERT_TRUE(state.has_value()) << state.error().text();
  ASSERT_EQ(state->models.size(), 1u);
  EXPECT_EQ(state->models[0].version, 2u);
  ASSERT_EQ(state->models[0].files.size(), 2u);
  EXPECT_EQ(state->models[0].files[1].name, "zones.yaml");
  ASSERT_EQ(state->policies.size(), 1u);
  EXPECT_EQ(state->policies[0].bytes, std::string("p\0q", 3));
  EXPECT_EQ(state->rule_ids.size(), 2u);
  ASSERT_EQ(state->sensors.size(), 1u);
  EXPECT_EQ(state->sensors[0].tap, "t-core");
}

TEST_F(SqliteStoreTest, FailedPushLeavesNothingBehind) {
  const PushRecord first{model(1), {{"t-core", 1, "d1", "p"}}, {{"web-shop", "never/a", 77}}};
  ASSERT_TRUE(store_->commit_push(first).has_value());
  const PushRecord clash{model(2), {{"t-core", 1, "d2", "q"}}, {{"web-shop", "never/b", 78}}};
  EXPECT_FALSE(store_->commit_push(clash).has_value());
  const auto state = store_->load();
  ASSERT_TRUE(state.has_value());
  ASSERT_EQ(state->models.size(), 1u);
  EXPECT_EQ(state->models[0].version, 1u);
  EXPECT_EQ(state->rule_ids.size(), 1u);
  const std::vector<AlertRow> rows = {row(1)};
  EXPECT_TRUE(store_->append(rows).has_value());
}

TEST_F(SqliteStoreTest, SecondProgramOnTheSameFolderIsRefused) {
  const auto second = SqliteStore::open(folder_.path());
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().text().find("another glacis-control"), std::string::npos);
}

TEST(SqliteStoreFile, FileThatIsNoDatabaseIsNamed) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/control.db") << std::string(4096, 'x');
  const auto store = SqliteStore::open(folder.path());
  ASSERT_FALSE(store.has_value());
  EXPECT_NE(store.error().text().find("control.db"), std::string::npos) << store.error().text();
}

}  // namespace
}  // namespace glacis::control
