#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::control {

// One revision of an alert as a sensor delivered it. (sensor, spool, sequence) is its identity.
struct AlertRow {
  std::string sensor, spool;
  uint64_t sequence = 0;
  std::string key;
  uint32_t revision = 0;
  int severity = 0;
  std::string model, element;
  int64_t time_ns = 0;
  std::string bytes;  // v1::Alert, serialised
};

// What a reader wants; empty lists: everything.
struct AlertQuery {
  int min_severity = 0;
  std::vector<std::string> models, elements, sensors;
  [[nodiscard]] bool wants(int severity, const std::string& model, const std::string& element,
                           const std::string& sensor) const;
};

struct StoredAlert {
  uint64_t cursor = 0;
  std::string bytes;
};

// `scanned` is where to go on; it passes alerts that the query does not want. Equal to the cursor
// that was asked for: nothing newer is stored.
struct AlertPage {
  std::vector<StoredAlert> alerts;
  uint64_t scanned = 0;
};

// Alerts in the order in which they were stored, under a cursor that only grows.
// Threads: append() one thread, read() one other thread, the counters any thread.
class AlertStore {
 public:
  virtual ~AlertStore() = default;
  // All rows in one transaction that is on the disk when it returns; a row that is stored already
  // is left as it is. On an error nothing of it is stored.
  [[nodiscard]] virtual Expected<void> append(std::span<const AlertRow> rows) = 0;
  // The oldest alerts after the cursor: at most `most` of them, about `most_bytes`.
  [[nodiscard]] virtual Expected<AlertPage> read(uint64_t after, const AlertQuery& query, size_t most,
                                                 size_t most_bytes) = 0;
  [[nodiscard]] virtual uint64_t last_cursor() const = 0;
  [[nodiscard]] virtual uint64_t stored() const = 0;
};

}  // namespace glacis::control
