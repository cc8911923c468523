#include <hs/hs.h>

#include <memory>

#include "bench/conversations.h"
#include "bench/parts.h"
#include "bench/reference_policy.h"
#include "dataplane/scan/scanner.h"

// What is left of raw Hyperscan streaming speed when our scanner is around it: the same bytes,
// patterns and streams.
namespace glacis::bench {
namespace {

constexpr size_t kChunk = 1460, kChunks = 4096, kStreams = 256, kPerRound = 64;

// Text of port 80, in segments; every 997th has a match in it.
std::vector<uint8_t> make_bytes() {
  static constexpr std::string_view kMatch = "X-Token-000: ";
  std::vector<uint8_t> out = make_text(kChunk * kChunks, 3);
  for (size_t i = 0; i < kChunks; i += 997)
    std::copy(kMatch.begin(), kMatch.end(), out.begin() + static_cast<std::ptrdiff_t>(i * kChunk + 500));
  return out;
}

// Raw: a stream for each flow, a callback that counts.
class Raw {
 public:
  static Expected<std::unique_ptr<Raw>> make(const PatternSet& patterns) {
    std::unique_ptr<Raw> out(new Raw());
    out->streams_.resize(kStreams);
    bool good = hs_alloc_scratch(patterns.database(), &out->scratch_) == HS_SUCCESS;
    for (hs_stream_t*& stream : out->streams_)
      good = good && hs_open_stream(patterns.database(), 0, &stream) == HS_SUCCESS;
    if (!good) return fail("no memory for Hyperscan's streams");
    return out;
  }
  ~Raw() {
    for (hs_stream_t* stream : streams_) {
      if (stream != nullptr) hs_close_stream(stream, nullptr, nullptr, nullptr);
    }
    hs_free_scratch(scratch_);
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void scan(size_t stream, std::span<const uint8_t> bytes) {
    hs_scan_stream(streams_[stream], reinterpret_cast<const char*>(bytes.data()), static_cast<unsigned>(bytes.size()),
                   0, scratch_, &Raw::on_match, &matches_);
  }
  [[nodiscard]] uint64_t matches() const { return matches_; }

 private:
  Raw() = default;
  static int on_match(unsigned, unsigned long long, unsigned long long, unsigned, void* matches) {
    ++*static_cast<uint64_t*>(matches);
    return 0;
  }
  std::vector<hs_stream_t*> streams_;
  hs_scratch_t* scratch_ = nullptr;
  uint64_t matches_ = 0;
};

// Both over the same bytes once, at a time that lets the scanner tell every match.
Expected<void> same_matches(Raw& raw, Scanner& scanner, const std::vector<uint32_t>& handles,
                            std::span<const uint8_t> bytes) {
  for (size_t i = 0; i < kChunks; ++i) {
    const auto chunk = bytes.subspan(i * kChunk, kChunk);
    raw.scan(i % kStreams, chunk);
    keep(scanner.scan(handles[i % kStreams], true, chunk, seconds(static_cast<int64_t>(2 * i))).size());
  }
  const uint64_t found = scanner.counters().matches;
  if (raw.matches() != 0 && raw.matches() == found) return {};
  return fail("raw Hyperscan found " + std::to_string(raw.matches()) + " matches, the scanner " + std::to_string(found),
              "content scan", "they must see the same bytes");
}

template <class Scan>
Result scan_line(const Setting& setting, const std::string& name, std::span<const uint8_t> bytes, Scan scan) {
  size_t next = 0;
  const auto round = [&]() -> uint64_t {
    for (size_t i = 0; i < kPerRound; ++i) {
      scan(next % kStreams, bytes.subspan(next * kChunk, kChunk));
      next = (next + 1) % kChunks;
    }
    return kPerRound;
  };
  const std::string block = "1460 B of text a packet, " + std::to_string(kReferencePatterns) + " patterns, " +
                            std::to_string(kStreams) + " streams";
  return measure({"content scan", block, name, kStreams, 0}, setting.measure, round);
}

}  // namespace

Expected<void> bench_scan(const Setting& setting, Report& report) {
  const auto& patterns = setting.selected->shared_patterns();
  const std::vector<uint8_t> bytes = make_bytes();
  auto raw = Raw::make(*patterns);
  if (!raw) return std::unexpected(raw.error());
  auto scanner = Scanner::make(patterns, kStreams);
  if (!scanner) return std::unexpected(scanner.error());
  std::vector<uint32_t> handles(kStreams);
  for (uint32_t& handle : handles) handle = (*scanner)->open();

  if (auto same = same_matches(**raw, **scanner, handles, bytes); !same) return same;
  report.progress("content scan");
  Result plain =
      scan_line(setting, "raw Hyperscan, streaming", bytes, [&](size_t s, auto chunk) { (*raw)->scan(s, chunk); });
  Result ours = scan_line(setting, "scanner: tail, checks, evidence", bytes, [&](size_t s, auto chunk) {
    keep((*scanner)->scan(handles[s], true, chunk, seconds(1)).size());
  });
  plain.times_first = 1;
  ours.times_first = ours.ns / plain.ns;
  report.add(plain);
  report.add(ours);
  return {};
}

}  // namespace glacis::bench
