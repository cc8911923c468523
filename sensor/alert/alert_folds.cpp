#include "sensor/alert/alert_folds.h"

namespace glacis::sensor {
namespace {

constexpr int64_t kTellEvery_ns = 60'000'000'000;
constexpr int64_t kLateness_ns = 60'000'000'000;

}  // namespace

LiveAlert AlertFolds::join(const std::string& key, int64_t now_ns) {
  end_outdated(now_ns);
  const auto found = folds_.find(key);
  if (found == folds_.end()) return nullptr;
  Fold& fold = found->second;
  ++fold.count;
  fold.last_ns = now_ns;
  if (now_ns - fold.told_ns >= kTellEvery_ns) tell(fold, now_ns);
  return fold.alert;
}

void AlertFolds::open(const std::string& key, LiveAlert alert, int64_t now_ns, int64_t until_ns) {
  end_outdated(now_ns);
  if (const auto found = folds_.find(key); found != folds_.end()) end(found);
  while (folds_.size() >= capacity_) {
    end(turns_.begin()->second);
    evicted_.fetch_add(1, std::memory_order_relaxed);
  }
  const Turn turn{until_ns, ++age_};
  turns_[turn] = folds_.emplace(key, Fold{std::move(alert), 1, now_ns, now_ns, turn}).first;
}

void AlertFolds::finish() {
  for (auto& [key, fold] : folds_) tell_rest(fold);
  folds_.clear();
  turns_.clear();
}

void AlertFolds::tell(Fold& fold, int64_t now_ns) {
  v1::Alert& alert = *fold.alert;
  alert.set_count(fold.count);
  alert.set_change(v1::ALERT_CHANGE_COUNTS);
  alert.set_revision(alert.revision() + 1);
  alert.set_time_ns(now_ns);
  fold.told_ns = now_ns;
  sink_(alert);
}

void AlertFolds::tell_rest(Fold& fold) {
  if (fold.count > fold.alert->count()) tell(fold, fold.last_ns);
}

void AlertFolds::end(Folds::iterator fold) {
  tell_rest(fold->second);
  turns_.erase(fold->second.turn);
  folds_.erase(fold);
}

void AlertFolds::end_outdated(int64_t now_ns) {
  while (!turns_.empty() && turns_.begin()->first.first < now_ns - kLateness_ns) end(turns_.begin()->second);
}

}  // namespace glacis::sensor
