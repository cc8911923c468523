#pragma once

#include <atomic>
#include <memory>

#include "control/store/alert_store.h"
#include "control/store/model_store.h"
#include "control/store/sqlite.h"

namespace glacis::control {

// Both stores in one SQLite file, write-ahead log, synchronous=FULL: a commit that returned is on
// the disk. Exactly one connection writes and checkpoints (SQLite 3.40's WAL-reset bug needs two);
// read() has a read-only one of its own. One process at a time: the folder is locked while it is
// open. Threads: as the interfaces say.
class SqliteStore : public AlertStore, public ModelStore {
 public:
  // Makes the folder if it is not there. Faults: not writable, in use by another process, written
  // by a newer program, not a database.
  [[nodiscard]] static Expected<std::unique_ptr<SqliteStore>> open(const std::string& folder);
  ~SqliteStore() override;

  [[nodiscard]] Expected<void> append(std::span<const AlertRow> rows) override;
  [[nodiscard]] Expected<AlertPage> read(uint64_t after, const AlertQuery& query, size_t most,
                                         size_t most_bytes) override;
  [[nodiscard]] uint64_t last_cursor() const override { return last_cursor_; }
  [[nodiscard]] uint64_t stored() const override { return stored_; }
  [[nodiscard]] Expected<StoredState> load() override;
  [[nodiscard]] Expected<uint64_t> commit_push(const PushRecord& push) override;
  [[nodiscard]] Expected<void> save_policy(const StoredPolicy& policy) override;
  [[nodiscard]] Expected<void> save_sensor(const StoredSensor& sensor) override;

 private:
  class Transaction;
  SqliteStore() = default;
  [[nodiscard]] Expected<void> lock(const std::string& folder);
  [[nodiscard]] Expected<void> create_tables();
  [[nodiscard]] Expected<void> prepare();
  [[nodiscard]] Expected<void> insert_policy(const StoredPolicy& policy);
  [[nodiscard]] Expected<void> load_models(StoredState& state);

  int lock_ = -1;
  SqliteConnection writer_, reader_;
  SqliteStatement insert_alert_;  // writer_
  SqliteStatement read_alerts_;   // reader_
  std::atomic<uint64_t> last_cursor_{0}, stored_{0};
};

}  // namespace glacis::control
