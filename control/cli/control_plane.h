#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "control/cli/connection.h"
#include "control/threat_model/diagnostic.h"
#include "dataplane/base/error.h"

namespace glacis::v1 {
class GetFleetResponse;
class ListModelsResponse;
class PushHeader;
class PushModelResponse;
class SubscribeRequest;
class SubscribeResponse;
class WatchRolloutResponse;
}  // namespace glacis::v1

namespace glacis::control {

// Why a call did not do what was asked.
struct CallFault {
  enum class Kind : uint8_t {
    kAway,       // nobody answers, or the connection broke
    kBusy,       // it answers, but cannot do it now: a full disk, too many pushes
    kDenied,     // this caller may not
    kInvalid,    // what was sent makes no sense to it
    kConflict,   // it does not fit the other active models
    kWrongBase,  // another version is active
    kSlow,       // it did not end within the time that the caller gave it
    kOther,
  };
  Kind kind = Kind::kOther;
  std::string message;  // from outside: print it through printable()
};
using CallResult = std::expected<void, CallFault>;

// The control plane's services as a client sees them; all of gRPC is behind it. Connects at the
// first call; one that cannot is kAway within seconds. Calls without an end of their own have a
// deadline. Thread: one; a stop token may be stopped from any.
class ControlPlane {
 public:
  // Fails on a TLS file that cannot be read.
  [[nodiscard]] static Expected<ControlPlane> open(const Connection& connection);
  ControlPlane(ControlPlane&&) noexcept;
  ControlPlane& operator=(ControlPlane&&) noexcept;
  ~ControlPlane();

  [[nodiscard]] const std::string& address() const;

  // Sends the files in pieces. On a refusal `response` holds the diagnostics that came with it,
  // which may be fewer than there are.
  [[nodiscard]] CallResult push(const v1::PushHeader& header, const std::vector<SourceFile>& files,
                                v1::PushModelResponse& response);
  [[nodiscard]] CallResult list_models(v1::ListModelsResponse& response);
  [[nodiscard]] CallResult get_fleet(v1::GetFleetResponse& response);
  // Returns when the rollout is over; after `at_most_s` seconds as kSlow.
  using OnRollout = std::function<void(const v1::WatchRolloutResponse&)>;
  [[nodiscard]] CallResult watch_rollout(uint64_t rollout, uint64_t at_most_s, const OnRollout& on_event);
  // Returns at the end of what is stored (without `follow`), when `on_response` returns false, or
  // when `stop` is stopped; all three are no fault.
  using OnAlert = std::function<bool(const v1::SubscribeResponse&)>;
  [[nodiscard]] CallResult subscribe(const v1::SubscribeRequest& request, const std::stop_token& stop,
                                     const OnAlert& on_response);
  // Tries once to connect. False: it could not, or was stopped before; a call says why.
  [[nodiscard]] bool connect(const std::stop_token& stop);
  // Waits until it is connected. False: stopped before.
  [[nodiscard]] bool wait_until_connected(const std::stop_token& stop);

 private:
  class Implementation;
  explicit ControlPlane(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace glacis::control
