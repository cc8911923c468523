#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glacis::bench {

// Whole conversations, up to 256 at a time, interleaved at random: 70 % TCP from SYN to the last
// acknowledgement, 30 % UDP; 10 % IPv6, 5 % with a VLAN tag; one of five to port 80 with text, the
// others to 443 with random bytes. Sequence numbers and checksums are right, so that the same list
// can be played again: a SYN starts anew.
struct Conversations {
  std::vector<std::vector<uint8_t>> frames;
  size_t conversations = 0;
  // "conversations: mean 432 B, 70 % TCP, ..."
  [[nodiscard]] std::string name() const;
};

// At least `packets` frames; the last conversation is whole too.
[[nodiscard]] Conversations make_conversations(size_t packets, uint64_t seed);

// What passes over port 80: lines of headers and markup with random words and numbers in them.
[[nodiscard]] std::vector<uint8_t> make_text(size_t bytes, uint64_t seed);

}  // namespace glacis::bench
