#pragma once

#include "dataplane/worker/engine.h"
#include "sensor/alert/alert_writer.h"

namespace glacis::sensor {

// What the engine finds, as alerts and flow records. `pause` is called when the correlator rests.
// Thread: the engine's correlator; counters by any.
class EventWriter final : public EventSink {
 public:
  EventWriter(AlertOrigin origin, AlertWriter::AlertSink alerts, AlertWriter::FlowSink flows,
              std::function<void()> pause = {})
      : alerts_(std::move(origin), std::move(alerts), std::move(flows)), pause_(std::move(pause)) {}

  void on_event(const Event& event, const Generation& generation) override { alerts_.on_event(event, generation); }
  void on_path(const PathAlert& alert, const Generation& generation) override;
  void on_pause() override {
    if (pause_) pause_();
  }
  void on_end() override {
    alerts_.finish();
    on_pause();  // nothing comes after it that could flush
  }

  [[nodiscard]] AlertWriterCounters counters() const { return alerts_.counters(); }

 private:
  AlertWriter alerts_;
  const std::function<void()> pause_;
};

}  // namespace glacis::sensor
