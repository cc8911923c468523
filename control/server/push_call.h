#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "control/server/services.h"
#include "glacis/v1/model.pb.h"

namespace glacis::control {

// One push: files in, then compile, compose and store on the threads for it, then the answer. Owns
// itself until OnDone; the compiler shares it.
class PushCall final : public grpc::ServerReadReactor<v1::PushModelRequest> {
 public:
  static PushCall* open(Services& services, Caller caller, grpc::CallbackServerContext& context,
                        v1::PushModelResponse& response);
  void OnReadDone(bool ok) override;
  void OnDone() override;

 private:
  PushCall(Services& services, Caller caller, grpc::CallbackServerContext& context, v1::PushModelResponse& response)
      : services_(services), caller_(std::move(caller)), context_(context), response_(response) {}

  grpc::Status take(const v1::PushModelRequest& request);
  grpc::Status take_header(const v1::PushHeader& header);
  void push();                                         // on the compiler's thread
  grpc::Status refusal(const PreparedPush& prepared);  // with the trailer
  grpc::Status store(const PreparedPush& prepared);
  void fill(const PreparedPush& prepared);

  Services& services_;
  const Caller caller_;
  grpc::CallbackServerContext& context_;
  v1::PushModelResponse& response_;
  std::shared_ptr<PushCall> self_;
  v1::PushModelRequest request_;
  v1::PushHeader header_;
  bool has_header_ = false;
  std::vector<SourceFile> files_;
  size_t bytes_ = 0;
};

}  // namespace glacis::control
