#include "bench/flow_ends.h"

#include "bench/reference_policy.h"
#include "dataplane/base/mix64.h"

namespace glacis::bench {
namespace {

// Steele, Lea, Flood: "Fast splittable pseudorandom number generators".
class SplitMix {
 public:
  SplitMix(uint64_t seed, uint64_t index) : state_(seed * kGolden64 + index * 0xd1342543de82ef95u) {}
  unsigned below(unsigned n) {
    state_ += kGolden64;
    return static_cast<unsigned>(mix64(state_) >> 32) % n;
  }

 private:
  uint64_t state_;
};

}  // namespace

FlowEnds draw_flow(uint64_t seed, size_t index, unsigned ip6_percent, unsigned vlan_percent) {
  SplitMix random(seed, index);
  const unsigned zone = random.below(kReferenceZones);
  const unsigned peer = (zone + 1 + random.below(kReferencePeers)) % kReferenceZones;
  FlowEnds out;
  out.ip6 = random.below(100) < ip6_percent;
  for (IpAddress* end : {&out.initiator, &out.responder}) {
    const unsigned prefix = random.below(kReferencePrefixes4), host = 1 + random.below(250);
    *end = reference_address(end == &out.initiator ? zone : peer, prefix, host, out.ip6);
  }
  out.port = static_cast<uint16_t>(1024 + index % 60'000);
  out.tagged = random.below(100) < vlan_percent;
  return out;
}

}  // namespace glacis::bench
