#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

namespace glacis::sensor {

// What has been sent of each spool, and what of it control has committed. An acknowledgement is believed
// no further than something was sent: control that errs cannot make the spool forget what it never saw.
// Records that are no alerts are passed over; they are done with when all before them is committed.
// Not safe: its owner's mutex. Grows by the spools of earlier runs only.
class DeliveryLedger {
 public:
  // `read`: the last sequence taken from the spool; `sent`: the last of them that goes out, 0: none does.
  // Returns what the spool may forget at once, 0: nothing.
  uint64_t taken(const std::string& spool, uint64_t read, uint64_t sent) {
    Line& line = lines_[spool];
    line.read = std::max(line.read, read);
    line.sent = std::max(line.sent, sent);
    return line.committed >= line.sent ? line.read : 0;
  }
  // Control has stored everything up to `sequence`, it says. Returns what the spool may forget; 0: that
  // was no news.
  uint64_t committed(const std::string& spool, uint64_t sequence) {
    const auto at = lines_.find(spool);
    if (at == lines_.end()) return 0;
    Line& line = at->second;
    const uint64_t believed = std::min(sequence, line.sent);
    if (believed <= line.committed) return 0;
    line.committed = believed;
    return line.committed >= line.sent ? line.read : line.committed;
  }
  // The last sequence ever taken from this spool.
  [[nodiscard]] uint64_t read(const std::string& spool) const {
    const auto at = lines_.find(spool);
    return at == lines_.end() ? 0 : at->second.read;
  }
  // Something was sent that is not committed.
  [[nodiscard]] bool outstanding() const {
    return std::any_of(lines_.begin(), lines_.end(),
                       [](const auto& line) { return line.second.committed < line.second.sent; });
  }

 private:
  struct Line {
    uint64_t read = 0, sent = 0, committed = 0;
  };
  std::map<std::string, Line> lines_;
};

}  // namespace glacis::sensor
