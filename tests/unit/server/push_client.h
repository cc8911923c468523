#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "control/threat_model/compile.h"
#include "tests/unit/server/control_fixture.h"

namespace glacis::control {

inline std::string shipped_model(const std::string& name) {
  std::ifstream in(GLACIS_SOURCE_DIR "/configs/models/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

inline void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

// What came back from a push.
struct Pushed {
  grpc::Status status;
  v1::PushModelResponse response;  // of the trailer when it was refused
};

// A push of one file; what is public may be changed before run().
class PushClient {
 public:
  PushClient(v1::ModelService::Stub& stub, const std::string& text) : stub_(stub) {
    header.add_files("shop.yaml");
    header.set_digest(digest_of(text));
    for (size_t at = 0; at < text.size() || at == 0; at += kPiece) pieces.push_back(text.substr(at, kPiece));
  }
  Pushed run() {
    ClientCall call;
    Pushed out;
    const auto writer = stub_.PushModel(&call, &out.response);
    for (size_t i = 0; i < pieces.size(); ++i) {
      v1::PushModelRequest request;
      if (i == 0 && with_header) *request.mutable_header() = header;
      request.set_file(file);
      request.set_piece(pieces[i]);
      if (!writer->Write(request)) break;
    }
    writer->WritesDone();
    out.status = writer->Finish();
    const auto& trailers = call.GetServerTrailingMetadata();
    if (const auto found = trailers.find("glacis-diagnostics-bin"); found != trailers.end()) {
      EXPECT_TRUE(out.response.ParseFromArray(found->second.data(), static_cast<int>(found->second.size())));
    }
    return out;
  }

  static constexpr size_t kPiece = 4096;
  v1::PushHeader header;
  std::vector<std::string> pieces;
  uint32_t file = 0;
  bool with_header = true;

 private:
  v1::ModelService::Stub& stub_;
};

// The story of a rollout, read state by state.
class RolloutStream {
 public:
  RolloutStream(v1::ModelService::Stub& stub, uint64_t rollout) {
    v1::WatchRolloutRequest request;
    request.set_rollout(rollout);
    stream_ = stub.WatchRollout(&call_, request);
  }
  std::optional<v1::WatchRolloutResponse> next() {
    v1::WatchRolloutResponse response;
    if (!stream_->Read(&response)) return std::nullopt;
    return response;
  }
  // "core-1 OFFERED"
  std::string line() {
    const auto event = next();
    if (!event) return "over";
    return event->sensor() + " " + v1::RolloutState_Name(event->state()).substr(14);
  }
  grpc::Status finish() { return stream_->Finish(); }
  void cancel() { call_.TryCancel(); }

 private:
  ClientCall call_;
  std::unique_ptr<grpc::ClientReader<v1::WatchRolloutResponse>> stream_;
};

}  // namespace glacis::control
