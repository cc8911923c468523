#include "dataplane/worker/input_gauge.h"

#include <algorithm>

#include "dataplane/port/rx_port.h"

namespace glacis {

void InputGauge::after_burst(size_t index, const RxPort& port, uint16_t of_port, uint16_t count, uint16_t most) {
  Queue& queue = queues_[index];
  if (count < most) {
    queue = {};
    return;
  }
  queue.row = std::min(queue.row + count, kRowPackets);
  const auto in_row = std::min(static_cast<uint8_t>(queue.row * 100 / kRowPackets), kMostGuessed);
  queue.percent = port.fill_percent(of_port).value_or(in_row);
}

uint8_t InputGauge::percent() const {
  uint8_t most = 0;
  for (const Queue& queue : queues_) most = std::max(most, queue.percent);
  return most;
}

}  // namespace glacis
