#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>

#include "dataplane/path/path_alert.h"

namespace glacis {

// What a path has told: the point, the step that reached it, who was bound.
struct Telling {
  bool complete = false;
  uint16_t point = 0;
  StepIndex step;
  PathBindings bindings;
  friend auto operator<=>(const Telling&, const Telling&) = default;
};

// Counts equal tellings within a window, which opens with the first; window 0 never closes. At most
// `capacity` are remembered; beyond it the oldest is forgotten and would be told anew (counted).
// Thread: the correlator's.
class ToldLog {
 public:
  ToldLog(Nanos window, size_t capacity) : window_(window), capacity_(capacity) {}

  // How often it was told before in its window; now once more.
  [[nodiscard]] uint32_t note(const Telling& telling, Nanos now);
  [[nodiscard]] uint64_t forgotten() const { return forgotten_; }

 private:
  struct Entry {
    Nanos opened;
    uint64_t sequence = 0;
    uint32_t count = 0;
  };
  void forget_oldest();

  const Nanos window_;
  const size_t capacity_;
  std::map<Telling, Entry> entries_;
  std::map<uint64_t, Telling> by_age_;
  uint64_t sequence_ = 0;
  uint64_t forgotten_ = 0;
};

}  // namespace glacis
