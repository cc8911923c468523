#include "dataplane/port/capture_port.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace glacis {
namespace {

constexpr uint32_t kLargeMbufs = 128;  // a burst, and what workers hold at the time
static_assert(CapturePort::kLongestFrame + RTE_PKTMBUF_HEADROOM == 0xffff);

int64_t now_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void add(std::atomic<uint64_t>& counter, uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);  // one writer
}

}  // namespace

Expected<std::unique_ptr<CapturePort>> CapturePort::open(const std::vector<std::string>& paths,
                                                         const CaptureOptions& options, MbufPool& pool,
                                                         MbufStampField stamp) {
  if (paths.empty()) return fail("no capture to read");
  if (options.pace == Pace::kPacketsPerSecond && options.packets_per_s == 0)
    return fail("a pace of 0 packets per second never ends");
  if (options.pace == Pace::kCaptureTiming && !(options.speed > 0))
    return fail("the speed of a capture must be above 0");
  static std::atomic<uint32_t> opened{0};
  auto large = MbufPool::make("long_frames" + std::to_string(opened++), kLargeMbufs, 0xffff);
  if (!large) return std::unexpected(large.error());
  std::unique_ptr<CapturePort> port(new CapturePort(options, pool, std::move(*large), stamp));
  for (const std::string& path : paths) {
    auto reader = CaptureReader::open(path);
    if (!reader) return std::unexpected(reader.error());
    port->sources_.push_back({std::move(*reader), std::nullopt, {path, 0, {}}});
    port->name_ += (port->name_.empty() ? "" : "+") + path.substr(path.find_last_of('/') + 1);
  }
  for (Source& source : port->sources_) port->take_next(source);
  if (const CapturedPacket* packet = port->front()) {
    port->first_ = packet->time;
  }
  return port;
}

// The earliest head; of equal times the capture that was named first.
CapturedPacket* CapturePort::front() {
  CapturedPacket* best = nullptr;
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i].head || (best != nullptr && sources_[i].head->time >= best->time)) continue;
    best = &*sources_[i].head;
    front_ = i;
  }
  return best;
}

void CapturePort::advance() {
  Source& source = sources_[front_];
  newest_ = std::max(newest_, source.head->time);
  if (round_ == 0) {
    ++source.read.packets;
    source.read.seen.add(source.head->time);
  }
  take_next(source);
}

// What the reader refused is counted in the first round; later rounds meet the same again.
void CapturePort::take_next(Source& source) {
  source.head = source.reader->next();
  if (!source.head && round_ == 0) add(errors_, source.reader->unsupported() + (source.reader->fault() ? 1 : 0));
}

bool CapturePort::next_round() {
  if (round_ == 0) publish_first_round();
  ++round_;
  if (ordinal_ == 0 || (options_.loops != 0 && round_ >= options_.loops)) return false;
  const Nanos span = newest_ - first_ + seconds(1);
  if (shift_ > kLatestCaptured - span || newest_ > kLatestCaptured - shift_ - span) return false;  // out of time
  shift_ = shift_ + span;
  for (Source& source : sources_) {
    source.reader->rewind();
    take_next(source);
  }
  return front() != nullptr;
}

bool CapturePort::due(Nanos time) {
  if (options_.pace == Pace::kAsFastAsPossible) return true;
  const int64_t now = now_ns(CLOCK_MONOTONIC);
  if (started_ns_ == 0) started_ns_ = now;
  const auto passed = static_cast<double>(now - started_ns_);
  if (options_.pace == Pace::kCaptureTiming) {
    return passed * options_.speed >= static_cast<double>((time + shift_ - first_).value);
  }
  return passed * static_cast<double>(options_.packets_per_s) / 1e9 >= static_cast<double>(ordinal_);
}

bool CapturePort::emit(const CapturedPacket& packet, rte_mbuf*& out) {
  const bool fits = packet.bytes.size() + RTE_PKTMBUF_HEADROOM <= rte_pktmbuf_data_room_size(pool_.get());
  rte_mbuf* mbuf = rte_pktmbuf_alloc(fits ? pool_.get() : large_->get());
  if (mbuf == nullptr) return false;
  // A packet is always one segment. What is cut, decode sees as truncated.
  const size_t bytes = std::min(packet.bytes.size(), kLongestFrame);
  if (bytes < packet.bytes.size()) add(errors_, 1);
  std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(bytes)), packet.bytes.data(), bytes);
  const Nanos time = options_.stamp_now ? Nanos(now_ns(CLOCK_REALTIME)) : packet.time + shift_;
  stamp_.of(mbuf) = {time, Ordinal(ordinal_ + 1), options_.id, packet.link};
  out = mbuf;
  return true;
}

uint16_t CapturePort::rx_burst(uint16_t, std::span<rte_mbuf*> out) {
  if (end_.load(std::memory_order_relaxed)) return 0;
  uint16_t count = 0;
  while (count < out.size()) {
    CapturedPacket* packet = front();
    if (packet == nullptr) {
      if (next_round()) continue;
      end_.store(true, std::memory_order_release);
      break;
    }
    if (!due(packet->time)) break;
    if (!emit(*packet, out[count])) {
      if (options_.pace == Pace::kAsFastAsPossible) break;  // wait for room: nothing is lost
      add(no_mbuf_, 1);
      ++ordinal_;
      advance();
      continue;
    }
    clock_.store(std::max(clock_.load(std::memory_order_relaxed), stamp_.of(out[count]).time.value),
                 std::memory_order_release);
    ++ordinal_;
    ++count;
    advance();
  }
  add(received_, count);
  return count;
}

RxCounters CapturePort::counters() const {
  return {received_.load(std::memory_order_relaxed), 0, no_mbuf_.load(std::memory_order_relaxed),
          errors_.load(std::memory_order_relaxed)};
}

std::optional<uint8_t> CapturePort::fill_percent(uint16_t) const {
  if (options_.pace == Pace::kAsFastAsPossible) return 0;
  return std::nullopt;
}

void CapturePort::publish_first_round() {
  for (const Source& source : sources_) {
    if (source.reader->fault()) faults_.push_back(*source.reader->fault());
  }
  first_round_over_.store(true, std::memory_order_release);
}

std::vector<Error> CapturePort::faults() const {
  return first_round_over_.load(std::memory_order_acquire) ? faults_ : std::vector<Error>();
}

std::vector<CaptureRead> CapturePort::read() const {
  std::vector<CaptureRead> out;
  if (!first_round_over_.load(std::memory_order_acquire)) return out;
  for (const Source& source : sources_) out.push_back(source.read);
  return out;
}

}  // namespace glacis
