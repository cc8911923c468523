#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/worker/engine.h"

namespace glacis::sensor {

// Whether the sensor keeps up, in words: what it sheds, which packets and events it loses. What is over stays a
// reason to be ill for kWhile, so that who looks now and then sees it.
// Threads: look by one; reasons by any.
class LoadHealth {
 public:
  static constexpr Nanos kWhile = seconds(60);

  // Several times a second; `now`: Unix time. Lines for the operator: what begins and, a while after it, that it is
  // over.
  std::vector<std::string> look(const EngineCounters& counters, const EngineLoad& load, Nanos now);
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  // An unbroken row of looks at which something was wrong, with no calm of kWhile in between.
  struct Spell {
    Nanos since, last;  // last 0: there is none
    [[nodiscard]] bool on() const { return last.value != 0; }
    // Whether it begins.
    bool seen(Nanos now);
    // Whether it is over.
    bool calm(Nanos now);
  };
  struct Losses {
    uint64_t missed = 0, no_mbuf = 0, ring_full = 0, events = 0;
  };
  void look_at_load(const EngineLoad& load, Nanos now, std::vector<std::string>& out);
  void look_at_losses(const Losses& all, Nanos now, std::vector<std::string>& out);
  [[nodiscard]] std::string shedding_text() const;
  [[nodiscard]] std::string losses_text() const;

  mutable std::mutex mutex_;  // of everything below
  Spell shedding_, losing_;
  bool sheds_now_ = false;
  EngineLoad worst_;        // of the spell
  Losses at_begin_, seen_;  // before the spell; at the last look
};

}  // namespace glacis::sensor
