#pragma once

#include <functional>

#include "tests/fakes/fed_engine_input.h"

namespace glacis {

// Spans under an open loop at a share of the capacity, which is measured right before each. What the ring refuses fails
// the test, unless the machine changed meanwhile: then the share was not what it should be, nothing was shown, and the
// span is gone through again. A change is seen in what the worker waited for a CPU, in what the hypervisor kept
// (/proc/stat, proc(5)), and in the capacity afterwards. Threads: one, the one that built the input.
class SteadyLoad {
 public:
  SteadyLoad(FedEngineInput& input, const Engine& engine, uint64_t packets_to_measure, double share)
      : input_(input), engine_(engine), to_measure_(packets_to_measure), share_(share) {}

  // Afterwards the source has stopped, and the engine has taken what it had sent.
  void span(const std::function<void()>& work);
  // By the ring, in spans that showed nothing; packets.
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  // What a change of the machine shows in; seconds.
  struct Lent {
    double waited = 0, stolen = 0;
  };
  [[nodiscard]] static Lent lent();
  [[nodiscard]] bool go_through(const std::function<void()>& work, bool last);

  FedEngineInput& input_;
  const Engine& engine_;
  const uint64_t to_measure_;
  const double share_;
  uint64_t refused_ = 0;
};

}  // namespace glacis
