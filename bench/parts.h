#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "dataplane/base/error.h"
#include "dataplane/port/mbuf_stamp.h"

namespace glacis::bench {

enum class Scale : uint8_t { kQuick, kFull };

struct Setting {
  MeasureOptions measure;
  Scale scale = Scale::kFull;
  std::vector<std::string> captures;  // to replay beside the synthetic one
  MbufStampField stamp;
};

using Tell = std::function<void(const Result&)>;

// Each measures its lines and tells them as they come. They fail when memory or a file is missing.
[[nodiscard]] Expected<void> bench_decode(const Setting& setting, const Tell& tell);
[[nodiscard]] Expected<void> bench_captures(const Setting& setting, const Tell& tell);
[[nodiscard]] Expected<void> bench_pipeline(const Setting& setting, const Tell& tell);

}  // namespace glacis::bench
