#include "dataplane/scan/scanner.h"

#include <hs/hs.h>

#include <algorithm>
#include <cstring>

#include "dataplane/scan/content_check.h"

namespace glacis {
namespace {

// A path may wait for a pattern that it has heard of before its earlier steps: told again, but not for
// each of a thousand matches.
constexpr Nanos kTellAgain = seconds(1);

}  // namespace

struct Scanner::Lane {
  hs_stream* stream = nullptr;
  uint64_t before = 0;  // bytes scanned before the last restart
  uint64_t offset = 0;  // and since
  uint32_t candidates = 0;
  uint16_t tail_bytes = 0;
  std::array<uint8_t, kMaxEvidence> tail{};
  std::array<uint64_t, 8> told{};  // a bit for each pattern; beyond 512 a pattern may be told again
  Nanos told_from;                 // since when
  Lane* beside = nullptr;          // whose `told` counts, if not its own

  [[nodiscard]] Lane& teller() { return beside != nullptr ? *beside : *this; }
};

Scanner::Scanner(std::shared_ptr<const PatternSet> patterns, size_t flows)
    : patterns_(std::move(patterns)), lanes_(flows * 2) {
  free_.reserve(flows);
  for (size_t i = flows; i > 0; --i) free_.push_back(static_cast<uint32_t>(i));
}

Expected<std::unique_ptr<Scanner>> Scanner::make(std::shared_ptr<const PatternSet> patterns, size_t flows) {
  std::unique_ptr<Scanner> scanner(new Scanner(std::move(patterns), flows));
  if (scanner->patterns_->empty()) return scanner;
  const hs_database* database = scanner->patterns_->database();
  if (hs_alloc_scratch(database, &scanner->scratch_) != HS_SUCCESS) return fail("no memory for Hyperscan's scratch");
  for (Lane& lane : scanner->lanes_) {
    if (hs_open_stream(database, 0, &lane.stream) != HS_SUCCESS) {
      return fail("no memory for " + std::to_string(flows) + " scan streams", "", "lower the number of scanned flows");
    }
  }
  return scanner;
}

Scanner::~Scanner() {
  for (Lane& lane : lanes_) {
    if (lane.stream != nullptr) hs_close_stream(lane.stream, nullptr, nullptr, nullptr);
  }
  hs_free_scratch(scratch_);
}

uint32_t Scanner::open() {
  if (!patterns_->reads_streams()) return 0;
  if (free_.empty()) {
    ++counters_.refused;
    return 0;
  }
  const uint32_t handle = free_.back();
  free_.pop_back();
  return handle;
}

uint32_t Scanner::open_beside(uint32_t handle) {
  const uint32_t second = open();
  if (second == 0) return 0;
  for (size_t i = 0; i < 2; ++i) {
    Lane &lane = lanes_[(second - 1) * 2 + i], &first = lanes_[(handle - 1) * 2 + i];
    lane.beside = &first;
    lane.before = first.before + first.offset;
  }
  return second;
}

void Scanner::close(uint32_t handle) {
  if (handle == 0) return;
  for (const bool to_responder : {false, true}) {
    restart(handle, to_responder);
    Lane& lane = lanes_[(handle - 1) * 2 + (to_responder ? 1 : 0)];
    lane.before = 0;
    lane.candidates = 0;
    lane.told = {};
    lane.beside = nullptr;
  }
  free_.push_back(handle);
}

void Scanner::restart(uint32_t handle, bool to_responder) {
  Lane& lane = lanes_[(handle - 1) * 2 + (to_responder ? 1 : 0)];
  if (lane.stream != nullptr) hs_reset_stream(lane.stream, 0, scratch_, nullptr, nullptr);
  lane.before += lane.offset;
  lane.offset = 0;
  lane.tail_bytes = 0;
}

std::span<const ContentMatch> Scanner::scan(uint32_t handle, bool to_responder, std::span<const uint8_t> bytes,
                                            Nanos now, EvidenceReading reading) {
  match_count_ = 0;
  if (handle == 0 || bytes.empty() || patterns_->empty()) return {};
  lane_ = &lanes_[(handle - 1) * 2 + (to_responder ? 1 : 0)];
  if (Lane& teller = lane_->teller(); now > teller.told_from + kTellAgain) {
    teller.told = {};
    teller.told_from = now;
  }
  bytes_ = bytes;
  to_responder_ = to_responder;
  reading_ = reading;
  counters_.bytes += bytes.size();
  hs_scan_stream(lane_->stream, reinterpret_cast<const char*>(bytes.data()), static_cast<unsigned>(bytes.size()), 0,
                 scratch_, &Scanner::on_match, this);
  lane_->offset += bytes.size();
  remember(*lane_, bytes);
  return std::span(matches_).first(match_count_);
}

int Scanner::on_match(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  static_cast<Scanner*>(context)->accept(id, to);
  return 0;
}

// What of the stream is at hand before a match's end: the kept tail, then this call's bytes.
void Scanner::accept(unsigned pattern, uint64_t end) {
  Lane& lane = *lane_;
  const uint64_t bit = uint64_t{1} << (pattern % 64);
  uint64_t& told = lane.teller().told[pattern / 64 % lane.told.size()];
  const PatternSpec& spec = patterns_->patterns()[pattern];
  if (pattern < lane.told.size() * 64 && (told & bit) != 0) return;
  std::array<uint8_t, kMaxEvidence> window;
  const size_t fresh = static_cast<size_t>(end - lane.offset);
  const size_t from_fresh = std::min(fresh, window.size());
  const size_t from_tail = std::min<size_t>(lane.tail_bytes, window.size() - from_fresh);
  std::memcpy(window.data(), lane.tail.data() + (lane.tail_bytes - from_tail), from_tail);
  std::memcpy(window.data() + from_tail, bytes_.data() + (fresh - from_fresh), from_fresh);
  std::span<const uint8_t> seen(window.data(), from_tail + from_fresh);
  if (spec.check == PatternCheck::kLuhn) {
    // The number goes on: not its end. At the end of a segment it is taken as it is.
    if (fresh < bytes_.size() && bytes_[fresh] >= '0' && bytes_[fresh] <= '9') return;
    if (++lane.candidates > kMaxCandidates) {
      ++counters_.candidates_capped;
      return;
    }
    seen = luhn_suffix(seen);
    if (seen.empty()) return;
  } else {
    constexpr size_t kContext = 64;  // the start is unknown without SOM: show what led to the end
    seen = seen.last(std::min(seen.size(), kContext));
  }
  ++counters_.matches;
  if (match_count_ == matches_.size()) return;
  told |= bit;
  ContentMatch& match = matches_[match_count_++];
  match.pattern = pattern;
  match.evidence.stream_offset = lane.before + end;
  match.evidence.to_responder = to_responder_;
  match.evidence.reading = reading_;
  match.evidence.masked = spec.evidence == EvidenceRule::kMasked;
  match.evidence.bytes = spec.evidence == EvidenceRule::kNone ? 0 : static_cast<uint16_t>(seen.size());
  std::memcpy(match.evidence.data.data(), seen.data(), match.evidence.bytes);
  if (match.evidence.masked) mask(std::span(match.evidence.data).first(match.evidence.bytes));
}

void Scanner::remember(Lane& lane, std::span<const uint8_t> bytes) {
  const size_t fresh = std::min(bytes.size(), lane.tail.size());
  const size_t kept = std::min<size_t>(lane.tail_bytes, lane.tail.size() - fresh);
  std::memmove(lane.tail.data(), lane.tail.data() + (lane.tail_bytes - kept), kept);
  std::memcpy(lane.tail.data() + kept, bytes.data() + (bytes.size() - fresh), fresh);
  lane.tail_bytes = static_cast<uint16_t>(kept + fresh);
}

}  // namespace glacis
