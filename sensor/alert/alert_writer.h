#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/policy/generation.h"
#include "glacis/v1/alert.pb.h"
#include "glacis/v1/flow.pb.h"
#include "sensor/alert/alert_counters.h"
#include "sensor/alert/alert_folds.h"
#include "sensor/alert/open_alerts.h"
#include "sensor/alert/outcome_log.h"

namespace glacis::sensor {

// What every alert of one sensor says of where it was seen.
struct AlertOrigin {
  std::string sensor;
  std::string tap;
  std::vector<std::string> interfaces;  // by PortId
};

// Most alerts that wait for their flow's outcome or end. Beyond it the oldest is forgotten: it gets no
// further revision, and that is counted.
inline constexpr size_t kMaxOpenAlerts = 65'536;
// Most groups of unmodelled crossings, and most completions of abuse paths, that fold repeats; beyond it
// the one that would end first goes (AlertFolds).
inline constexpr size_t kMaxFolds = 16'384;
// Flows of which the outcome is remembered for path alerts that come behind it.
inline constexpr size_t kMaxRecentOutcomes = 65'536;

// Progress on an abuse path or its completion, in the alert's terms.
struct PathTelling {
  RuleIndex rule;
  v1::PathProgress progress;
  std::vector<FlowId> flows;  // of the steps seen, each once, in order
  uint32_t earlier = 0;       // as PathAlert::earlier
  Nanos within;               // in which completions count as repeats; 0: for ever
  bool folds = true;          // false: no completion counts as a repeat
};

// Turns events, in their order, into alerts with revisions: OPENED at once, RULES when a later
// judgement adds some, OUTCOME once. Alerts of unmodelled crossings fold by rule, ends, port and day,
// completions of a path by who is bound and the path's window: the first at once, COUNTS once a minute
// of event time while it goes on, and when the fold ends (AlertFolds).
// A path alert waits for the outcome of its completing flow. A flow may have an alert of its own and
// path alerts open; its outcome revises each.
// The same events give the same alerts, byte for byte.
// Owns open alerts and folds; borrows generations during a call only. Thread: the correlator's; counters by any.
class AlertWriter {
 public:
  using AlertSink = std::function<void(const v1::Alert&)>;
  using FlowSink = std::function<void(const v1::FlowRecord&)>;

  AlertWriter(AlertOrigin origin, AlertSink alerts, FlowSink flows, size_t max_open = kMaxOpenAlerts,
              size_t max_folds = kMaxFolds);

  // kJudged, kOutcome and kFlowEnd; step hits are the correlator's.
  void on_event(const Event& event, const Generation& generation);
  void on_path(const Event& completing, const Generation& generation, PathTelling telling);
  // Tells the counts that are not told yet. Called at the end of input and at shutdown.
  void finish();

  [[nodiscard]] AlertWriterCounters counters() const;

 private:
  [[nodiscard]] v1::Alert new_alert(const Event& event, const Generation& generation, const v1::Rule& rule) const;
  [[nodiscard]] v1::Alert path_alert(const Event& completing, const Generation& generation, PathTelling telling) const;
  void on_judged(const Event& event, const Generation& generation);
  void on_outcome(const Event& event);
  void on_end(const Event& event);
  void write_record(const Event& event, const Generation& generation);
  void widen(v1::Alert& alert, const Event& event, const Generation& generation);
  void wait_for_outcome(FlowId flow, const LiveAlert& alert);
  void settle(v1::Alert& alert, const Event& event);  // with the outcome of its flow, if that is news
  void tell_outcome(v1::Alert& alert, FlowOutcome outcome, Nanos time);

  const AlertOrigin origin_;
  const AlertSink alerts_;
  const FlowSink flows_;
  v1::FlowRecord record_;  // the one that is written: it keeps its memory from one to the next
  OpenAlerts open_;
  AlertFolds crossings_;
  AlertFolds completions_;
  OutcomeLog outcomes_{kMaxRecentOutcomes};
};

}  // namespace glacis::sensor
