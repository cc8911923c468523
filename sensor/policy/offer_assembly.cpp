#include "sensor/policy/offer_assembly.h"

#include <utility>

#include "glacis/v1/sensor.pb.h"
#include "sensor/policy/policy_store.h"

namespace glacis::sensor {

OfferAssembly::Outcome OfferAssembly::refuse(std::string field, std::string reason) {
  open_ = false;
  offer_.bytes.clear();
  error_ = {std::move(reason), std::move(field), ""};
  return Outcome::kRefused;
}

void OfferAssembly::begin(const v1::PolicyOffer& piece) {
  nonce_ = piece.nonce();
  total_ = piece.total_bytes();
  open_ = true;
  offer_ = Offer{nonce_, piece.version(), piece.digest(), {}, piece.activate_when_warm()};
}

OfferAssembly::Outcome OfferAssembly::add(const v1::PolicyOffer& piece) {
  const bool first = piece.nonce() > nonce_;
  if (first) begin(piece);
  if (piece.nonce() != nonce_ || !open_) return Outcome::kStale;
  if (first && total_ > kMostPolicyBytes) {
    return refuse("total_bytes", std::to_string(total_) + " bytes; a sensor takes " + std::to_string(kMostPolicyBytes));
  }
  if (first && total_ == 0) return refuse("total_bytes", "is 0: a policy has bytes");
  if (first && offer_.digest.size() != 32) return refuse("digest", "is not a SHA-256: 32 bytes were expected");
  if (!first &&
      (piece.version() != offer_.version || piece.total_bytes() != total_ || piece.digest() != offer_.digest)) {
    return refuse("offset", "the piece at " + std::to_string(piece.offset()) + " belongs to another offer");
  }
  if (piece.offset() != offer_.bytes.size()) {
    return refuse("offset", "a piece begins at " + std::to_string(piece.offset()) + ", " +
                                std::to_string(offer_.bytes.size()) + " was expected");
  }
  if (piece.piece().size() > total_ - offer_.bytes.size()) {
    return refuse("piece", "more bytes than the " + std::to_string(total_) + " announced");
  }
  offer_.bytes += piece.piece();
  if (!piece.last()) return Outcome::kMore;
  if (offer_.bytes.size() != total_) {
    return refuse("total_bytes",
                  std::to_string(offer_.bytes.size()) + " bytes came, " + std::to_string(total_) + " were announced");
  }
  if (sha256(offer_.bytes) != offer_.digest) return refuse("digest", "is not that of the bytes that came");
  open_ = false;
  return Outcome::kComplete;
}

}  // namespace glacis::sensor
