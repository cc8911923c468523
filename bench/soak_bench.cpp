#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include "bench/parts.h"
#include "bench/reference_policy.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/rx_port.h"
#include "dataplane/worker/engine.h"
#include "glacis/v1/flow.pb.h"
#include "sensor/alert/event_writer.h"
#include "tests/fakes/frames.h"

// Flows that come and go for minutes: 200,000 begin each second and last 40 s, so that 8 M are alive. Memory must
// stay what it is, and each flow must stand in the file of records once.
namespace glacis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kPart = "soak";
constexpr uint64_t kFlowsPerS = 200'000, kPorts = 60'000;
constexpr int64_t kAlive_s = 40;
constexpr size_t kSlots = 9'000'000;
constexpr uint64_t kQueue = 1U << 16;  // packets

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

// --- Flow number n
// -------------------------------------------------------------------------------------------------

uint16_t port_of(uint64_t n) { return static_cast<uint16_t>(1024 + n % kPorts); }
unsigned zone_of(uint64_t n) { return static_cast<unsigned>(n / kPorts % kReferenceZones); }
unsigned host_of(uint64_t n) { return static_cast<unsigned>(1 + n / kPorts / kReferenceZones); }

frames::Bytes frame_of(unsigned zone) {
  const frames::Ends ends{reference_address(zone, 0, 1, false),
                          reference_address((zone + 1) % kReferenceZones, 0, 1, false)};
  frames::Bytes out =
      frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, frames::udp(1024, 443, frames::Bytes(18, 'g'))));
  frames::set16(out, 14 + 20 + 6, 0);  // no checksum (RFC 768)
  return out;
}

// Number n of the flow that a record is about.
uint64_t number_of(const v1::FlowRecord& record) {
  const auto address = reinterpret_cast<const uint8_t*>(record.initiator().address().data());
  const uint64_t zone = address[1], host = address[3];
  return ((host - 1) * kReferenceZones + zone) * kPorts + record.initiator().port() - 1024;
}

// --- Who sends, and who writes
// -------------------------------------------------------------------------------------

// One packet of each flow, by the clock and whatever becomes of it: the worker's own polls find what has come by then,
// as in a NIC's queue, so that no thread of a source needs a CPU. More than the queue holds is lost. The clock is the
// wall's, which the flows' ends go by too; OpenLoop's stands still while the worker has no CPU.
// Threads: polled by the worker; counts by any.
class Source final : public RxPort {
 public:
  Source(MbufPool& pool, unsigned seconds) : pool_(pool), most_(uint64_t{seconds} * kFlowsPerS) {
    for (unsigned zone = 0; zone < kReferenceZones; ++zone) frames_.push_back(frame_of(zone));
  }

  uint16_t rx_burst(uint16_t, std::span<rte_mbuf*> out) override {
    if (next_ == most_) return 0;
    if (next_ == 0) began_ = Clock::now();
    const double passed = seconds_since(began_);
    const auto due = std::min(most_, 1 + static_cast<uint64_t>(passed * static_cast<double>(kFlowsPerS)));
    if (due - next_ > kQueue) lose(due - next_ - kQueue);
    const auto count = static_cast<uint16_t>(std::min<uint64_t>(out.size(), due - next_));
    if (count == 0 || rte_pktmbuf_alloc_bulk(pool_.get(), out.data(), count) != 0) return 0;
    for (rte_mbuf* const mbuf : out.first(count)) write(mbuf, next_++);
    sent_.store(next_, std::memory_order_relaxed);
    if (next_ == most_) took_s_.store(passed, std::memory_order_release);
    return count;
  }
  RxCounters counters() const override {
    const uint64_t lost = this->lost();  // before what it is of
    return {.received = sent() - lost, .missed = lost};
  }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return kPart; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return Nanos(0); }  // the reader's

  // Numbers of flows that have had their turn.
  [[nodiscard]] uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }
  [[nodiscard]] uint64_t lost() const { return lost_.load(std::memory_order_acquire); }
  // For all of them; 0: not all yet.
  [[nodiscard]] double took_s() const { return took_s_.load(std::memory_order_acquire); }

 private:
  void lose(uint64_t flows) {
    next_ += flows;
    sent_.store(next_, std::memory_order_relaxed);
    lost_.store(lost() + flows, std::memory_order_release);
  }
  void write(rte_mbuf* mbuf, uint64_t n) const {
    const frames::Bytes& frame = frames_[zone_of(n)];
    auto* const bytes = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())));
    std::memcpy(bytes, frame.data(), frame.size());
    const uint16_t port = port_of(n);
    bytes[14 + 20] = static_cast<uint8_t>(port >> 8);
    bytes[14 + 20 + 1] = static_cast<uint8_t>(port);
    change_host(bytes, static_cast<uint8_t>(host_of(n)));
  }
  // The source's last byte, and the header's checksum with it (RFC 1624).
  static void change_host(uint8_t* frame, uint8_t host) {
    uint8_t* const last = frame + 14 + 15;
    uint8_t* const sum = frame + 14 + 10;
    uint32_t folded = 0xffffU - (uint32_t{sum[0]} << 8 | sum[1]) + 0xffffU - *last + host;
    while (folded >> 16 != 0) folded = (folded & 0xffff) + (folded >> 16);
    const uint32_t changed = 0xffffU - folded;
    *last = host;
    sum[0] = static_cast<uint8_t>(changed >> 8);
    sum[1] = static_cast<uint8_t>(changed);
  }

  MbufPool& pool_;
  const uint64_t most_;
  std::vector<frames::Bytes> frames_;
  Clock::time_point began_;
  uint64_t next_ = 0;
  std::atomic<uint64_t> sent_{0}, lost_{0};
  std::atomic<double> took_s_{0};
};

// Records one after another, each behind its length.
class RecordFile {
 public:
  explicit RecordFile(const std::string& path) : file_(std::fopen(path.c_str(), "w+b")) {}
  ~RecordFile() {
    if (file_ != nullptr) std::fclose(file_);
  }
  [[nodiscard]] bool ok() const { return file_ != nullptr && std::ferror(file_) == 0; }
  void write(const v1::FlowRecord& record) {
    record.SerializeToString(&text_);
    const auto length = static_cast<uint32_t>(text_.size());
    std::fwrite(&length, sizeof length, 1, file_);
    std::fwrite(text_.data(), 1, text_.size(), file_);
    written_.fetch_add(1, std::memory_order_relaxed);
  }
  // Any thread.
  [[nodiscard]] uint64_t written() const { return written_.load(std::memory_order_relaxed); }
  // CPU time of the thread that writes, by now.
  void note_cpu() { cpu_us_ = static_cast<double>(thread_cpu_ns()) / 1e3; }
  // When the thread has ended.
  [[nodiscard]] double cpu_us_per_record() const { return cpu_us_ / std::max(1.0, static_cast<double>(written())); }
  // From the beginning; calls with(record) for each.
  template <class With>
  void read(With with) {
    std::fflush(file_);
    std::rewind(file_);
    v1::FlowRecord record;
    for (uint32_t length = 0; std::fread(&length, sizeof length, 1, file_) == 1;) {
      text_.resize(length);
      if (std::fread(text_.data(), 1, length, file_) != length || !record.ParseFromString(text_)) return;
      with(record);
    }
  }

 private:
  std::FILE* file_;
  std::string text_;
  double cpu_us_ = 0;
  std::atomic<uint64_t> written_{0};
};

// --- What came of it
// -----------------------------------------------------------------------------------------------

uint64_t resident_bytes() {
  unsigned long whole = 0, resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu %lu", &whole, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

struct Found {
  uint64_t records = 0, once = 0, again = 0, unknown = 0;
};

Found look_through(RecordFile& file, uint64_t flows) {
  Found out;
  std::vector<bool> seen(flows);
  file.read([&](const v1::FlowRecord& record) {
    ++out.records;
    const uint64_t n = number_of(record);
    if (n >= flows) {
      ++out.unknown;
    } else if (seen[n]) {
      ++out.again;
    } else {
      seen[n] = true;
      ++out.once;
    }
  });
  return out;
}

// Least and most of something that should stay as it is.
struct Range {
  double least = 1e18, most = 0;
  void look(double now) {
    least = std::min(least, now);
    most = std::max(most, now);
  }
};

// What was seen once all 8 M flows were alive.
struct Steady {
  Range memory_mb, alive;
};

void report_soak(Report& report, const Source& source, const EngineCounters& c, const Found& found,
                 const Steady& steady) {
  const auto figure = [&](const char* name, double value, const char* unit) {
    report.figure({kPart, name, value, unit});
  };
  figure("flows sent, one packet each", static_cast<double>(source.sent()), "flows");
  figure("in", source.took_s(), "s");
  figure("lost by a full queue", static_cast<double>(source.lost()), "flows");
  figure("alive, least", steady.alive.least, "flows");
  figure("alive, most", steady.alive.most, "flows");
  figure("evicted", static_cast<double>(c.flows_evicted), "flows");
  figure("records shed", static_cast<double>(c.records_shed), "records");
  figure("outcomes and steps shed", static_cast<double>(c.events_shed), "events");
  figure("records in the file", static_cast<double>(found.records), "records");
  figure("flows that stand there once", static_cast<double>(found.once), "flows");
  figure("records of a flow that stood there already", static_cast<double>(found.again), "records");
  figure("records of no flow", static_cast<double>(found.unknown), "records");
  figure("resident memory, least", steady.memory_mb.least, "MB");
  figure("resident memory, most", steady.memory_mb.most, "MB");
}

// What the soak promises, held against what was seen.
Expected<void> judge_soak(const Source& source, const EngineCounters& c, const Found& found, const Steady& steady) {
  if (source.lost() != 0 || source.took_s() == 0) {
    return fail("the worker could not take " + std::to_string(kFlowsPerS) + " flows a second", kPart);
  }
  const bool each_once = found.once == source.sent() && found.again == 0 && found.unknown == 0;
  if (!each_once || c.flows_evicted != 0) return fail("not every flow has one record", kPart);
  if (steady.memory_mb.most > steady.memory_mb.least * 1.02) return fail("memory grew by more than 2 %", kPart);
  return {};
}

// Looks, second by second, until every flow has ended.
Steady run_soak(const Setting& setting, Engine& engine, const RecordFile& file) {
  Steady out;
  for (unsigned second = 0; second < setting.soak_s; ++second) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (second < kAlive_s + 5) continue;
    out.memory_mb.look(static_cast<double>(resident_bytes()) / 1e6);
    out.alive.look(static_cast<double>(engine.counters().flows) - static_cast<double>(file.written()));
  }
  std::this_thread::sleep_for(std::chrono::seconds(kAlive_s + 5));
  engine.stop();
  return out;
}

Expected<void> soak(const Setting& setting, Report& report, const std::string& path) {
  auto pool = MbufPool::make("soak", 16'384, RTE_PKTMBUF_HEADROOM + 128);
  if (!pool) return std::unexpected(pool.error());
  Source source(**pool, setting.soak_s);
  RecordFile file(path);
  if (!file.ok()) return fail(std::string("cannot write: ") + std::strerror(errno), path);
  sensor::EventWriter writer(
      {"soak", "", {"ring"}}, [](const v1::Alert&) {}, [&](const v1::FlowRecord& record) { file.write(record); },
      [&] { file.note_cpu(); });
  EngineOptions options;
  options.mode = RunMode::kLive;
  options.flow_slots = kSlots;
  options.timeouts.udp = seconds(kAlive_s);
  auto engine = Engine::make(options, {&source}, writer);
  if (!engine) return std::unexpected(engine.error());
  if (auto started = (*engine)->start(setting.selected); !started) return started;
  report.progress("soak, for " + std::to_string(setting.soak_s) + " s and the end of its flows");
  const Steady steady = run_soak(setting, **engine, file);
  report.progress("soak, reading the records");
  const double cpu_us = file.cpu_us_per_record();
  const Found found = look_through(file, source.sent());
  report_soak(report, source, (*engine)->counters(), found, steady);
  report.figure({kPart, "a record, from the ring to the file, of one CPU", cpu_us, "us"});
  if (!file.ok()) return fail("the records could not be written", path);
  return judge_soak(source, (*engine)->counters(), found, steady);
}

}  // namespace

Expected<void> bench_soak(const Setting& setting, Report& report) {
  if (setting.soak_s == 0) return {};
  if (rte_lcore_count() < 2) {
    report.skip("soak", "needs a second CPU for the worker");
    return {};
  }
  const auto path = std::filesystem::temp_directory_path() / ("glacis-soak-" + std::to_string(getpid()));
  const auto out = soak(setting, report, path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return out;
}

}  // namespace glacis::bench
