#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/flow/flow_hash.h"
#include "dataplane/packet/carrier.h"

namespace glacis {

// What the tunnelled flows of one worker came in, each carrier once: a tunnel has many flows, and a flow has two bytes
// to name it with. Full: flows go without, counted. Memory is taken at construction. Thread: the worker.
class Carriers {
 public:
  static constexpr uint16_t kMost = 4095;

  explicit Carriers(uint64_t seed);

  // Its number, for one flow more; 0: none is free.
  [[nodiscard]] uint16_t enter(const Carrier& carrier);
  // One flow of this number has ended; 0 is fine.
  void leave(uint16_t number);
  // Of 0: that of a flow without a tunnel.
  [[nodiscard]] const Carrier& operator[](uint16_t number) const { return entries_[number].carrier; }

  [[nodiscard]] uint64_t refused() const { return refused_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Entry {
    Carrier carrier;
    uint32_t flows = 0;
    uint16_t next = 0;  // in its bucket, or among those that are free; 0: the last
  };
  [[nodiscard]] uint16_t& bucket_of(const Carrier& carrier);

  FlowHash hash_;
  std::vector<Entry> entries_;
  std::vector<uint16_t> buckets_;
  uint16_t free_ = 1;
  size_t size_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace glacis
