#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc

namespace glacis::sensor {

// Ends a stream whose peer lives and does not do its part: one that never reads would make a write wait for
// ever, one whose answers are no messages the end of the stream, and with it the thread that dials again.
// One for each stream, with a thread of its own; borrows the context. Threads: write and finish by one.
class WriteWatch {
 public:
  WriteWatch(grpc::ClientContext& context, std::chrono::milliseconds patience);
  ~WriteWatch();
  WriteWatch(const WriteWatch&) = delete;
  WriteWatch& operator=(const WriteWatch&) = delete;

  // False: the stream is broken, or the peer took nothing for as long as the patience lasts.
  template <class Stream, class Message>
  [[nodiscard]] bool write(Stream& stream, const Message& message) {
    begin(Waiting::kForWrite);
    const bool written = stream.Write(message);
    end();
    return written;
  }
  // Why it ended, in the peer's words where there are any. After the last read has failed.
  template <class Stream>
  [[nodiscard]] std::string finish(Stream& stream) {
    begin(Waiting::kForEnd);
    const auto status = stream.Finish();
    end();
    return why(status);
  }

 private:
  enum class Waiting : uint8_t { kNot, kForWrite, kForEnd };
  void begin(Waiting waiting);
  void end() { begin(Waiting::kNot); }
  void watch();
  [[nodiscard]] std::string why(const grpc::Status& status) const;

  grpc::ClientContext& context_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Waiting waiting_ = Waiting::kNot;
  Waiting stalled_ = Waiting::kNot;  // what was waited for in vain
  uint64_t changes_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace glacis::sensor
