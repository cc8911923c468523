#include <rte_mbuf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "bench/conversations.h"
#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "dataplane/port/capture_port.h"

namespace glacis::bench {
namespace {

constexpr uint16_t kBurst = 32;  // glacis replay's own
constexpr uint32_t kMbufs = 4095;
constexpr const char* kPart = "capture replay";

// Nanosecond pcap of conversations, 1 microsecond between packets; goes with the object.
class SyntheticCapture {
 public:
  static Expected<std::unique_ptr<SyntheticCapture>> make(const Conversations& conversations) {
    std::error_code no_folder;
    const auto folder = std::filesystem::temp_directory_path(no_folder);
    if (no_folder) return fail("no folder for temporary files: " + no_folder.message(), "TMPDIR");
    std::unique_ptr<SyntheticCapture> out(
        new SyntheticCapture(folder / ("glacis-bench-" + std::to_string(::getpid()) + ".pcap")));
    if (!out->write(conversations))
      return fail(std::string("cannot write: ") + std::strerror(errno), out->path_, "set TMPDIR");
    return out;
  }
  ~SyntheticCapture() {
    std::error_code none;
    std::filesystem::remove(path_, none);
  }
  SyntheticCapture(const SyntheticCapture&) = delete;
  SyntheticCapture& operator=(const SyntheticCapture&) = delete;
  [[nodiscard]] std::string path() const { return path_; }

 private:
  explicit SyntheticCapture(std::filesystem::path path) : path_(std::move(path)) {}
  bool write(const Conversations& conversations) const {
    std::ofstream out(path_, std::ios::binary);
    put(out, {0xa1b23c4d, 0x00040002, 0, 0, 65535, 1});
    uint32_t at_us = 0;
    for (const auto& frame : conversations.frames) {
      const auto size = static_cast<uint32_t>(frame.size());
      put(out, {1'700'000'000 + at_us / 1'000'000, at_us % 1'000'000 * 1000, size, size});
      out.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(size));
      ++at_us;
    }
    out.close();
    return out.good();
  }
  static void put(std::ofstream& out, std::initializer_list<uint32_t> words) {
    for (const uint32_t word : words) out.write(reinterpret_cast<const char*>(&word), sizeof word);
  }
  const std::filesystem::path path_;
};

struct Input {
  std::string name;
  std::vector<std::string> paths;
  uint64_t packets = 0;  // of one round
};

// Every record of every file, round after round: our reader alone, no mbuf. Counts a round's
// packets.
Expected<void> record_line(const Setting& setting, Report& report, Input& input) {
  std::vector<std::unique_ptr<CaptureReader>> readers;
  for (const std::string& path : input.paths) {
    auto reader = CaptureReader::open(path);
    if (!reader) return std::unexpected(reader.error());
    readers.push_back(std::move(*reader));
  }
  const auto round = [&]() -> uint64_t {
    uint64_t packets = 0;
    for (const auto& reader : readers) {
      reader->rewind();
      while (const auto packet = reader->next()) {
        keep(packet->bytes.data());
        ++packets;
      }
    }
    return packets;
  };
  input.packets = round();
  for (const auto& reader : readers) {
    if (reader->fault()) return std::unexpected(*reader->fault());
  }
  if (input.packets == 0) return fail("no packet in it", input.paths.front(), "give a capture that has some");
  report.progress(kPart);
  report.add(measure({kPart, input.name, "records alone", 0, 0}, setting.measure, round));
  return {};
}

struct Replay {
  std::unique_ptr<MbufPool> pool;
  std::unique_ptr<CapturePort> port;
};

Expected<Replay> open_replay(const Setting& setting, const Input& input) {
  static int made = 0;
  Replay out;
  auto pool = MbufPool::make("replay" + std::to_string(made++), kMbufs);
  if (!pool) return std::unexpected(pool.error());
  out.pool = std::move(*pool);
  auto port = CapturePort::open(input.paths, {.loops = 0}, *out.pool, setting.stamp);
  if (!port) return std::unexpected(port.error());
  out.port = std::move(*port);
  return out;
}

// Rounds of a capture move on in event time, which ends in 2116.
Expected<void> still_going(const Replay& replay, const Input& input) {
  if (replay.port->state() != RxState::kEnd) return {};
  return fail("played so often that event time ran out", input.paths.front(),
              "give shorter captures, or a smaller --run-ms");
}

Expected<void> receive_line(const Setting& setting, Report& report, const Input& input) {
  auto replay = open_replay(setting, input);
  if (!replay) return std::unexpected(replay.error());
  std::array<rte_mbuf*, kBurst> mbufs;
  const auto round = [&]() -> uint64_t {
    const uint16_t count = replay->port->rx_burst(0, mbufs);
    rte_pktmbuf_free_bulk(mbufs.data(), count);
    return count;
  };
  report.progress(kPart);
  const Result line = measure({kPart, input.name, "receive and free", 0, kBurst}, setting.measure, round,
                              [&] { return replay->port->counters().errors; });
  if (auto ok = still_going(*replay, input); !ok) return ok;
  report.add(line);
  return {};
}

Expected<void> pipeline_line(const Setting& setting, Report& report, const Input& input) {
  auto replay = open_replay(setting, input);
  if (!replay) return std::unexpected(replay.error());
  auto run = PipelineRun::make({.clock = RunMode::kReplay}, setting.selected, *replay->port, setting.stamp);
  if (!run) return std::unexpected(run.error());
  const auto round = [&]() -> uint64_t {
    const uint16_t count = (*run)->poll(kBurst);
    rte_pktmbuf_free_bulk((*run)->burst().mbuf.data(), count);
    return count;
  };
  for (uint64_t packets = 0; packets < input.packets;) packets += round();
  const uint64_t flows = (*run)->flows_started();
  report.progress(kPart);
  const Result line = measure({kPart, input.name, "receive, pipeline and free", flows, kBurst}, setting.measure, round,
                              [&] { return replay->port->counters().errors + (*run)->drops(); });
  if (auto ok = still_going(*replay, input); !ok) return ok;
  report.add(line);
  return {};
}

Expected<void> input_lines(const Setting& setting, Report& report, Input input) {
  if (auto ok = record_line(setting, report, input); !ok) return ok;
  if (auto ok = receive_line(setting, report, input); !ok) return ok;
  return pipeline_line(setting, report, input);
}

std::string name_of(const std::vector<std::string>& captures) {
  uint64_t bytes = 0;
  for (const std::string& path : captures) {
    std::error_code none;
    const auto size = std::filesystem::file_size(path, none);
    bytes += none ? 0 : size;
  }
  return std::to_string(captures.size()) + " recorded capture" + (captures.size() == 1 ? "" : "s") + ", " +
         std::to_string((bytes + 1023) / 1024) + " KiB";
}

}  // namespace

Expected<void> bench_capture(const Setting& setting, Report& report) {
  report.progress(kPart);
  const Conversations conversations = make_conversations(65'536, 1);
  const auto synthetic = SyntheticCapture::make(conversations);
  if (!synthetic) return std::unexpected(synthetic.error());
  if (auto ok = input_lines(setting, report, {conversations.name(), {(*synthetic)->path()}}); !ok) return ok;
  if (setting.captures.empty()) {
    report.skip("recorded captures", "none in " GLACIS_BENCH_CAPTURES "; name some on the command line");
    return {};
  }
  return input_lines(setting, report, {name_of(setting.captures), setting.captures});
}

}  // namespace glacis::bench
