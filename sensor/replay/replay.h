#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/decode/decode.h"
#include "dataplane/port/capture_read.h"
#include "dataplane/worker/engine.h"
#include "sensor/runtime/loss_counters.h"

namespace glacis::sensor {

struct ReplayOptions {
  std::string policy_file;            // a compiled policy, as control would send it
  std::vector<std::string> captures;  // merged by packet time, then by their order here
  std::string eve_file;               // "-" or "": stdout
  bool flows = false;                 // flow records too
  bool keep_duplicates = false;       // packets that come again within 5 ms are looked at too
  bool json_summary = false;          // the summary as one JSON line
  DecodeOptions decode;
  uint64_t stream_depth = UINT64_MAX;  // see StreamOptions
  uint16_t workers = 1;
  uint16_t burst = 32;
  uint64_t hash_seed = 1;
  std::string sensor = "replay";
};

struct ReplaySummary {
  EngineCounters counters;
  uint64_t alerts = 0;  // lines written, revisions included
  uint64_t flow_records = 0;
  std::vector<Error> faults;  // captures that ended in the middle
  std::vector<CaptureRead> captures;
  // What was lost, a phrase each: "3 packets not read: truncated". Of packets, or of payload alone.
  [[nodiscard]] std::vector<std::string> losses(LossOf of) const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string json() const;
};

// Sends captures through the production engine and writes EVE lines: the same bytes for any number of
// workers, burst size and seed, as long as no cap was hit. Starts EAL; once in a process.
// Fails when the policy, a capture or the output cannot be opened. Thread: main.
[[nodiscard]] ExpectedAll<ReplaySummary> replay(const ReplayOptions& options);

}  // namespace glacis::sensor
