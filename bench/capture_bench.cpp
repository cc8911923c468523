#include <rte_mbuf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "bench/conversations.h"
#include "bench/ndpi_bench.h"
#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "bench/readdressed_port.h"
#include "bench/suricata_bench.h"
#include "dataplane/port/capture_port.h"

namespace glacis::bench {
namespace {

constexpr uint16_t kBurst = 32;  // glacis replay's own
constexpr uint32_t kMbufs = 4095;
constexpr const char* kPart = "capture replay";
constexpr size_t kGrownSlots = size_t{1} << 20;  // for flows of many rounds

// Nanosecond pcap of conversations, 1 microsecond between packets; goes with the object.
class SyntheticCapture {
 public:
  static Expected<std::unique_ptr<SyntheticCapture>> make(std::span<const std::vector<uint8_t>> frames) {
    static int made = 0;
    std::error_code no_folder;
    const auto folder = std::filesystem::temp_directory_path(no_folder);
    if (no_folder) return fail("no folder for temporary files: " + no_folder.message(), "TMPDIR");
    std::unique_ptr<SyntheticCapture> out(new SyntheticCapture(
        folder / ("glacis-bench-" + std::to_string(::getpid()) + "-" + std::to_string(made++) + ".pcap")));
    if (!out->write(frames))
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
  bool write(std::span<const std::vector<uint8_t>> frames) const {
    std::ofstream out(path_, std::ios::binary);
    put(out, {0xa1b23c4d, 0x00040002, 0, 0, 65535, 1});
    uint32_t at_us = 0;
    for (const auto& frame : frames) {
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

// Whose packets later rounds are of.
enum class Hosts : uint8_t { kSame, kNewEachRound };

std::string name_of(const char* line, Hosts hosts) {
  return line + std::string(hosts == Hosts::kSame ? "" : ", new hosts");
}

struct Replay {
  std::unique_ptr<MbufPool> pool;
  std::unique_ptr<CapturePort> capture;
  std::unique_ptr<ReaddressedPort> readdressed;
  [[nodiscard]] RxPort& port() const {
    return readdressed ? static_cast<RxPort&>(*readdressed) : static_cast<RxPort&>(*capture);
  }
};

Expected<Replay> open_replay(const Setting& setting, const Input& input, Hosts hosts) {
  static int made = 0;
  Replay out;
  auto pool = MbufPool::make("replay" + std::to_string(made++), kMbufs);
  if (!pool) return std::unexpected(pool.error());
  out.pool = std::move(*pool);
  auto port = CapturePort::open(input.paths, {.loops = 0}, *out.pool, setting.stamp);
  if (!port) return std::unexpected(port.error());
  out.capture = std::move(*port);
  if (hosts == Hosts::kNewEachRound) {
    out.readdressed = std::make_unique<ReaddressedPort>(*out.capture, input.packets, setting.stamp);
  }
  return out;
}

// Rounds of a capture move on in event time, which ends in 2116.
Expected<void> still_going(const Replay& replay, const Input& input) {
  if (replay.port().state() != RxState::kEnd) return {};
  return fail("played so often that event time ran out", input.paths.front(),
              "give shorter captures, or a smaller --run-ms");
}

Expected<void> receive_line(const Setting& setting, Report& report, const Input& input, Hosts hosts) {
  auto replay = open_replay(setting, input, hosts);
  if (!replay) return std::unexpected(replay.error());
  std::array<rte_mbuf*, kBurst> mbufs;
  const auto round = [&]() -> uint64_t {
    const uint16_t count = replay->port().rx_burst(0, mbufs);
    rte_pktmbuf_free_bulk(mbufs.data(), count);
    return count;
  };
  report.progress(kPart);
  const Result line = measure({kPart, input.name, name_of("receive and free", hosts), 0, kBurst}, setting.measure,
                              round, [&] { return replay->port().counters().errors; });
  if (auto ok = still_going(*replay, input); !ok) return ok;
  report.add(line);
  return {};
}

// Polls until `packets` have come; a burst more at most.
void poll_for(PipelineRun& run, uint64_t packets) {
  while (packets > 0) {
    const uint16_t count = run.poll(kBurst);
    rte_pktmbuf_free_bulk(run.burst().mbuf.data(), count);
    packets -= std::min<uint64_t>(packets, count);
  }
}

// New hosts must have made flows of their own, and left the checksums as they were.
Expected<void> judge_hosts(const PipelineRun& run, uint64_t rounds, uint64_t flows_of_first, uint64_t bad_of_first) {
  if (run.flows_started() < rounds * flows_of_first / 10 * 9) {
    return fail(std::to_string(run.flows_started()) + " flows in " + std::to_string(rounds) + " rounds of " +
                    std::to_string(flows_of_first),
                kPart);
  }
  if (run.bad_checksums() > (rounds + 1) * bad_of_first) return fail("new addresses broke checksums", kPart);
  return {};
}

Expected<Result> pipeline_line(const Setting& setting, Report& report, const Input& input, Hosts hosts) {
  auto replay = open_replay(setting, input, hosts);
  if (!replay) return std::unexpected(replay.error());
  RunOptions options{.clock = RunMode::kReplay};
  if (hosts == Hosts::kNewEachRound) options.flow_slots = kGrownSlots;
  auto made = PipelineRun::make(options, setting.selected, replay->port(), setting.stamp);
  if (!made) return std::unexpected(made.error());
  PipelineRun& run = **made;
  poll_for(run, input.packets);
  const uint64_t flows = run.flows_started(), bad = run.bad_checksums();
  const auto round = [&]() -> uint64_t {
    const uint16_t count = run.poll(kBurst);
    rte_pktmbuf_free_bulk(run.burst().mbuf.data(), count);
    return count;
  };
  report.progress(kPart);
  Result line = measure({kPart, input.name, name_of("receive, pipeline and free", hosts), flows, kBurst},
                        setting.measure, round, [&] { return replay->port().counters().errors + run.drops(); });
  if (auto ok = still_going(*replay, input); !ok) return std::unexpected(ok.error());
  if (hosts == Hosts::kSame) return line;
  line.subject.flows = run.flows_started() - run.flows_ended();
  const uint64_t rounds = replay->port().counters().received / input.packets;
  if (auto ok = judge_hosts(run, rounds, flows, bad); !ok) return std::unexpected(ok.error());
  return line;
}

// Others' ways with the same packets, beside our whole one.
Expected<void> other_lines(const Setting& setting, Report& report, const Input& input, const Result& ours) {
  report.progress("capture replay, nDPI");
  auto ndpi = ndpi_line(setting, ours.subject, input.paths);
  if (!ndpi) return std::unexpected(ndpi.error());
  if (!*ndpi) {
    report.skip("nDPI", "libndpi-dev was not there when this was built");
    return {};
  }
  (*ndpi)->times_first = (*ndpi)->ns / ours.ns;
  report.add(**ndpi);
  return {};
}

Expected<Result> input_lines(const Setting& setting, Report& report, Input& input) {
  if (auto ok = record_line(setting, report, input); !ok) return std::unexpected(ok.error());
  std::optional<Result> whole;
  for (const Hosts hosts : {Hosts::kSame, Hosts::kNewEachRound}) {
    if (auto ok = receive_line(setting, report, input, hosts); !ok) return std::unexpected(ok.error());
    auto line = pipeline_line(setting, report, input, hosts);
    if (!line) return line;
    if (!whole) whole = *line;
    line->times_first = line->ns / whole->ns;
    report.add(*line);
  }
  if (auto ok = other_lines(setting, report, input, *whole); !ok) return std::unexpected(ok.error());
  return *whole;
}

// Long enough that its start-up is the smaller part.
Expected<void> suricata_beside(const Setting& setting, Report& report, const Result& ours) {
  if (!suricata_is_here()) {
    report.skip("Suricata", "it is not installed");
    return {};
  }
  report.progress("capture replay, Suricata");
  const Conversations conversations = make_conversations(1 << 19, 1);
  const std::span<const std::vector<uint8_t>> frames = conversations.frames;
  const auto capture = SyntheticCapture::make(frames), start_up = SyntheticCapture::make(frames.first(1));
  if (!capture) return std::unexpected(capture.error());
  if (!start_up) return std::unexpected(start_up.error());
  const Subject subject{kPart, conversations.name(), "Suricata without rules", conversations.conversations,
                        0,     Whose::kAnother};
  auto line = suricata_line(setting, subject, (*capture)->path(), (*start_up)->path(), frames.size());
  if (!line) return std::unexpected(line.error());
  line->times_first = line->ns / ours.ns;
  report.add(*line);
  return {};
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
  const auto synthetic = SyntheticCapture::make(conversations.frames);
  if (!synthetic) return std::unexpected(synthetic.error());
  Input input{conversations.name(), {(*synthetic)->path()}};
  const auto ours = input_lines(setting, report, input);
  if (!ours) return std::unexpected(ours.error());
  if (auto ok = suricata_beside(setting, report, *ours); !ok) return ok;
  if (setting.captures.empty()) {
    report.skip("recorded captures", "none in " GLACIS_BENCH_CAPTURES "; name some on the command line");
    return {};
  }
  Input recorded{name_of(setting.captures), setting.captures};
  if (const auto lines = input_lines(setting, report, recorded); !lines) return std::unexpected(lines.error());
  return {};
}

}  // namespace glacis::bench
