#include "sensor/policy/session_core.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/utf8.h"
#include "glacis/v1/sensor.pb.h"

namespace glacis::sensor {
namespace {

// A status stays far below gRPC's 4 MiB, whatever a hostile policy makes the builder say.
constexpr size_t kMostErrors = 500, kLongestText = 1'000;
// Waiting to be sent. Control that offers without reading does not make more of them.
constexpr size_t kMostStatuses = 256;

// Texts quote the policy and are cut short: what is left of a character would make control refuse the
// whole message, and never learn why its policy was refused.
std::string tellable(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < kLongestText) {
    const size_t length = utf8_character(text);
    out += length == 0 ? "?" : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

void put_error(const Error& error, v1::PolicyStatus& status) {
  auto& out = *status.add_errors();
  out.set_field(tellable(error.where));
  out.set_reason(tellable(Error{error.what, "", error.hint}.text()));
}

void put_swap(const SwapCost& cost, v1::SwapReport& out) {
  out.set_previous_digest(cost.previous_digest);
  out.set_generation(cost.generation);
  out.set_received_before(cost.received_before);
  out.set_processed_before(cost.processed_before);
  out.set_lost_before(cost.lost_before);
  out.set_received_after(cost.received_after);
  out.set_processed_after(cost.processed_after);
  out.set_lost_after(cost.lost_after);
  out.set_longest_pause_ns(cost.longest_pause_ns);
  out.set_swap_ns(cost.swap_ns);
}

}  // namespace

SessionCore::SessionCore(PolicyTarget& target, PolicyStore& store, StoredPolicy running)
    : target_(target), store_(store), running_version_(running.version), running_digest_(std::move(running.digest)) {}

SessionCore::~SessionCore() = default;

void SessionCore::begin_stream() {
  const std::scoped_lock lock(mutex_);
  assembly_ = OfferAssembly();
  offer_.reset();
  statuses_.clear();
  if (!running_digest_.empty()) say_running();
}

void SessionCore::say_running() {
  Offer running;
  running.version = running_version_;
  running.digest = running_digest_;
  say(running, v1::POLICY_STATE_ACTIVE);
}

void SessionCore::take(const v1::SessionResponse& message) {
  const std::scoped_lock lock(mutex_);
  if (message.has_offer()) take_piece(message.offer());
  if (message.has_activate()) take_activate(message.activate());
}

void SessionCore::take_piece(const v1::PolicyOffer& piece) {
  const uint64_t before = assembly_.offer().nonce;
  const auto outcome = assembly_.add(piece);
  // A newer offer, even a half one, replaces what is in hand.
  if (assembly_.offer().nonce != before && outcome != OfferAssembly::Outcome::kStale) offer_.reset();
  if (outcome == OfferAssembly::Outcome::kRefused) return reject(assembly_.offer(), {assembly_.error()});
  if (outcome != OfferAssembly::Outcome::kComplete) return;
  if (const auto fault = fault_of(assembly_.offer())) return reject(assembly_.offer(), {*fault});
  offer_ = assembly_.take();
  warm_ = activate_ = false;
  activate_at_ns_ = 0;
}

std::optional<Error> SessionCore::fault_of(const Offer& offer) const {
  const uint64_t highest = store_.highest_version();
  if (offer.version < highest) {
    return Error{"version " + std::to_string(offer.version) + " is older than " + std::to_string(highest) +
                     ", which this sensor has trusted",
                 "version", "a roll back is a newer version"};
  }
  if (offer.version == running_version_ && !running_digest_.empty() && offer.digest != running_digest_) {
    return Error{"version " + std::to_string(offer.version) + " is in use with another digest", "version", ""};
  }
  return std::nullopt;
}

void SessionCore::take_activate(const v1::Activate& message) {
  if (!offer_ || message.nonce() != offer_->nonce) return;  // stale
  if (message.version() != offer_->version) {
    reject(*offer_, {Error{"version " + std::to_string(message.version()) + " was to be activated, " +
                               std::to_string(offer_->version) + " was offered",
                           "version", ""}});
    offer_.reset();
    return;
  }
  activate_ = true;
  activate_at_ns_ = std::max<int64_t>(message.at_ns(), 0);
}

bool SessionCore::work(int64_t now_ns) {
  OfferPointer offer;
  bool is_warm = false;
  {
    const std::scoped_lock lock(mutex_);
    if (!offer_) return false;
    if (warm_ && (!activate_ || activate_at_ns_ > now_ns)) return false;
    // An offer that was taken while another one was being activated may be the older by now.
    if (const auto fault = fault_of(*offer_); fault && !warm_) {
      reject(*offer_, {*fault});
      offer_.reset();
      return true;
    }
    offer = offer_;
    is_warm = warm_;
  }
  is_warm ? activate(offer) : warm(offer);
  return true;
}

std::optional<int64_t> SessionCore::due_ns() const {
  const std::scoped_lock lock(mutex_);
  if (!offer_ || (warm_ && !activate_)) return std::nullopt;
  return warm_ ? activate_at_ns_ : 0;
}

void SessionCore::warm(const OfferPointer& offer) {
  // What runs is not built again; its version may have grown. Only this thread changes running_digest_.
  const bool runs = offer->digest == running_digest_;
  const ExpectedAll<int64_t> warmed = runs ? ExpectedAll<int64_t>(0) : target_.warm(offer->bytes, offer->version);
  const std::scoped_lock lock(mutex_);
  if (offer_ != offer) return;  // replaced meanwhile
  if (!warmed) {
    reject(*offer, warmed.error());
    offer_.reset();
    return;
  }
  warm_ = true;
  activate_ = activate_ || offer->activate_when_warm;
  ++counts_.warmed;
  say(*offer, v1::POLICY_STATE_WARMED).set_warm_ns(*warmed);
}

void SessionCore::activate(const OfferPointer& offer) {
  SwapCost cost;
  if (offer->digest == running_digest_) {
    cost.previous_digest = running_digest_;
  } else {
    cost = target_.activate();
  }
  const auto stored = store_.save({offer->version, offer->digest, offer->bytes});
  const std::scoped_lock lock(mutex_);
  counts_.store_error = stored ? "" : stored.error().text();
  ++counts_.activated;
  running_version_ = offer->version;
  running_digest_ = offer->digest;
  if (offer_ != offer) return say_running();  // a newer offer, or a new stream, came meanwhile
  put_swap(cost, *say(*offer, v1::POLICY_STATE_ACTIVE).mutable_swap());
  offer_.reset();
}

v1::PolicyStatus& SessionCore::say(const Offer& offer, int state) {
  auto status = std::make_unique<v1::PolicyStatus>();
  status->set_nonce(offer.nonce);
  status->set_state(static_cast<v1::PolicyState>(state));
  status->set_version(offer.version);
  status->set_digest(offer.digest);
  status->set_version_in_use(running_version_);
  status->set_digest_in_use(running_digest_);
  if (statuses_.size() == kMostStatuses) statuses_.pop_front();
  statuses_.push_back(std::move(status));
  return *statuses_.back();
}

void SessionCore::reject(const Offer& offer, const std::vector<Error>& errors) {
  v1::PolicyStatus& status = say(offer, v1::POLICY_STATE_REJECTED);
  for (size_t i = 0; i < std::min(errors.size(), kMostErrors); ++i) put_error(errors[i], status);
  if (errors.size() > kMostErrors) {
    put_error({std::to_string(errors.size() - kMostErrors) + " further faults", "", ""}, status);
  }
  ++counts_.rejected;
}

std::unique_ptr<v1::PolicyStatus> SessionCore::next_status() {
  const std::scoped_lock lock(mutex_);
  if (statuses_.empty()) return nullptr;
  auto status = std::move(statuses_.front());
  statuses_.pop_front();
  return status;
}

SessionCore::View SessionCore::view() const {
  const std::scoped_lock lock(mutex_);
  View view = counts_;
  view.version = running_version_;
  view.digest = running_digest_;
  view.highest = store_.highest_version();
  return view;
}

}  // namespace glacis::sensor
