#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/policy/generation.h"
#include "glacis/v1/alert.pb.h"
#include "glacis/v1/flow.pb.h"

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
// Most (rule, from, to, port) groups of unmodelled crossings that fold repeats; beyond it each is told.
inline constexpr size_t kMaxFolds = 16'384;

// Turns events, in their order, into alerts with revisions: OPENED at once, RULES when a later
// judgement adds some, OUTCOME once. Alerts of unmodelled crossings fold by rule, ends, port and day:
// the first at once, counts once a minute of event time while it goes on, and at finish().
// The same events give the same alerts, byte for byte.
// Owns open alerts and folds; borrows generations during a call only. Thread: the correlator's.
class AlertWriter {
 public:
  using AlertSink = std::function<void(const v1::Alert&)>;
  using FlowSink = std::function<void(const v1::FlowRecord&)>;

  AlertWriter(AlertOrigin origin, AlertSink alerts, FlowSink flows);

  // kJudged, kOutcome and kFlowEnd; step hits are the correlator's.
  void on_event(const Event& event, const Generation& generation);
  // Progress on an abuse path; `progress` is filled by the caller (path_alert.h).
  void on_path(const Event& completing, const Generation& generation, RuleIndex rule, v1::PathProgress progress,
               const std::vector<FlowId>& other_flows);
  // Tells the counts that are not told yet. Called at the end of input and at shutdown.
  void finish();

  [[nodiscard]] uint64_t forgotten() const { return forgotten_; }

 private:
  struct Fold {
    v1::Alert alert;
    uint32_t told = 1;
    int64_t told_ns = 0;
  };

  [[nodiscard]] v1::Alert new_alert(const Event& event, const Generation& generation, const v1::Rule& rule) const;
  void on_judged(const Event& event, const Generation& generation);
  void on_outcome(const Event& event);
  void on_end(const Event& event, const Generation& generation);
  [[nodiscard]] bool folded(const Event& event, const v1::Alert& alert);
  void follow(const v1::Alert& alert);  // the fold that this alert opened says the same
  void tell_counts(Fold& fold, int64_t time_ns);
  void open(uint64_t flow, v1::Alert alert);
  void widen(v1::Alert& alert, const Event& event, const Generation& generation);

  const AlertOrigin origin_;
  const AlertSink alerts_;
  const FlowSink flows_;
  std::map<uint64_t, v1::Alert> open_;  // by flow id
  std::deque<uint64_t> opened_;         // in order; may name flows that have ended
  std::map<std::string, Fold> folds_;
  uint64_t forgotten_ = 0;
};

}  // namespace glacis::sensor
