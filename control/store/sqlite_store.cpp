#include "control/store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace glacis::control {
namespace {

constexpr int64_t kSchema = 1;

constexpr const char* kTables = R"sql(
CREATE TABLE models (
  push INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL,
  pushed_by TEXT NOT NULL, reason TEXT NOT NULL, pushed_ns INTEGER NOT NULL,
  active INTEGER NOT NULL, UNIQUE (id, version));
CREATE TABLE model_files (
  push INTEGER NOT NULL REFERENCES models, position INTEGER NOT NULL,
  name TEXT NOT NULL, text BLOB NOT NULL, PRIMARY KEY (push, position)) WITHOUT ROWID;
CREATE TABLE rule_ids (
  model TEXT NOT NULL, element TEXT NOT NULL, id INTEGER NOT NULL UNIQUE,
  PRIMARY KEY (model, element)) WITHOUT ROWID;
CREATE TABLE policies (
  tap TEXT NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (tap, version));
CREATE TABLE sensors (
  name TEXT PRIMARY KEY, tap TEXT NOT NULL, software TEXT NOT NULL,
  last_heard_ns INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE alerts (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  sensor TEXT NOT NULL, spool TEXT NOT NULL, sequence INTEGER NOT NULL,
  key TEXT NOT NULL, revision INTEGER NOT NULL, severity INTEGER NOT NULL,
  model TEXT NOT NULL, element TEXT NOT NULL, time_ns INTEGER NOT NULL, bytes BLOB NOT NULL,
  UNIQUE (sensor, spool, sequence));
)sql";

constexpr const char* kInsertAlert =
    "INSERT INTO alerts (sensor, spool, sequence, key, revision, severity, model, element, time_ns,"
    " bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " ON CONFLICT (sensor, spool, sequence) DO NOTHING";
constexpr const char* kReadAlerts =
    "SELECT cursor, severity, model, element, sensor, bytes FROM alerts WHERE cursor > ?1"
    " ORDER BY cursor LIMIT 4096";

Expected<int64_t> single_number(SqliteConnection& connection, std::string_view sql) {
  auto statement = connection.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

}  // namespace

// Rolls back unless it was committed.
class SqliteStore::Transaction {
 public:
  explicit Transaction(SqliteConnection& connection) : connection_(connection) {}
  ~Transaction() {
    if (open_) (void)connection_.run("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  [[nodiscard]] Expected<void> begin() {
    auto result = connection_.run("BEGIN IMMEDIATE");
    open_ = result.has_value();
    return result;
  }
  [[nodiscard]] Expected<void> commit() {
    auto result = connection_.run("COMMIT");
    if (result) open_ = false;
    return result;
  }

 private:
  SqliteConnection& connection_;
  bool open_ = false;
};

SqliteStore::~SqliteStore() {
  insert_alert_ = {};
  read_alerts_ = {};
  reader_ = {};
  writer_ = {};
  if (lock_ >= 0) ::close(lock_);
}

Expected<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail("cannot make the state folder: " + error.message(), folder,
                "name one that this user may write: --state DIR");
  }
  std::unique_ptr<SqliteStore> store(new SqliteStore);
  if (auto locked = store->lock(folder); !locked) return std::unexpected(locked.error());
  const std::string file = folder + "/control.db";
  auto writer = SqliteConnection::open(file, SqliteConnection::Mode::kReadWrite);
  if (!writer) return std::unexpected(writer.error());
  store->writer_ = std::move(*writer);
  if (auto made = store->create_tables(); !made) return std::unexpected(made.error());
  auto reader = SqliteConnection::open(file, SqliteConnection::Mode::kReadOnly);
  if (!reader) return std::unexpected(reader.error());
  store->reader_ = std::move(*reader);
  if (auto ready = store->prepare(); !ready) return std::unexpected(ready.error());
  return store;
}

Expected<void> SqliteStore::lock(const std::string& folder) {
  const std::string file = folder + "/lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock_ < 0) {
    return fail(std::string("cannot write: ") + std::strerror(errno), file,
                "name a folder that this user may write: --state DIR");
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return fail("another glacis-control uses this state folder", folder,
                "stop it, or give this one its own: --state DIR");
  }
  return {};
}

Expected<void> SqliteStore::create_tables() {
  for (const char* sql : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                          "PRAGMA wal_autocheckpoint=1000"}) {
    if (auto result = writer_.run(sql); !result) return result;
  }
  const auto schema = single_number(writer_, "PRAGMA user_version");
  if (!schema) return std::unexpected(schema.error());
  if (*schema == kSchema) return {};
  if (*schema > kSchema) {
    return fail("the store was written by a newer glacis-control", "control.db",
                "run that version, or name another folder: --state DIR");
  }
  Transaction transaction(writer_);
  if (auto result = transaction.begin(); !result) return result;
  if (auto result = writer_.run(kTables); !result) return result;
  if (auto result = writer_.run("PRAGMA user_version=" + std::to_string(kSchema)); !result) {
    return result;
  }
  return transaction.commit();
}

Expected<void> SqliteStore::prepare() {
  auto insert = writer_.prepare(kInsertAlert);
  if (!insert) return std::unexpected(insert.error());
  insert_alert_ = std::move(*insert);
  auto read = reader_.prepare(kReadAlerts);
  if (!read) return std::unexpected(read.error());
  read_alerts_ = std::move(*read);
  const auto last = single_number(writer_, "SELECT max(cursor) FROM alerts");
  if (!last) return std::unexpected(last.error());
  last_cursor_ = static_cast<uint64_t>(*last);
  const auto count = single_number(writer_, "SELECT count(*) FROM alerts");
  if (!count) return std::unexpected(count.error());
  stored_ = static_cast<uint64_t>(*count);
  return {};
}

Expected<void> SqliteStore::append(std::span<const AlertRow> rows) {
  Transaction transaction(writer_);
  if (auto result = transaction.begin(); !result) return result;
  uint64_t added = 0, last = last_cursor_;
  for (const AlertRow& row : rows) {
    insert_alert_.bind_text(1, row.sensor).bind_text(2, row.spool);
    insert_alert_.bind(3, static_cast<int64_t>(row.sequence)).bind_text(4, row.key);
    insert_alert_.bind(5, row.revision).bind(6, row.severity).bind_text(7, row.model);
    insert_alert_.bind_text(8, row.element).bind(9, row.time_ns).bind_blob(10, row.bytes);
    if (auto result = insert_alert_.run(); !result) return result;
    if (writer_.changes() == 0) continue;
    ++added;
    last = static_cast<uint64_t>(writer_.last_row());
  }
  if (auto result = transaction.commit(); !result) return result;
  stored_ += added;
  last_cursor_ = last;
  return {};
}

Expected<AlertPage> SqliteStore::read(uint64_t after, const AlertQuery& query, size_t most, size_t most_bytes) {
  AlertPage page{{}, after};
  size_t bytes = 0;
  read_alerts_.bind(1, static_cast<int64_t>(after));
  while (page.alerts.size() < most && bytes < most_bytes) {
    const auto row = read_alerts_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    page.scanned = static_cast<uint64_t>(read_alerts_.integer(0));
    if (!query.wants(static_cast<int>(read_alerts_.integer(1)), read_alerts_.text(2), read_alerts_.text(3),
                     read_alerts_.text(4))) {
      continue;
    }
    page.alerts.push_back({page.scanned, read_alerts_.text(5)});
    bytes += page.alerts.back().bytes.size();
  }
  read_alerts_.reset();
  return page;
}

}  // namespace glacis::control
