#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::v1 {
class PolicyOffer;
}

namespace glacis::sensor {

inline constexpr uint64_t kMostPolicyBytes = 64ULL << 20;

struct Offer {
  uint64_t nonce = 0;
  uint64_t version = 0;
  std::string digest;
  std::string bytes;
  bool activate_when_warm = false;
};

// Puts the pieces of one offer together and believes none of them: size, order and digest are checked,
// memory grows with what has come, not with what was announced. A piece of a newer nonce begins a new
// offer; pieces of an older or a refused one are stale. Thread: its owner's.
class OfferAssembly {
 public:
  enum class Outcome { kMore, kComplete, kRefused, kStale };
  Outcome add(const v1::PolicyOffer& piece);

  // Of the newest nonce. Whole after kComplete; take() hands it out.
  [[nodiscard]] const Offer& offer() const { return offer_; }
  [[nodiscard]] std::shared_ptr<const Offer> take() { return std::make_shared<const Offer>(std::move(offer_)); }
  [[nodiscard]] const Error& error() const { return error_; }  // after kRefused

 private:
  Outcome refuse(std::string field, std::string reason);
  void begin(const v1::PolicyOffer& piece);

  Offer offer_;
  uint64_t nonce_ = 0;  // the newest seen on this stream
  uint64_t total_ = 0;
  bool open_ = false;  // pieces of nonce_ are awaited
  Error error_;
};

}  // namespace glacis::sensor
