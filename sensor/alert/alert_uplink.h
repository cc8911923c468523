#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sensor/alert/spool.h"

namespace grpc {
class Channel;
}

namespace glacis::sensor {

struct UplinkOptions {
  std::string sensor;
  int64_t first_wait_ms = 200;  // before the second attempt; doubles with jitter
  int64_t longest_wait_ms = 10'000;
  int64_t answer_wait_ms = 30'000;  // a stream that acknowledges or reads nothing for so long is given up
  uint64_t seed = 1;                // of the jitter
};

struct UplinkCounters {
  bool connected = false;  // a stream on which something was acknowledged since it was opened
  uint64_t sent = 0;       // alerts, repeats included
  uint64_t batches = 0;
  uint64_t streams = 0;     // opened so far
  uint64_t unreadable = 0;  // records that were no alerts; skipped, each counted once
  std::string last_error;   // why the last stream ended; empty: none did
};

// Sends what the spool holds over the Deliver stream, in batches of at most 100, and tells the spool
// what control has committed. A broken stream is opened again with jitter and resumes behind the last
// acknowledgement, so nothing is lost and repeats carry the same sequence. Acknowledgements of another
// spool count for nothing, those beyond what was sent for what was sent.
// Borrows the spool. Threads: one of its own for sending and one for each stream's answers; wake by any,
// start and stop by one.
class AlertUplink {
 public:
  AlertUplink(UplinkOptions options, Spool& spool, std::shared_ptr<grpc::Channel> channel);
  ~AlertUplink();

  void start();
  void wake();  // the spool has more
  // Waits until everything spooled is acknowledged, at most `drain_ms`, then ends. A wait between two
  // attempts ends at once.
  void stop(int64_t drain_ms);
  [[nodiscard]] UplinkCounters counters() const;

 private:
  class Sender;
  std::unique_ptr<Sender> sender_;
};

}  // namespace glacis::sensor
