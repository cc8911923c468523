#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/report.h"
#include "dataplane/base/error.h"
#include "dataplane/policy/generation.h"
#include "dataplane/port/mbuf_stamp.h"

namespace glacis::bench {

struct Setting {
  MeasureOptions measure = {};
  uint64_t most_flows = 0;                 // lines with more are left out
  unsigned swaps = 0, swap_seconds = 0;    // under load; how many of them are watched for a whole second
  unsigned elephant_ms = 0;                // how long an elephant stays, in each run
  unsigned soak_s = 0;                     // 0: left out
  std::vector<std::string> captures = {};  // to replay beside the synthetic one
  MbufStampField stamp;
  // The reference policy, by what it looks into.
  std::shared_ptr<const Generation> selected = {}, everything = {};
  std::shared_ptr<const Generation> large = {};  // ten times as large, looks into what `selected` does; null: left out
};

// Each measures its lines and adds them as they come. They fail when memory or a file is missing.
[[nodiscard]] Expected<void> bench_decode(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_table(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_scan(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_stream(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_pipeline(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_mixes(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_cores(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_swap(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_elephant(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_soak(const Setting& setting, Report& report);
[[nodiscard]] Expected<void> bench_capture(const Setting& setting, Report& report);

}  // namespace glacis::bench
