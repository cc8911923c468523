#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/port/rx_port.h"

namespace glacis::sensor {

// A device's port that outlives the device: when the device vanishes, the main thread closes what
// is left and opens it again once it is back; the worker reads nothing meanwhile and waits for
// nobody.
//
// The hand-over is one word for each queue. kOpen: its worker reads. kClosing (main): the device is
// gone, the worker still reads what the queue holds. kShut (worker): it was empty, the worker never
// touches it again. When all are shut main alone has the port, replaces it, and says kOpen. At any time
// one side only may change a word; each store releases what was done before, each load acquires it.
//
// Owns the port. Threads: rx_burst by one for each queue; watch by main; counters, reason and state by any.
class AttachedPort final : public RxPort {
 public:
  using Open = std::function<Expected<std::unique_ptr<DevicePort>>()>;
  enum class Change : uint8_t { kNone, kDown, kVanished, kUp, kReattached };

  AttachedPort(std::string name, std::unique_ptr<DevicePort> port, Open open)
      : name_(std::move(name)), open_(std::move(open)), gates_(port->queues()), port_(std::move(port)) {}

  // Looks at the device and moves on by one step: call it several times a second. `now`: Unix time.
  Change watch(Nanos now);
  // Why it is not well: "port tap0 is down since 2026-11-25T18:43:22Z"; nothing when it is.
  [[nodiscard]] std::optional<std::string> reason() const;

  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  // As it comes right after a burst of this device, the device is still there: the gate is shut by rx_burst.
  std::optional<uint8_t> fill_percent(uint16_t queue) const override { return port_->fill_percent(queue); }
  // Of this device and those before it.
  RxCounters counters() const override;
  RxState state() const override { return state_.load(std::memory_order_relaxed); }
  std::string_view name() const override { return name_; }
  uint16_t queues() const override { return static_cast<uint16_t>(gates_.size()); }
  Nanos clock() const override { return Nanos(0); }

 private:
  enum class GateState : uint8_t { kOpen, kClosing, kShut };
  struct alignas(64) Gate {
    std::atomic<GateState> state{GateState::kOpen};
  };
  [[nodiscard]] bool all_gates(GateState state) const;
  void set_gates(GateState state);
  Change look(Nanos now);
  Change reattach();
  void go_down(Nanos now, const char* how);
  void come_up();

  const std::string name_;
  const Open open_;
  std::vector<Gate> gates_;  // by queue
  std::atomic<RxState> state_{RxState::kUp};

  // Of everything below but rx_burst's use of port_, which the gates guard: against readers
  // elsewhere.
  mutable std::mutex mutex_;
  std::unique_ptr<DevicePort> port_;
  RxCounters before_;  // of devices that are gone; downs and reattached of all
  Nanos down_since_;
  std::string down_how_;    // "down", "gone"; empty: it is up
  std::string last_error_;  // of the last try to open it again
};

}  // namespace glacis::sensor
