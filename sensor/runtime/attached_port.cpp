#include "sensor/runtime/attached_port.h"

#include <algorithm>

#include "sensor/runtime/utc_text.h"

namespace glacis::sensor {
namespace {

void add(RxCounters& sum, const RxCounters& more) {
  sum.received += more.received;
  sum.missed += more.missed;
  sum.no_mbuf += more.no_mbuf;
  sum.errors += more.errors;
}

}  // namespace

uint16_t AttachedPort::rx_burst(uint16_t queue, std::span<rte_mbuf*> out) {
  std::atomic<GateState>& gate = gates_[queue].state;
  const GateState state = gate.load(std::memory_order_acquire);
  if (state == GateState::kShut) return 0;
  const uint16_t count = port_->rx_burst(queue, out);
  if (count == 0 && state == GateState::kClosing) gate.store(GateState::kShut, std::memory_order_release);
  return count;
}

bool AttachedPort::all_gates(GateState state) const {
  return std::all_of(gates_.begin(), gates_.end(),
                     [state](const Gate& g) { return g.state.load(std::memory_order_acquire) == state; });
}

void AttachedPort::set_gates(GateState state) {
  for (Gate& gate : gates_) gate.state.store(state, std::memory_order_release);
}

AttachedPort::Change AttachedPort::watch(Nanos now) {
  if (all_gates(GateState::kOpen)) return look(now);
  // Else some worker has not read its queue empty yet.
  return all_gates(GateState::kShut) ? reattach() : Change::kNone;
}

AttachedPort::Change AttachedPort::look(Nanos now) {
  const DeviceState device = port_->look();
  const bool was_up = state() == RxState::kUp;
  if (device == DeviceState::kUp && !was_up) {
    come_up();
    return Change::kUp;
  }
  if (device == DeviceState::kDown && was_up) {
    go_down(now, "down");
    return Change::kDown;
  }
  if (device == DeviceState::kGone) {
    go_down(now, "gone");
    set_gates(GateState::kClosing);
    return Change::kVanished;
  }
  return Change::kNone;
}

AttachedPort::Change AttachedPort::reattach() {
  if (port_) {
    const std::scoped_lock lock(mutex_);
    add(before_, port_->counters());
    port_.reset();  // first: the new device would take the same name
  }
  auto opened = open_();
  const bool up = opened && (*opened)->look() == DeviceState::kUp;
  {
    const std::scoped_lock lock(mutex_);
    last_error_ = opened ? "" : opened.error().what;
    if (!opened) return Change::kNone;
    port_ = std::move(*opened);
    ++before_.reattached;
    down_how_ = "down";  // without a carrier yet, maybe: that is no second time
  }
  if (up) come_up();
  set_gates(GateState::kOpen);
  return Change::kReattached;
}

// A device that goes down and then vanishes was down once.
void AttachedPort::go_down(Nanos now, const char* how) {
  const std::scoped_lock lock(mutex_);
  if (down_how_.empty()) {
    ++before_.downs;
    down_since_ = now;
  }
  down_how_ = how;
  state_.store(RxState::kDown, std::memory_order_relaxed);
}

void AttachedPort::come_up() {
  const std::scoped_lock lock(mutex_);
  down_how_.clear();
  state_.store(RxState::kUp, std::memory_order_relaxed);
}

std::optional<std::string> AttachedPort::reason() const {
  const std::scoped_lock lock(mutex_);
  if (down_how_.empty()) return std::nullopt;
  std::string out = "port " + name_ + " is " + down_how_ + " since " + utc_text(down_since_);
  if (!last_error_.empty()) out += " (" + last_error_ + ")";
  return out;
}

RxCounters AttachedPort::counters() const {
  const std::scoped_lock lock(mutex_);
  RxCounters out = before_;
  if (port_) add(out, port_->counters());
  return out;
}

}  // namespace glacis::sensor
