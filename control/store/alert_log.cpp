#include "control/store/alert_log.h"

#include <iterator>
#include <utility>

namespace glacis::control {
namespace {

// One page of a subscriber.
constexpr size_t kPageAlerts = 256;
constexpr size_t kPageBytes = 1U << 20;

Error busy() { return {"the store is stopping or has too much to do", "", "try again"}; }

}  // namespace

void AlertLog::append(std::vector<AlertRow> rows, Appended done) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back({std::move(rows), std::move(done)});
  }
  if (!first || writer_.post([this] { commit_waiting(); })) return;
  std::vector<Batch> refused;
  {
    const std::lock_guard lock(mutex_);
    refused.swap(waiting_);
  }
  const Expected<void> error = std::unexpected(busy());
  for (const Batch& batch : refused) batch.done(error);
}

void AlertLog::commit_waiting() {
  std::vector<Batch> batches;
  {
    const std::lock_guard lock(mutex_);
    batches.swap(waiting_);
  }
  if (batches.size() > 1) {
    std::vector<AlertRow> all;
    for (const Batch& batch : batches) all.insert(all.end(), batch.rows.begin(), batch.rows.end());
    const Expected<void> result = store_.append(all);
    if (result) {
      for (const Batch& batch : batches) batch.done(result);
      return bell_.ring();
    }
  }
  commit_one_by_one(batches);
  bell_.ring();
}

// So that one batch that the store refuses does not fail the others.
void AlertLog::commit_one_by_one(std::vector<Batch>& batches) {
  for (const Batch& batch : batches) batch.done(store_.append(batch.rows));
}

void AlertLog::read(uint64_t after, AlertQuery query, Read done) {
  const auto shared = std::make_shared<Read>(std::move(done));
  const bool posted = reader_.post([this, after, query = std::move(query), shared] {
    (*shared)(store_.read(after, query, kPageAlerts, kPageBytes));
  });
  if (!posted) (*shared)(std::unexpected(busy()));
}

}  // namespace glacis::control
