// The reading half of the spool: what earlier runs left, and what the uplink takes.
#include <algorithm>
#include <charconv>
#include <utility>

#include "sensor/alert/spool.h"

namespace glacis::sensor {
namespace {

// "0123456789abcdef-01234567"
bool is_spool_id(const std::string& name) {
  if (name.size() != 25 || name[16] != '-') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
}

// First sequence of a segment by its name; 0: it is none.
uint64_t first_of(const std::string& name) {
  uint64_t first = 0;
  if (name.size() != 24 || !name.ends_with(".seg")) return 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 20, first);
  return error == std::errc() && end == name.data() + 20 ? first : 0;
}

struct Piece {
  SegmentScan scan;
  uint64_t next = 0;  // offset to go on from
  bool last = false;  // nothing comes behind it
};

Expected<Piece> read_piece(StateFiles& files, const std::string& path, uint64_t offset, uint64_t limit,
                           uint64_t after) {
  const auto bytes = files.read(path, offset, std::min<uint64_t>(kSpoolPiece, limit - std::min(offset, limit)));
  if (!bytes) return std::unexpected(bytes.error());
  Piece piece;
  piece.scan = scan_segment(*bytes, after);
  piece.last = bytes->size() < kSpoolPiece;
  if (piece.scan.end == 0 && !piece.last) piece.scan.corrupt = piece.scan.end = kSpoolPiece / 2;
  piece.next = offset + piece.scan.end;
  return piece;
}

}  // namespace

Expected<void> Spool::adopt_old() {
  const auto names = files_.list(options_.directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!is_spool_id(name)) continue;
    auto run = adopt_run(name);
    if (!run) return std::unexpected(run.error());
    if (!run->segments.empty()) {
      runs_.push_back(std::move(*run));
      continue;
    }
    (void)files_.remove(run->directory + "/acked");
    (void)files_.remove(run->directory);
  }
  return {};
}

Expected<Spool::Run> Spool::adopt_run(const std::string& id) {
  Run run;
  run.id = id;
  run.directory = options_.directory + "/" + id;
  const auto names = files_.list(run.directory);
  if (!names) return std::unexpected(names.error());
  if (const auto acked = files_.read(run.directory + "/acked", 0, kSpoolHeader)) {
    const SegmentScan scan = scan_segment(*acked, 0);
    if (!scan.records.empty()) run.acked = scan.records.front().sequence;
  }
  for (const std::string& name : *names) {
    const uint64_t first = first_of(name);
    if (first == 0 || first <= run.last) continue;
    auto segment = adopt_segment(run.directory + "/" + name, first - 1);
    if (!segment) return std::unexpected(segment.error());
    if (segment->records == 0 || segment->last <= run.acked) {
      (void)files_.remove(segment->path);
      continue;
    }
    run.last = segment->last;
    counters_.bytes += segment->bytes;
    run.segments.push_back(std::move(*segment));
  }
  return run;
}

Expected<Spool::Segment> Spool::adopt_segment(const std::string& path, uint64_t after) {
  Segment segment;
  segment.path = path;
  segment.first = after + 1;
  const auto bytes = files_.size(path);
  if (!bytes) return std::unexpected(bytes.error());
  uint64_t offset = 0;
  for (bool more = true; more;) {
    const auto piece = read_piece(files_, path, offset, *bytes, after);
    if (!piece) {
      // A disk that does not read this part: what is before it counts, and the file stays as it is.
      trouble_ = piece.error().text();
      counters_.corrupt_bytes += *bytes - offset;
      segment.corrupt += *bytes - offset;
      return segment;
    }
    counters_.corrupt_bytes += piece->scan.corrupt;
    segment.corrupt += piece->scan.corrupt;
    segment.records += piece->scan.records.size();
    if (!piece->scan.records.empty()) {
      after = segment.last = piece->scan.records.back().sequence;
      segment.bytes = piece->next;
    }
    offset = piece->next;
    more = !piece->last;
  }
  if (segment.bytes < *bytes) {
    counters_.corrupt_bytes += *bytes - offset;
    (void)files_.truncate(path, segment.bytes);
  }
  return segment;
}

void Spool::rewind() {
  const std::scoped_lock lock(mutex_);
  reading_.clear();
  buffer_.clear();
}

SpoolBatch Spool::read(size_t most_records) {
  const std::scoped_lock lock(mutex_);
  if (buffer_.empty()) refill();
  SpoolBatch batch;
  batch.spool = reading_;
  while (!buffer_.empty() && batch.records.size() < most_records) {
    batch.records.push_back(std::move(buffer_.front()));
    buffer_.pop_front();
  }
  return batch;
}

void Spool::refill() {
  size_t at = 0;
  while (at < runs_.size() && runs_[at].id != reading_) ++at;
  if (at == runs_.size()) {  // from the start, or the run was acknowledged and is gone
    at = 0;
    reading_ = runs_[0].id;
    read_to_ = runs_[0].acked;
    segment_path_.clear();
  }
  for (;;) {
    Run& run = runs_[at];
    read_to_ = std::max(read_to_, run.acked);
    const auto segment =
        std::find_if(run.segments.begin(), run.segments.end(), [this](const Segment& s) { return s.last > read_to_; });
    if (segment != run.segments.end()) {
      read_segment(*segment);
      if (!buffer_.empty()) return;
      continue;
    }
    if (at + 1 == runs_.size()) break;
    reading_ = runs_[++at].id;
    read_to_ = runs_[at].acked;
    segment_path_.clear();
  }
  for (const SpoolRecord& record : memory_) {
    if (record.sequence > read_to_) buffer_.push_back(record);
  }
  if (!buffer_.empty()) read_to_ = buffer_.back().sequence;
}

// Takes the next piece; moves read_to_ on in any case, so that a part that does not read is passed.
void Spool::read_segment(Segment& segment) {
  if (segment_path_ != segment.path) {
    segment_path_ = segment.path;
    segment_offset_ = 0;
    segment_read_ = segment.first - 1;
    segment_corrupt_ = 0;
  }
  auto piece = read_piece(files_, segment.path, segment_offset_, segment.bytes, segment_read_);
  if (!piece) {
    trouble_ = piece.error().text();
    found_corrupt(segment, segment.bytes - segment_offset_);
    read_to_ = segment.last;
    return;
  }
  found_corrupt(segment, piece->scan.corrupt);
  segment_offset_ = piece->next;
  for (SpoolRecord& record : piece->scan.records) {
    segment_read_ = record.sequence;
    if (record.sequence > read_to_) buffer_.push_back(std::move(record));
  }
  if (!buffer_.empty()) {
    read_to_ = buffer_.back().sequence;
  } else if (piece->last) {
    found_corrupt(segment, segment.bytes - segment_offset_);
    read_to_ = segment.last;
  }
}

// Counts what no earlier reading of this segment has counted.
void Spool::found_corrupt(Segment& segment, uint64_t bytes) {
  segment_corrupt_ += bytes;
  if (segment_corrupt_ <= segment.corrupt) return;
  counters_.corrupt_bytes += segment_corrupt_ - segment.corrupt;
  segment.corrupt = segment_corrupt_;
}

}  // namespace glacis::sensor
