#include "sensor/alert/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "glacis/v1/alert.pb.h"
#include "sensor/alert/alert_spooler.h"
#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

using Texts = std::vector<std::string>;

std::string text_of(uint64_t n) { return "alert " + std::to_string(n); }

class SpoolTest : public testing::Test {
 protected:
  std::unique_ptr<Spool> open() {
    options_.directory = folder_.path() + "/spool";
    auto spool = Spool::open(options_, files_, ++now_, 7);
    EXPECT_TRUE(spool) << spool.error().text();
    return std::move(*spool);
  }
  // A run that ended by kill -9 after `records`: its files as they were at that moment.
  std::string killed_run(uint64_t records) {
    auto spool = open();
    for (uint64_t i = 1; i <= records; ++i) spool->append(text_of(i));
    const std::string id = spool->id();
    const auto kept = folder_.path() + "/kept";
    std::filesystem::copy(options_.directory + "/" + id, kept);
    for (uint64_t i = 1; i <= records; ++i) spool->acknowledge(id, i);
    spool.reset();
    std::filesystem::remove_all(options_.directory + "/" + id);
    std::filesystem::rename(kept, options_.directory + "/" + id);
    return id;
  }
  [[nodiscard]] std::string only_segment(const std::string& id) const {
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory + "/" + id)) {
      if (entry.path().extension() == ".seg") return entry.path().string();
    }
    return {};
  }
  static std::vector<SpoolRecord> read_all(Spool& spool) {
    std::vector<SpoolRecord> out;
    for (SpoolBatch batch = spool.read(100); !batch.records.empty(); batch = spool.read(100)) {
      for (SpoolRecord& record : batch.records) out.push_back(std::move(record));
    }
    return out;
  }
  static Texts texts(const std::vector<SpoolRecord>& records) {
    Texts out;
    for (const SpoolRecord& record : records) out.push_back(record.bytes);
    return out;
  }

  TemporaryFolder folder_;
  FaultyFiles files_;
  SpoolOptions options_;
  int64_t now_ = 1'795'000'000'000'000'000;
};

TEST_F(SpoolTest, Crc32cHasTheCheckValueOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
}

TEST_F(SpoolTest, ReadsInOrderWhatWasAppendedAndAgainAfterRewind) {
  const auto spool = open();
  for (uint64_t i = 1; i <= 250; ++i) EXPECT_EQ(spool->append(text_of(i)), i);
  const auto first = read_all(*spool);
  ASSERT_EQ(first.size(), 250U);
  for (uint64_t i = 1; i <= 250; ++i) {
    EXPECT_EQ(first[i - 1].sequence, i);
    EXPECT_EQ(first[i - 1].bytes, text_of(i));
  }
  EXPECT_TRUE(read_all(*spool).empty());
  spool->acknowledge(spool->id(), 240);
  spool->rewind();
  const auto again = read_all(*spool);
  ASSERT_EQ(again.size(), 10U);
  EXPECT_EQ(again.front().sequence, 241U);
  EXPECT_EQ(spool->counters().held, 10U);
}

TEST_F(SpoolTest, SegmentsAreDeletedWhenAcknowledged) {
  options_.segment_bytes = 256;
  const auto spool = open();
  for (uint64_t i = 1; i <= 100; ++i) spool->append(text_of(i));
  const auto before = spool->counters();
  EXPECT_EQ(before.held, 100U);
  spool->acknowledge(spool->id(), 50);
  const auto half = spool->counters();
  EXPECT_LT(half.bytes, before.bytes * 6 / 10);
  EXPECT_EQ(half.held, 50U);
  EXPECT_EQ(texts(read_all(*spool)).front(), text_of(51));
  spool->acknowledge(spool->id(), 100);
  EXPECT_EQ(spool->counters().held, 0U);
  EXPECT_EQ(spool->counters().bytes, 0U);
}

TEST_F(SpoolTest, AcknowledgementOfWhatWasNeverGivenIsIgnored) {
  const auto spool = open();
  spool->append("one");
  spool->acknowledge(spool->id(), 2);
  spool->acknowledge("another", 1);
  EXPECT_EQ(spool->counters().held, 1U);
}

TEST_F(SpoolTest, OldSpoolsComeFirstUnderTheirOwnIdAndVanishWhenAcknowledged) {
  const std::string first = killed_run(3);
  const std::string second = killed_run(2);
  const auto spool = open();
  spool->append("new");
  EXPECT_EQ(spool->counters().held, 6U);
  SpoolBatch batch = spool->read(100);
  EXPECT_EQ(batch.spool, first);
  EXPECT_EQ(texts(batch.records), (Texts{text_of(1), text_of(2), text_of(3)}));
  batch = spool->read(100);
  EXPECT_EQ(batch.spool, second);
  EXPECT_EQ(batch.records.size(), 2U);
  batch = spool->read(100);
  EXPECT_EQ(batch.spool, spool->id());
  EXPECT_EQ(batch.records.front().sequence, 1U);
  spool->acknowledge(first, 3);
  EXPECT_FALSE(std::filesystem::exists(options_.directory + "/" + first));
  EXPECT_TRUE(std::filesystem::exists(options_.directory + "/" + second));
}

TEST_F(SpoolTest, AcknowledgementsSurviveARestart) {
  std::string id;
  {
    const auto spool = open();
    id = spool->id();
    for (uint64_t i = 1; i <= 10; ++i) spool->append(text_of(i));
    spool->acknowledge(id, 7);
  }
  const auto spool = open();
  const SpoolBatch batch = spool->read(100);
  EXPECT_EQ(batch.spool, id);
  ASSERT_EQ(batch.records.size(), 3U);
  EXPECT_EQ(batch.records.front().sequence, 8U);
}

TEST_F(SpoolTest, ACleanEndWithNothingLeftLeavesNoFiles) {
  {
    const auto spool = open();
    spool->append("one");
    spool->acknowledge(spool->id(), 1);
  }
  EXPECT_TRUE(std::filesystem::is_empty(options_.directory));
}

TEST_F(SpoolTest, KillLosesNothingThatWasAppended) {
  options_.directory = folder_.path() + "/spool";
  const pid_t child = ::fork();
  if (child == 0) {
    auto spool = Spool::open(options_, files_, now_, 1);
    for (uint64_t i = 1; i <= 1000; ++i) (*spool)->append(text_of(i));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto spool = open();
  const auto records = read_all(*spool);
  ASSERT_EQ(records.size(), 1000U);
  EXPECT_EQ(records.back().bytes, text_of(1000));
}

TEST_F(SpoolTest, ATailTornAtAnyByteLosesOnlyItsRecord) {
  const std::string id = killed_run(4);
  const std::string file = only_segment(id);
  DiskFiles disk;
  const std::string whole = *disk.read(file, 0, 1 << 20);
  const size_t record = whole.size() / 4;
  for (size_t length = 0; length <= whole.size(); ++length) {
    std::filesystem::create_directories(options_.directory + "/" + id);
    ASSERT_TRUE(disk.replace(file, whole.substr(0, length)));
    const auto spool = open();
    ASSERT_EQ(read_all(*spool).size(), length / record) << "cut at " << length;
    ASSERT_EQ(spool->counters().corrupt_bytes, length % record);
    if (length >= record) {
      ASSERT_EQ(std::filesystem::file_size(file), length / record * record);
    }
  }
}

TEST_F(SpoolTest, AnyCorruptByteLosesOnlyItsRecord) {
  const std::string id = killed_run(4);
  const std::string file = only_segment(id);
  DiskFiles disk;
  const std::string whole = *disk.read(file, 0, 1 << 20);
  const size_t record = whole.size() / 4;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string bad = whole;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      std::filesystem::create_directories(options_.directory + "/" + id);
      ASSERT_TRUE(disk.replace(file, bad));
      const auto spool = open();
      const auto records = read_all(*spool);
      ASSERT_EQ(records.size(), 3U) << "byte " << at;
      for (const SpoolRecord& good : records) {
        ASSERT_NE(good.sequence, at / record + 1);
        ASSERT_EQ(good.bytes, text_of(good.sequence));
      }
      ASSERT_EQ(spool->counters().corrupt_bytes, record);
    }
  }
}

TEST_F(SpoolTest, ScanOfRandomBytesFindsNothingAndEnds) {
  std::string bytes(200'000, '\0');
  uint64_t state = 88172645463325252ULL;
  for (char& c : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    c = static_cast<char>(state);
  }
  EXPECT_TRUE(scan_segment(bytes, 0).records.empty());
}

TEST_F(SpoolTest, AFullDiskHoldsRecordsInMemoryAndWritesThemWhenItHasRoom) {
  for (const size_t part : {size_t{0}, size_t{5}, size_t{17}}) {
    for (const bool cannot_cut : {false, true}) {
      const auto spool = open();
      spool->append(text_of(1));
      files_.part_bytes = part;
      files_.truncate_fails = cannot_cut;
      files_.full = true;
      for (uint64_t i = 2; i <= 20; ++i) spool->append(text_of(i));
      spool->sync();
      EXPECT_EQ(spool->counters().in_memory, 19U);
      EXPECT_THAT(spool->trouble(), testing::HasSubstr("No space left"));
      EXPECT_THAT(spool->trouble(), testing::HasSubstr(spool->id()));
      EXPECT_EQ(spool->read(10).records.size(), 1U);
      EXPECT_EQ(spool->read(10).records.front().sequence, 2U);
      files_.full = false;
      spool->append(text_of(21));
      spool->sync();
      EXPECT_EQ(spool->trouble(), "");
      EXPECT_EQ(spool->counters().in_memory, 0U);
      spool->rewind();
      const auto records = read_all(*spool);
      ASSERT_EQ(records.size(), 21U);
      for (uint64_t i = 1; i <= 21; ++i) EXPECT_EQ(records[i - 1].bytes, text_of(i));
      EXPECT_EQ(spool->counters().shed, 0U);
      spool->acknowledge(spool->id(), 21);
    }
  }
}

TEST_F(SpoolTest, WhatMemoryCannotHoldIsShedCountedAndLeavesAGapInTheSequences) {
  options_.memory_records = 3;
  const auto spool = open();
  files_.full = true;
  for (uint64_t i = 1; i <= 5; ++i) EXPECT_EQ(spool->append(text_of(i)), i);
  files_.full = false;
  spool->sync();
  EXPECT_EQ(spool->append(text_of(6)), 6U);
  const auto counters = spool->counters();
  EXPECT_EQ(counters.shed, 2U);
  EXPECT_EQ(counters.appended, counters.shed + counters.held);
  EXPECT_EQ(texts(read_all(*spool)), (Texts{text_of(1), text_of(2), text_of(3), text_of(6)}));
}

TEST_F(SpoolTest, TheCapHoldsAndAcknowledgingMakesRoom) {
  options_.cap_bytes = 1000;
  options_.segment_bytes = 200;
  const auto spool = open();
  for (uint64_t i = 1; i <= 100; ++i) spool->append(text_of(i));
  EXPECT_LE(spool->counters().bytes, 1000U);
  EXPECT_THAT(spool->trouble(), testing::HasSubstr("the spool is full"));
  const uint64_t on_disk = 100 - spool->counters().in_memory;
  spool->acknowledge(spool->id(), on_disk);
  spool->sync();
  EXPECT_LT(spool->counters().in_memory, 100 - on_disk);
  EXPECT_EQ(read_all(*spool).size(), 100 - on_disk);
}

TEST_F(SpoolTest, TheFloorOfFreeDiskSpaceIsKept) {
  const auto spool = open();
  files_.free = options_.free_floor_bytes + 10;
  spool->append(text_of(1));
  EXPECT_EQ(spool->counters().in_memory, 1U);
  EXPECT_THAT(spool->trouble(), testing::HasSubstr("nearly full"));
  files_.free = UINT64_MAX;
  spool->sync();
  EXPECT_EQ(spool->counters().in_memory, 0U);
  EXPECT_EQ(spool->trouble(), "");
}

TEST_F(SpoolTest, AFailedSyncStartsAnotherFileAndSaysSo) {
  const auto spool = open();
  spool->append(text_of(1));
  files_.sync_fails = true;
  spool->sync();
  EXPECT_THAT(spool->trouble(), testing::HasSubstr("Input/output error"));
  spool->sync();
  EXPECT_NE(spool->trouble(), "");
  files_.sync_fails = false;
  spool->append(text_of(2));
  spool->sync();
  EXPECT_EQ(spool->trouble(), "");
  EXPECT_EQ(texts(read_all(*spool)), (Texts{text_of(1), text_of(2)}));
}

TEST_F(SpoolTest, ADiskThatDoesNotReadIsPassedAndCounted) {
  const auto spool = open();
  spool->append(text_of(1));
  files_.read_fails = true;
  EXPECT_TRUE(spool->read(10).records.empty());
  EXPECT_GT(spool->counters().corrupt_bytes, 0U);
  EXPECT_THAT(spool->trouble(), testing::HasSubstr("cannot read"));
}

TEST_F(SpoolTest, SyncsAreGrouped) {
  options_.sync_records = 10;
  const auto spool = open();
  for (uint64_t i = 1; i <= 100; ++i) spool->append(text_of(i));
  EXPECT_EQ(files_.syncs, 10U);
  spool->sync();
  EXPECT_EQ(files_.syncs, 10U);
}

TEST_F(SpoolTest, RecordsLargerThanOneReadComeBackWhole) {
  const auto spool = open();
  for (int i = 0; i < 8; ++i) spool->append(std::string(kMaxSpoolRecord - static_cast<size_t>(i), 'x'));
  spool->append(std::string(kMaxSpoolRecord + 1, 'x'));
  EXPECT_EQ(spool->counters().shed, 1U);
  const auto records = read_all(*spool);
  ASSERT_EQ(records.size(), 8U);
  EXPECT_EQ(records.back().bytes.size(), kMaxSpoolRecord - 7);
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_.path() + "/spool") << "a file stands here";
  options_.directory = folder_.path() + "/spool";
  const auto spool = Spool::open(options_, files_, 1, 1);
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().where, options_.directory);
}

TEST_F(SpoolTest, TheSpoolerSpoolsEverythingItTookBeforeItStops) {
  const auto spool = open();
  std::atomic<int> told{0};
  AlertSpooler spooler(*spool, [&told] { ++told; }, 10'000);
  spooler.start();
  v1::Alert alert;
  uint64_t taken = 0;
  for (int i = 0; i < 5000; ++i) {
    alert.set_key(text_of(static_cast<uint64_t>(i)));
    taken += spooler.offer(alert) ? 1 : 0;
  }
  spooler.stop();
  EXPECT_EQ(taken + spooler.refused(), 5000U);
  EXPECT_EQ(spool->counters().held, taken);
  EXPECT_GT(told, 0);
  EXPECT_GT(files_.syncs, 0U);
}

TEST_F(SpoolTest, AFullQueueRefusesAndCounts) {
  const auto spool = open();
  AlertSpooler spooler(*spool, {}, 2);
  EXPECT_TRUE(spooler.offer(v1::Alert()));
  EXPECT_TRUE(spooler.offer(v1::Alert()));
  EXPECT_FALSE(spooler.offer(v1::Alert()));
  EXPECT_EQ(spooler.refused(), 1U);
}

}  // namespace
}  // namespace glacis::sensor
