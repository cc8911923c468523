#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/port/capture_read.h"
#include "dataplane/port/capture_reader.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

namespace glacis {

enum class Pace : uint8_t { kAsFastAsPossible, kCaptureTiming, kPacketsPerSecond };

struct CaptureOptions {
  Pace pace = Pace::kAsFastAsPossible;
  double speed = 1.0;  // of the capture's own timing
  uint64_t packets_per_s = 0;
  uint32_t loops = 1;      // 0: without end; each round is moved on in time past the one before
  bool stamp_now = false;  // event time is the wall clock's, as on a wire
  PortId id{};
};

// Captures as a port: merged by time, then by argument order; each packet with its own time and its
// ordinal in the merged input. Frames that the pool's mbufs do not hold (a host's own captures have segments that its
// card cuts later) come in large mbufs of the port's own; beyond kLongestFrame they are cut and counted as errors. An
// empty pool makes the reader wait (counted as no_mbuf only when paced: then the packet is lost, as on a wire). A fault
// in a file ends that file, in each round at the same place.
// Threads: as RxPort; faults and read by any.
class CapturePort final : public RxPort {
 public:
  static constexpr size_t kLongestFrame = 65'407;  // bytes; what an mbuf with its headroom can hold

  // Fails when a file cannot be opened or the pace is none; faults in the middle of a file are told by faults().
  [[nodiscard]] static Expected<std::unique_ptr<CapturePort>> open(const std::vector<std::string>& paths,
                                                                   const CaptureOptions& options, MbufPool& pool,
                                                                   MbufStampField stamp);
  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  RxCounters counters() const override;
  RxState state() const override { return end_.load(std::memory_order_acquire) ? RxState::kEnd : RxState::kUp; }
  std::string_view name() const override { return name_; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return Nanos(clock_.load(std::memory_order_acquire)); }
  // Whoever asks for the first packets after waiting gets them at once: an unpaced capture is never behind.
  [[nodiscard]] std::optional<uint8_t> fill_percent(uint16_t queue) const override;
  // Of the first round, once it is over; empty until then.
  [[nodiscard]] std::vector<Error> faults() const;
  // Likewise: each capture, as it was named.
  [[nodiscard]] std::vector<CaptureRead> read() const;

 private:
  CapturePort(const CaptureOptions& options, MbufPool& pool, std::unique_ptr<MbufPool> large, MbufStampField stamp)
      : options_(options), pool_(pool), large_(std::move(large)), stamp_(stamp) {}
  [[nodiscard]] CapturedPacket* front();
  void advance();
  struct Source {
    std::unique_ptr<CaptureReader> reader;
    std::optional<CapturedPacket> head;
    CaptureRead read;  // in the first round
  };
  void take_next(Source& source);
  void publish_first_round();
  bool next_round();
  [[nodiscard]] bool due(Nanos time);
  bool emit(const CapturedPacket& packet, rte_mbuf*& out);

  CaptureOptions options_;
  MbufPool& pool_;
  const std::unique_ptr<MbufPool> large_;
  MbufStampField stamp_;
  std::string name_;
  std::vector<Source> sources_;
  size_t front_ = 0;
  uint64_t round_ = 0;
  Nanos first_, newest_, shift_;  // of the capture's own time; shift_ moves later rounds on
  int64_t started_ns_ = 0;        // CLOCK_MONOTONIC at the first packet
  uint64_t ordinal_ = 0;
  // Written by the reader before it sets first_round_over_, never after; so is each source's `read`.
  std::vector<Error> faults_;
  // Written by the reader, read by any.
  std::atomic<bool> first_round_over_{false};
  std::atomic<int64_t> clock_{0};
  std::atomic<bool> end_{false};
  std::atomic<uint64_t> received_{0}, no_mbuf_{0}, errors_{0};
};

}  // namespace glacis
