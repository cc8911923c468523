#pragma once

#include "dataplane/worker/engine.h"
#include "sensor/alert/alert_writer.h"

namespace glacis::sensor {

// What stands between the engine's events and the alerts: step hits go to the path correlator, whose
// progress becomes alerts; everything else becomes alerts and flow records directly.
// Thread: the engine's drain.
class EventWriter final : public EventSink {
 public:
  EventWriter(AlertOrigin origin, AlertWriter::AlertSink alerts, AlertWriter::FlowSink flows)
      : alerts_(std::move(origin), std::move(alerts), std::move(flows)) {}

  void on_event(const Event& event, const Generation& generation) override {
    alerts_.on_event(event, generation);
  }
  void on_end() override { alerts_.finish(); }

 private:
  AlertWriter alerts_;
};

}  // namespace glacis::sensor
