#include <rte_mbuf.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "bench/reference_policy.h"
#include "bench/traffic.h"
#include "dataplane/port/capture_port.h"

namespace glacis::bench {
namespace {

constexpr uint16_t kBurst = 32;

// A capture of the mixed traffic, 1 microsecond between packets; goes with the object.
class SyntheticCapture {
 public:
  SyntheticCapture() : path_(std::filesystem::temp_directory_path() / ("glacis-bench-" + std::to_string(::getpid()) + ".pcap")) {
    std::ofstream out(path_, std::ios::binary);
    put(out, {0xa1b23c4d, 0x00040002, 0, 0, 65535, 1});
    uint32_t at_us = 0;
    for (const auto& frame : make_frames({.packets = kPackets, .flows = kFlows, .sizes = Sizes::kMixed})) {
      const auto size = static_cast<uint32_t>(frame.size());
      put(out, {1'700'000'000 + at_us / 1'000'000, at_us % 1'000'000 * 1000, size, size});
      out.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(size));
      ++at_us;
    }
  }
  ~SyntheticCapture() {
    std::error_code none;
    std::filesystem::remove(path_, none);
  }
  SyntheticCapture(const SyntheticCapture&) = delete;
  SyntheticCapture& operator=(const SyntheticCapture&) = delete;
  [[nodiscard]] std::string path() const { return path_; }

  static constexpr size_t kPackets = 65'536, kFlows = 10'000;

 private:
  static void put(std::ofstream& out, std::initializer_list<uint32_t> words) {
    for (const uint32_t word : words) out.write(reinterpret_cast<const char*>(&word), sizeof word);
  }
  std::filesystem::path path_;
};

struct Input {
  std::string mix;
  std::vector<std::string> paths;
  uint64_t flows;
};

Expected<void> read_records(const Setting& setting, const Tell& tell, const Input& input) {
  auto reader = CaptureReader::open(input.paths.front());
  if (!reader) return std::unexpected(reader.error());
  const auto round = [&]() -> uint64_t {
    for (uint64_t i = 0; i < kBurst; ++i) {
      auto packet = (*reader)->next();
      if (!packet) {
        (*reader)->rewind();
        return i;
      }
      keep(packet->bytes.data());
    }
    return kBurst;
  };
  tell(measure({"capture, records alone", input.mix, input.flows, kBurst}, setting.measure, round));
  return {};
}

// Receives from the captures, round after round; with a pipeline behind it if there is one.
Expected<void> replay(const Setting& setting, const Tell& tell, const Subject& subject, const Input& input, PipelineRun* run) {
  static int made = 0;
  auto pool = MbufPool::make("replay" + std::to_string(made++), 4095);
  if (!pool) return std::unexpected(pool.error());
  auto port = CapturePort::open(input.paths, {.loops = 0}, **pool, setting.stamp);
  if (!port) return std::unexpected(port.error());
  RxBurst rx;
  uint64_t received = 0;
  const auto round = [&]() -> uint64_t {
    Burst& burst = rx.burst;
    burst.count = (*port)->rx_burst(0, {burst.mbuf.data(), kBurst});
    received += burst.count;
    if (run != nullptr) {
      fill_columns(rx, setting.stamp);
      burst.clock = (*port)->clock();
      run->process(rx);
    }
    rte_pktmbuf_free_bulk(burst.mbuf.data(), burst.count);
    return burst.count;
  };
  const Result result = measure(subject, setting.measure, round, [&] { return (*port)->counters().errors + (run != nullptr ? run->drops() : 0); });
  if (received == 0) return fail("no packet in the captures", input.paths.front());
  tell(result);
  return {};
}

Expected<void> replay_lines(const Setting& setting, const Tell& tell, const Input& input) {
  if (auto ok = replay(setting, tell, {"capture, rx and free", input.mix, input.flows, kBurst}, input, nullptr); !ok) return ok;
  const auto policy = reference_generation();
  if (!policy) return std::unexpected(policy.error().front());
  PipelineRun run(size_t{1} << 18, *policy, RunMode::kLive);
  return replay(setting, tell, {"capture, rx, pipeline, free", input.mix, input.flows, kBurst, kReferencePolicyName}, input, &run);
}

}  // namespace

Expected<void> bench_captures(const Setting& setting, const Tell& tell) {
  const SyntheticCapture synthetic;
  const Input input{mix_name(Sizes::kMixed), {synthetic.path()}, SyntheticCapture::kFlows};
  if (auto ok = read_records(setting, tell, input); !ok) return ok;
  if (auto ok = replay_lines(setting, tell, input); !ok) return ok;
  if (setting.captures.empty()) return {};
  return replay_lines(setting, tell, {std::to_string(setting.captures.size()) + " recorded captures", setting.captures, 0});
}

}  // namespace glacis::bench
