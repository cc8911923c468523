#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace glacis::control {

// A prepared statement. Columns and parameters count from 0 and 1 as SQLite does.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;

  // Bound texts and blobs must live until the next step() returns.
  SqliteStatement& bind(int position, int64_t value);
  SqliteStatement& bind_text(int position, std::string_view value);
  SqliteStatement& bind_blob(int position, std::string_view value);

  // true: a row is there; false: done, and ready to be bound again.
  [[nodiscard]] Expected<bool> step();
  // Runs it to its end.
  [[nodiscard]] Expected<void> run();
  void reset();
  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;  // and blobs

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

// One connection. Thread: one at a time. Errors name the file and SQLite's reason.
class SqliteConnection {
 public:
  enum class Mode : uint8_t { kReadWrite, kReadOnly };

  SqliteConnection() = default;
  ~SqliteConnection();
  SqliteConnection(SqliteConnection&& other) noexcept;
  SqliteConnection& operator=(SqliteConnection&& other) noexcept;

  [[nodiscard]] static Expected<SqliteConnection> open(const std::string& file, Mode mode);
  [[nodiscard]] Expected<void> run(const std::string& sql);
  [[nodiscard]] Expected<SqliteStatement> prepare(std::string_view sql);
  [[nodiscard]] int64_t last_row() const;
  [[nodiscard]] int64_t changes() const;

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace glacis::control
