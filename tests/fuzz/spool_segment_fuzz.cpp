// A spool's segment as a disk may give it back. What is told as a record reads back the same, and every
// byte up to the end is in a record or counted as corrupt.
#include <string>
#include <string_view>

#include "sensor/alert/spool_segment.h"
#include "tests/fuzz/require.h"

using namespace glacis;
using namespace glacis::sensor;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const SegmentScan scan = scan_segment(bytes, 0);
  require(scan.end <= bytes.size(), "the end is in the segment");
  std::string good;
  uint64_t before = 0;
  for (const SpoolRecord& record : scan.records) {
    require(record.sequence > before, "sequences ascend");
    require(record.bytes.size() <= kMaxSpoolRecord, "a record is no longer than allowed");
    before = record.sequence;
    put_record(good, record.sequence, record.bytes);
  }
  require(good.size() + scan.corrupt == scan.end, "every byte is in a record or corrupt");
  const SegmentScan again = scan_segment(good, 0);
  require(again.corrupt == 0 && again.records.size() == scan.records.size(), "good records read back");
  return 0;
}
