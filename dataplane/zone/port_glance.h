#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "dataplane/zone/judge_tables.h"

namespace glacis {

// A rule's ports in 10 bytes, for where it is asked whether the rule is worth looking at: one or two ranges, or
// the hull of more. Thread: any.
class PortGlance {
 public:
  PortGlance() = default;  // any port
  explicit PortGlance(std::span<const Ports> ports) : whole_(ports.size() <= 2) {
    if (ports.empty()) return;
    a_ = ports[0];
    if (ports.size() == 2) b_ = ports[1];
    if (whole_) return;
    for (const Ports& p : ports) a_ = {std::min(a_.first, p.first), std::max(a_.last, p.last)};
  }
  // False: the rule does not name it.
  [[nodiscard]] bool may_fit(uint16_t port) const { return within(a_, port) || within(b_, port); }
  // `ports`: what it was made from.
  [[nodiscard]] bool fits(std::span<const Ports> ports, uint16_t port) const;
  // Whether may_fit() is the whole answer.
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  static bool within(const Ports& p, uint16_t port) { return port >= p.first && port <= p.last; }

  Ports a_, b_{1, 0};
  bool whole_ = true;
};

[[nodiscard]] inline bool port_fits(std::span<const Ports> ports, uint16_t port) {
  if (ports.empty()) return true;
  return std::ranges::any_of(ports, [port](const Ports& p) { return port >= p.first && port <= p.last; });
}

inline bool PortGlance::fits(std::span<const Ports> ports, uint16_t port) const {
  return may_fit(port) && (whole_ || port_fits(ports, port));
}

}  // namespace glacis
