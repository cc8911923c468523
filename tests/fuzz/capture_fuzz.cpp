// A capture's bytes. Every packet lies in the file and has a time in range, reading ends, and a second
// reading gives the same. The reader maps files, so the input goes through one in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "dataplane/decode/decode.h"
#include "dataplane/port/capture_reader.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;

class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size) : file_(::memfd_create("capture", MFD_CLOEXEC)) {
    require(file_ >= 0 && ::write(file_, data, size) == static_cast<ssize_t>(size), "a file in memory takes the input");
  }
  ~MemoryFile() { ::close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  const int file_;
};

struct Reading {
  std::vector<Nanos> times;
  uint64_t bytes = 0, unsupported = 0;
  bool broken = false;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read_all(CaptureReader& reader) {
  Reading out;
  while (const auto packet = reader.next()) {
    require(packet->time.value >= 0 && packet->time <= kLatestCaptured, "a packet's time is in range");
    // A copy of exactly this size, so that a sanitizer sees a read beyond it.
    const std::vector<uint8_t> frame(packet->bytes.begin(), packet->bytes.end());
    (void)decode(frame, packet->link);
    out.times.push_back(packet->time);
    out.bytes += frame.size();
  }
  out.unsupported = reader.unsupported();
  out.broken = reader.fault().has_value();
  require(!reader.next(), "nothing comes after the end");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryFile file(data, size);
  const auto reader = CaptureReader::open(file.path());
  if (!reader) {
    require(!reader.error().what.empty() && !reader.error().where.empty(), "a refusal says what and where");
    return 0;
  }
  const Reading first = read_all(**reader);
  require(first.bytes <= size, "packets are no longer than the file");
  (*reader)->rewind();
  require(read_all(**reader) == first, "a second reading gives the same");
  return 0;
}
