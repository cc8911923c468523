#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/base/ids.h"

struct rte_mbuf;

namespace glacis {

// What a port carries beside each mbuf it hands out, in the mbuf's dynamic field (mbuf_stamp.h):
// event time and ordinal. Ports without time stamps leave time 0 and the worker stamps the burst.
struct PacketStamp {
  Nanos time;
  Ordinal ordinal;
};

// Packets of one port since start. `received` counts what rx_burst returned.
struct RxCounters {
  uint64_t received = 0;
  uint64_t missed = 0;      // lost before rx_burst by the NIC, the kernel or a full ring
  uint64_t no_mbuf = 0;     // lost because the pool was empty
  uint64_t errors = 0;      // records or frames the port had to refuse
  uint64_t downs = 0;       // times the port went down or vanished
  uint64_t reattached = 0;  // times a vanished port was found and opened again
};

enum class RxState : uint8_t { kUp, kDown, kEnd };  // kEnd: a capture has been read to its end

// A source of packets. Threads: rx_burst by one thread per queue; counters and state by any. state() is
// asked at every poll: it looks at a word in memory. counters() may ask the kernel.
class RxPort {
 public:
  virtual ~RxPort() = default;
  // Fills `out` with up to out.size() mbufs, which the caller then owns. Never waits.
  [[nodiscard]] virtual uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) = 0;
  // How much of the queue's room packets wait in, 0 to 100; nothing where the port cannot say. Asked by
  // the thread that polls the queue, right after a burst that it filled.
  [[nodiscard]] virtual std::optional<uint8_t> fill_percent(uint16_t queue) const {
    (void)queue;
    return std::nullopt;
  }
  [[nodiscard]] virtual RxCounters counters() const = 0;
  [[nodiscard]] virtual RxState state() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual uint16_t queues() const = 0;
  // Event time up to which everything has been handed out; captures only, else 0.
  [[nodiscard]] virtual Nanos clock() const = 0;
};

enum class DeviceState : uint8_t { kUp, kDown, kGone };  // kGone: only a new port can bring it back

// A port on a device that can go away. After kDown the same port goes on by itself; a port that is kGone
// gives what it still holds and then nothing, also when a device of the same name is back.
class DevicePort : public RxPort {
 public:
  // Asks the device. Thread: control.
  [[nodiscard]] virtual DeviceState look() const = 0;
  // A device has no end; how it is, look() says.
  [[nodiscard]] RxState state() const final { return RxState::kUp; }
};

}  // namespace glacis
