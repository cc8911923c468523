#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace glacis {

class RxPort;

// How full the queues are that a thread reads, as far as that can be known without looking at every
// poll. A burst that is not full has emptied its queue. After a full one the port is asked; of a port
// that cannot say, the packets of an unbroken row of full bursts are taken for what is waiting: in that
// row the queue was never empty, and as long as a queue of kRowPackets the worker has been behind.
// Memory is taken at construction. Thread: the one that reads.
class InputGauge {
 public:
  // A row says that the worker is behind, not by how much: it never asks for the search of flows to be cut
  // in mid-stream, nor for records.
  static constexpr uint8_t kMostGuessed = 79;
  static constexpr uint32_t kRowPackets = 65'536;  // as many frames as net_af_packet's ring holds here

  explicit InputGauge(size_t queues) : queues_(queues) {}

  // Right after `queue` number `of_port` of `port` gave `count` packets where `most` were asked for;
  // `index` is its place here.
  void after_burst(size_t index, const RxPort& port, uint16_t of_port, uint16_t count, uint16_t most);
  // Of the fullest queue.
  [[nodiscard]] uint8_t percent() const;

 private:
  struct Queue {
    uint32_t row = 0;  // packets of full bursts since the last other one
    uint8_t percent = 0;
  };
  std::vector<Queue> queues_;
};

}  // namespace glacis
