#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/error.h"
#include "sensor/alert/spool_segment.h"
#include "sensor/state/state_files.h"

namespace glacis::sensor {

struct SpoolOptions {
  std::string directory;                    // made if need be
  uint64_t cap_bytes = 256ULL << 20;        // of all spools together, on disk
  uint64_t free_floor_bytes = 64ULL << 20;  // the disk keeps at least this free
  uint64_t segment_bytes = 64ULL << 20;
  size_t memory_records = 20'000;  // held while the disk takes nothing
  size_t memory_bytes = 32ULL << 20;
  uint32_t sync_records = 256;  // fsync after so many, or at sync()
};

struct SpoolCounters {
  uint64_t appended = 0;       // sequences given: on disk + in memory + shed
  uint64_t shed = 0;           // given a sequence and lost: disk and memory full. A gap in the sequences
  uint64_t corrupt_bytes = 0;  // of segments that did not read back
  uint64_t held = 0;           // not acknowledged: on disk or in memory, old spools included
  uint64_t in_memory = 0;      // of `held`
  uint64_t bytes = 0;          // on disk
};

struct SpoolBatch {
  std::string spool;
  std::vector<SpoolRecord> records;  // sequences ascending
};

// Alerts on disk until the control plane has committed them: bytes in, sequence out, from 1, under an
// id that is new at every open(). Spools of earlier runs are served first, oldest first, and deleted
// when acknowledged. What append() has put on disk survives kill -9; what sync() has passed, a power
// cut. A disk that fails or is full (ENOSPC, EIO, cap, floor) never stops the caller: records wait in
// bounded memory and go to disk in their order when it takes them again; beyond that they are shed and
// counted, and trouble() says why.
// Owns its files and locks nothing outside. Borrows `files`. Threads: any, by its mutex; one reader.
class Spool {
 public:
  // `now_ns` (Unix time) orders the spools of several runs; `random` keeps equal times apart.
  // Fails only when the folder cannot be made or read.
  [[nodiscard]] static Expected<std::unique_ptr<Spool>> open(SpoolOptions options, StateFiles& files, int64_t now_ns,
                                                             uint64_t random);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  [[nodiscard]] const std::string& id() const { return id_; }
  // Keeps one record of at most kMaxSpoolRecord bytes; longer ones are shed. Returns its sequence.
  uint64_t append(std::string_view bytes);
  // Puts on stable storage what is not there yet, and tries a disk again that had failed. Call it every
  // 50 ms or so.
  void sync();

  // The next records behind the last read, of one spool. Empty: there are none now.
  [[nodiscard]] SpoolBatch read(size_t most_records);
  // Reads from the first unacknowledged record again (after a connection broke).
  void rewind();
  // Everything of `spool` up to and including `sequence` is committed elsewhere. An unknown spool or a
  // sequence that was never given is ignored.
  void acknowledge(const std::string& spool, uint64_t sequence);

  [[nodiscard]] SpoolCounters counters() const;
  // Why the spool is not as safe as it should be; empty: all is well.
  [[nodiscard]] std::string trouble() const;

 private:
  struct Segment {
    std::string path;
    uint64_t first = 0, last = 0;  // last 0: empty
    uint64_t records = 0;
    uint64_t bytes = 0;    // that read back
    uint64_t corrupt = 0;  // counted already: a segment is read more than once
  };
  struct Run {  // one spool id
    std::string id, directory;
    std::deque<Segment> segments;
    uint64_t acked = 0;
    uint64_t last = 0;  // highest sequence it holds or held
  };

  Spool(SpoolOptions options, StateFiles& files, std::string id);
  [[nodiscard]] Expected<void> adopt_old();
  [[nodiscard]] Expected<Run> adopt_run(const std::string& id);
  [[nodiscard]] Expected<Segment> adopt_segment(const std::string& path, uint64_t after);
  [[nodiscard]] Run& current() { return runs_.back(); }

  [[nodiscard]] Expected<void> write(const SpoolRecord& record);
  [[nodiscard]] Expected<void> open_segment(uint64_t first);
  [[nodiscard]] Expected<void> room_for(uint64_t bytes);
  void give_up_segment();  // the next record starts another file
  void drain_memory();
  void hold(SpoolRecord record);
  void sync_locked();

  void keep_acknowledged();
  void drop_acknowledged(Run& run);
  void drop_segment(Run& run);

  void refill();
  void read_segment(Segment& segment);
  void found_corrupt(Segment& segment, uint64_t bytes);

  const SpoolOptions options_;
  StateFiles& files_;
  const std::string id_;
  mutable std::mutex mutex_;
  std::deque<Run> runs_;  // oldest first; the last is this run's
  int file_ = -1;         // of current().segments.back()
  uint32_t unsynced_ = 0;
  uint64_t free_left_ = 0;  // may be written before the disk's free space is asked again
  uint64_t next_ = 1;
  std::deque<SpoolRecord> memory_;
  size_t memory_bytes_ = 0;
  std::string trouble_;
  bool sync_failed_ = false;
  std::string unkept_ack_;  // spool whose acknowledgement is not on disk yet
  uint32_t syncs_ = 0;
  SpoolCounters counters_;

  // Reader: what is behind (run, sequence) comes next.
  std::string reading_;  // spool id; empty: start at the oldest
  uint64_t read_to_ = 0;
  std::string segment_path_;  // where buffer_ came from
  uint64_t segment_offset_ = 0;
  uint64_t segment_read_ = 0;     // last sequence before that offset
  uint64_t segment_corrupt_ = 0;  // bytes that did not read back before that offset
  std::deque<SpoolRecord> buffer_;
};

}  // namespace glacis::sensor
