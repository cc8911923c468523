#pragma once

#include <grpcpp/grpcpp.h>

#include <utility>

namespace glacis::control {

// A call that ends at once with a status. `Reactor` is the gRPC reactor of the method.
template <class Reactor>
class EndingReactor final : public Reactor {
 public:
  explicit EndingReactor(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace glacis::control
