#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "glacis/v1/sensor.pb.h"
#include "sensor/policy/policy_store.h"

namespace glacis::sensor {

enum class When { kWarm, kTold };  // to activate: as soon as it is warm, or when control says

// An offer as control sends it, in pieces of `piece_bytes`.
inline std::vector<v1::SessionResponse> offer_of(uint64_t nonce, uint64_t version, const std::string& bytes,
                                                 When when = When::kTold, size_t piece_bytes = 256 * 1024) {
  std::vector<v1::SessionResponse> out;
  size_t offset = 0;
  do {
    v1::PolicyOffer& piece = *out.emplace_back().mutable_offer();
    piece.set_nonce(nonce);
    piece.set_version(version);
    piece.set_digest(sha256(bytes));
    piece.set_total_bytes(bytes.size());
    piece.set_offset(offset);
    piece.set_piece(bytes.substr(offset, piece_bytes));
    piece.set_activate_when_warm(when == When::kWarm);
    offset += std::max<size_t>(piece.piece().size(), 1);
    piece.set_last(offset >= bytes.size());
  } while (offset < bytes.size());
  return out;
}

inline v1::SessionResponse activation_of(uint64_t nonce, uint64_t version, int64_t at_ns = 0) {
  v1::SessionResponse out;
  out.mutable_activate()->set_nonce(nonce);
  out.mutable_activate()->set_version(version);
  out.mutable_activate()->set_at_ns(at_ns);
  return out;
}

}  // namespace glacis::sensor
