#include "control/store/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace glacis::control {
namespace {

std::unexpected<Error> sqlite_fault(sqlite3* database) {
  const char* const file = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_errcode(database);
  std::string hint;
  if (code == SQLITE_FULL) hint = "free space on this disk; nothing that was acknowledged is lost";
  if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) hint = "may this user write there?";
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    hint = "restore it from a backup, or move it away to start with an empty store";
  }
  return fail("store: " + std::string(database == nullptr ? "out of memory" : sqlite3_errmsg(database)),
              file == nullptr ? "" : file, hint);
}

}  // namespace

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int position, int64_t value) {
  sqlite3_bind_int64(statement_, position, value);
  return *this;
}

SqliteStatement& SqliteStatement::bind_text(int position, std::string_view value) {
  sqlite3_bind_text64(statement_, position, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(int position, std::string_view value) {
  sqlite3_bind_blob64(statement_, position, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC);
  return *this;
}

Expected<bool> SqliteStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    auto error = sqlite_fault(database_);
    reset();
    return error;
  }
  reset();
  return false;
}

Expected<void> SqliteStatement::run() {
  while (true) {
    const Expected<bool> more = step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int64_t SqliteStatement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string SqliteStatement::text(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

SqliteConnection::~SqliteConnection() { sqlite3_close_v2(database_); }

SqliteConnection::SqliteConnection(SqliteConnection&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

SqliteConnection& SqliteConnection::operator=(SqliteConnection&& other) noexcept {
  std::swap(database_, other.database_);
  return *this;
}

Expected<SqliteConnection> SqliteConnection::open(const std::string& file, Mode mode) {
  SqliteConnection out;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (sqlite3_open_v2(file.c_str(), &out.database_, flags, nullptr) != SQLITE_OK) {
    auto error = sqlite_fault(out.database_);
    error.error().where = file;
    return error;
  }
  sqlite3_busy_timeout(out.database_, 5000);
  return out;
}

Expected<void> SqliteConnection::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_fault(database_);
  }
  return {};
}

Expected<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return sqlite_fault(database_);
  }
  return SqliteStatement(database_, statement);
}

int64_t SqliteConnection::last_row() const { return sqlite3_last_insert_rowid(database_); }
int64_t SqliteConnection::changes() const { return sqlite3_changes64(database_); }

}  // namespace glacis::control
