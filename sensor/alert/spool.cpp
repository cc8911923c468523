#include "sensor/alert/spool.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

namespace glacis::sensor {
namespace {

constexpr uint64_t kAskFreeEvery = 4ULL << 20;
constexpr uint32_t kKeepAckEvery = 20;  // sync() calls: about a second

std::string new_id(int64_t now_ns, uint64_t random) {
  char text[32];
  std::snprintf(text, sizeof text, "%016" PRIx64 "-%08" PRIx32, static_cast<uint64_t>(now_ns),
                static_cast<uint32_t>(random ^ random >> 32));
  return text;
}

}  // namespace

Spool::Spool(SpoolOptions options, StateFiles& files, std::string id)
    : options_(std::move(options)), files_(files), id_(std::move(id)) {}

Expected<std::unique_ptr<Spool>> Spool::open(SpoolOptions options, StateFiles& files, int64_t now_ns, uint64_t random) {
  if (auto made = files.make_directories(options.directory); !made) return std::unexpected(made.error());
  std::unique_ptr<Spool> spool(new Spool(std::move(options), files, new_id(now_ns, random)));
  if (auto adopted = spool->adopt_old(); !adopted) return std::unexpected(adopted.error());
  Run run;
  run.id = spool->id_;
  run.directory = spool->options_.directory + "/" + run.id;
  spool->runs_.push_back(std::move(run));
  return spool;
}

Spool::~Spool() {
  const std::scoped_lock lock(mutex_);
  drain_memory();
  sync_locked();
  keep_acknowledged();
  give_up_segment();
  Run& run = current();
  drop_acknowledged(run);
  if (run.segments.empty()) {
    (void)files_.remove(run.directory + "/acked");
    (void)files_.remove(run.directory);
  }
}

uint64_t Spool::append(std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  const uint64_t sequence = next_++;
  ++counters_.appended;
  current().last = sequence;
  SpoolRecord record{sequence, std::string(bytes)};
  if (bytes.size() > kMaxSpoolRecord) {
    ++counters_.shed;
    trouble_ = "a record of " + std::to_string(bytes.size()) + " bytes is longer than the spool takes";
    return sequence;
  }
  // Behind records that wait for the disk, this one waits too: the order on disk is the order of sequences.
  if (!memory_.empty()) {
    hold(std::move(record));
    return sequence;
  }
  if (auto written = write(record); !written) {
    trouble_ = written.error().text();
    hold(std::move(record));
  }
  return sequence;
}

void Spool::hold(SpoolRecord record) {
  if (memory_.size() >= options_.memory_records || memory_bytes_ + record.bytes.size() > options_.memory_bytes) {
    ++counters_.shed;
    return;
  }
  memory_bytes_ += record.bytes.size();
  memory_.push_back(std::move(record));
}

Expected<void> Spool::room_for(uint64_t bytes) {
  if (counters_.bytes + bytes > options_.cap_bytes) {
    return fail("the spool is full: " + std::to_string(options_.cap_bytes) + " bytes", options_.directory,
                "the control plane is away too long, or raise alerts.spool");
  }
  if (free_left_ < bytes) {
    const auto free = files_.free_bytes(options_.directory);
    if (!free) return std::unexpected(free.error());
    if (*free < options_.free_floor_bytes + bytes) {
      free_left_ = 0;
      return fail("the disk is nearly full: " + std::to_string(*free) + " bytes free, " +
                      std::to_string(options_.free_floor_bytes) + " stay so",
                  options_.directory);
    }
    free_left_ = std::min(*free - options_.free_floor_bytes, kAskFreeEvery + bytes);
  }
  return {};
}

Expected<void> Spool::open_segment(uint64_t first) {
  Run& run = current();
  if (auto made = files_.make_directories(run.directory); !made) return made;
  char name[32];
  std::snprintf(name, sizeof name, "/%020" PRIu64 ".seg", first);
  Segment segment;
  segment.path = run.directory + name;
  segment.first = first;
  const auto file = files_.create(segment.path);
  if (!file) return std::unexpected(file.error());
  file_ = *file;
  run.segments.push_back(std::move(segment));
  return {};
}

Expected<void> Spool::write(const SpoolRecord& record) {
  std::string bytes;
  put_record(bytes, record.sequence, record.bytes);
  if (auto room = room_for(bytes.size()); !room) return room;
  if (file_ >= 0 && current().segments.back().bytes + bytes.size() > options_.segment_bytes) {
    sync_locked();
    give_up_segment();
  }
  if (file_ < 0) {
    if (auto opened = open_segment(record.sequence); !opened) return opened;
  }
  Segment& segment = current().segments.back();
  if (auto written = files_.append(file_, segment.path, bytes); !written) {
    // A part may stand there. Cut it off if the disk lets us; a reader stops before it anyhow.
    (void)files_.truncate(segment.path, segment.bytes);
    give_up_segment();
    return written;
  }
  segment.bytes += bytes.size();
  segment.last = record.sequence;
  ++segment.records;
  counters_.bytes += bytes.size();
  free_left_ -= bytes.size();
  if (++unsynced_ >= options_.sync_records) sync_locked();
  return {};
}

// An empty file goes; the next record starts another one.
void Spool::give_up_segment() {
  if (file_ < 0) return;
  files_.close(file_);
  file_ = -1;
  unsynced_ = 0;
  auto& segments = current().segments;
  if (segments.back().records == 0) {
    (void)files_.remove(segments.back().path);
    segments.pop_back();
  }
}

void Spool::sync_locked() {
  if (file_ < 0 || unsynced_ == 0) return;
  if (auto synced = files_.sync(file_, current().segments.back().path); !synced) {
    // After a failed fsync the kernel may have dropped what it could not write: another file, from here.
    trouble_ = synced.error().text();
    sync_failed_ = true;
    give_up_segment();
    return;
  }
  unsynced_ = 0;
  sync_failed_ = false;
  if (memory_.empty()) trouble_.clear();
}

void Spool::drain_memory() {
  while (!memory_.empty()) {
    if (auto written = write(memory_.front()); !written) {
      trouble_ = written.error().text();
      return;
    }
    memory_bytes_ -= memory_.front().bytes.size();
    memory_.pop_front();
  }
}

void Spool::sync() {
  const std::scoped_lock lock(mutex_);
  drain_memory();
  sync_locked();
  if (!trouble_.empty() && memory_.empty() && !sync_failed_ && room_for(kSpoolHeader)) trouble_.clear();
  if (++syncs_ >= kKeepAckEvery) keep_acknowledged();
}

// So that a restart sends again about a second of alerts, not a whole segment. A hint: losing it costs
// repeats, which control knows by their sequence.
void Spool::keep_acknowledged() {
  syncs_ = 0;
  if (unkept_ack_.empty()) return;
  for (const Run& run : runs_) {
    if (run.id != unkept_ack_ || run.segments.empty()) continue;
    std::string bytes;
    put_record(bytes, run.acked, "");
    (void)files_.replace(run.directory + "/acked", bytes);
  }
  unkept_ack_.clear();
}

void Spool::acknowledge(const std::string& spool, uint64_t sequence) {
  const std::scoped_lock lock(mutex_);
  for (size_t i = 0; i < runs_.size(); ++i) {
    Run& run = runs_[i];
    if (run.id != spool) continue;
    if (sequence > run.last || sequence <= run.acked) return;
    run.acked = sequence;
    unkept_ack_ = run.id;
    drop_acknowledged(run);
    if (&run == &current()) return;
    if (run.segments.empty()) {
      (void)files_.remove(run.directory + "/acked");
      (void)files_.remove(run.directory);
      runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return;
  }
}

void Spool::drop_acknowledged(Run& run) {
  const bool is_current = &run == &current();
  if (is_current) {
    while (!memory_.empty() && memory_.front().sequence <= run.acked) {
      memory_bytes_ -= memory_.front().bytes.size();
      memory_.pop_front();
    }
    // The open file goes too once it is worth it.
    if (file_ >= 0 && run.segments.back().last <= run.acked &&
        run.segments.back().bytes >= options_.segment_bytes / 8) {
      give_up_segment();
    }
  }
  while (!run.segments.empty() && run.segments.front().last <= run.acked) {
    if (is_current && file_ >= 0 && run.segments.size() == 1) return;
    drop_segment(run);
  }
}

void Spool::drop_segment(Run& run) {
  const Segment& segment = run.segments.front();
  if (auto removed = files_.remove(segment.path); !removed) trouble_ = removed.error().text();
  counters_.bytes -= segment.bytes;
  run.segments.pop_front();
}

SpoolCounters Spool::counters() const {
  const std::scoped_lock lock(mutex_);
  SpoolCounters out = counters_;
  out.in_memory = memory_.size();
  out.held = memory_.size();
  for (const Run& run : runs_) {
    for (const Segment& segment : run.segments) {
      if (segment.last <= run.acked) continue;
      const uint64_t gone = run.acked < segment.first ? 0 : run.acked - segment.first + 1;
      out.held += segment.records > gone ? segment.records - gone : 0;
    }
  }
  return out;
}

std::string Spool::trouble() const {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

}  // namespace glacis::sensor
