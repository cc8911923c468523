#include "dataplane/port/capture_port.h"

#include <gmock/gmock.h>
#include <time.h>

#include "tests/unit/port/capture_files.h"
#include "tests/unit/port/port_fixture.h"

namespace glacis {
namespace {

using captures::File;
using captures::Order;
using testing::HasSubstr;

captures::Bytes ethernet_capture(const std::vector<captures::Record>& records) {
  return captures::pcap(Order::kLittle, captures::kNano, 1, records);
}

class CapturePortTest : public PortTest {
 protected:
  std::unique_ptr<CapturePort> open(const std::vector<const File*>& files, const CaptureOptions& options = {}) {
    std::vector<std::string> paths;
    for (const File* file : files) paths.push_back(file->path());
    auto port = CapturePort::open(paths, options, *pool_, *stamp_);
    if (!port) throw std::runtime_error(port.error().text());
    return std::move(*port);
  }
};

TEST_F(CapturePortTest, PacketsKeepTheirTimeBytesAndOrdinal) {
  const File file(ethernet_capture({{1, 5, {1, 2, 3}}, {1, 6, {}}, {2, 0, captures::Bytes(1514, 7)}}));
  const auto port = open({&file}, {.id = PortId(3)});
  const auto got = take_all(*port);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].stamp.time.value, 1'000'000'005);
  EXPECT_EQ(got[0].bytes, (captures::Bytes{1, 2, 3}));
  EXPECT_TRUE(got[1].bytes.empty());
  EXPECT_EQ(got[2].bytes.size(), 1514u);
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].stamp.ordinal, Ordinal(i + 1));
    EXPECT_EQ(got[i].stamp.port, PortId(3));
    EXPECT_EQ(got[i].segments, 1);
  }
  EXPECT_EQ(port->clock(), seconds(2));
  EXPECT_EQ(port->counters().received, 3u);
  EXPECT_TRUE(port->faults().empty());
}

TEST_F(CapturePortTest, SeveralCapturesMergeByTimeAndThenByTheOrderTheyWereNamed) {
  const File first(ethernet_capture({{1, 0, {10}}, {3, 0, {11}}})),
      second(ethernet_capture({{1, 0, {20}}, {2, 0, {21}}, {3, 0, {22}}}));
  const auto port = open({&first, &second});
  captures::Bytes order;
  for (const Received& r : take_all(*port)) order.push_back(r.bytes.at(0));
  EXPECT_EQ(order, (captures::Bytes{10, 20, 21, 11, 22}));
}

TEST_F(CapturePortTest, SaysWhichTimesOfEachCaptureWereRead) {
  const File first(ethernet_capture({{10, 0, {1}}, {20, 0, {2}}, {9'000, 0, {3}}})),
      second(ethernet_capture({{15, 0, {4}}}));
  const auto port = open({&first, &second}, {.loops = 2});
  EXPECT_TRUE(port->read().empty()) << "nothing is read yet";
  (void)take_all(*port);
  const std::vector<CaptureRead> read = port->read();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].path, first.path());
  EXPECT_EQ(read[0].packets, 3u) << "of one round";
  EXPECT_EQ(read[0].seen.all(), (std::vector<Stretch>{{seconds(10), seconds(20)}, {seconds(9'000), seconds(9'000)}}));
  EXPECT_EQ(read[1].seen.all(), (std::vector<Stretch>{{seconds(15), seconds(15)}}));
}

TEST_F(CapturePortTest, TheBurstSizeChangesNothing) {
  std::vector<captures::Record> records;
  for (uint8_t i = 0; i < 100; ++i) records.push_back({i, i, {i}});
  const File file(ethernet_capture(records));
  for (const size_t burst : {1u, 7u, 64u}) {
    const auto got = take_all(*open({&file}), burst);
    ASSERT_EQ(got.size(), 100u);
    for (uint8_t i = 0; i < 100; ++i) EXPECT_EQ(got[i].bytes.at(0), i);
  }
}

TEST_F(CapturePortTest, ABrokenTailIsCountedAndNamedAfterWhatCameBefore) {
  auto bytes = ethernet_capture({{1, 0, {1}}, {2, 0, {2, 2, 2}}});
  bytes.pop_back();
  const File broken(bytes), whole(ethernet_capture({{3, 0, {3}}}));
  const auto port = open({&broken, &whole});
  EXPECT_EQ(take_all(*port).size(), 2u);
  EXPECT_EQ(port->counters().errors, 1u);
  ASSERT_EQ(port->faults().size(), 1u);
  EXPECT_THAT(port->faults()[0].text(), HasSubstr(broken.path()));
}

TEST_F(CapturePortTest, AFrameThatThePoolDoesNotHoldIsWholeUpToTheLongest) {
  for (const size_t bytes : {2'048UL, 2'049UL, 9'000UL, 65'407UL, 65'408UL, 70'000UL}) {
    captures::Bytes frame(bytes, 1);
    frame.back() = 2;
    const File file(ethernet_capture({{1, 0, {3}}, {1, 0, frame}, {1, 0, {4}}}));
    const auto port = open({&file});
    const auto got = take_all(*port);
    ASSERT_EQ(got.size(), 3U);
    const bool whole = bytes <= CapturePort::kLongestFrame;
    EXPECT_EQ(got[1].bytes.size(), whole ? bytes : CapturePort::kLongestFrame);
    EXPECT_EQ(got[1].bytes.back(), whole ? 2 : 1);
    EXPECT_EQ(got[1].segments, 1);
    EXPECT_EQ(port->counters().errors, whole ? 0U : 1U) << bytes;
  }
}

TEST_F(CapturePortTest, LongFramesWaitForRoomToo) {
  const File file(ethernet_capture(std::vector<captures::Record>(400, {1, 0, captures::Bytes(3'000, 1)})));
  const auto port = open({&file});
  std::vector<rte_mbuf*> held(400);
  const uint16_t first = port->rx_burst(0, held);
  EXPECT_LT(first, 400U);
  EXPECT_EQ(port->rx_burst(0, std::span(held).subspan(first)), 0);
  rte_pktmbuf_free_bulk(held.data(), first);
  EXPECT_EQ(take_all(*port).size(), 400U - first);
  EXPECT_EQ(port->counters().no_mbuf, 0U);
}

TEST_F(CapturePortTest, AnEmptyPoolMakesTheReaderWaitAndLosesNothing) {
  std::vector<captures::Record> records(kMbufs + 50, {1, 0, {1}});
  const File file(ethernet_capture(records));
  const auto port = open({&file});
  std::vector<rte_mbuf*> held(kMbufs + 50);
  const uint16_t first = port->rx_burst(0, held);
  EXPECT_EQ(first, kMbufs);
  EXPECT_EQ(port->rx_burst(0, std::span(held).subspan(first)), 0);
  rte_pktmbuf_free_bulk(held.data(), first);
  EXPECT_EQ(take_all(*port).size(), 50u);
  EXPECT_EQ(port->counters().received, kMbufs + 50u);
  EXPECT_EQ(port->counters().no_mbuf, 0u);
}

TEST_F(CapturePortTest, APacedReaderLosesWhatFindsNoMbufAndCountsIt) {
  std::vector<captures::Record> records(kMbufs + 50, {1, 0, {1}});
  const File file(ethernet_capture(records));
  // All packets are due at once: they bear the same time.
  const auto port = open({&file}, {.pace = Pace::kCaptureTiming});
  std::vector<rte_mbuf*> held(kMbufs + 50);
  const uint16_t first = port->rx_burst(0, held);
  EXPECT_EQ(first, kMbufs);
  EXPECT_EQ(port->counters().no_mbuf, 50u);
  EXPECT_EQ(port->rx_burst(0, std::span(held).subspan(first)), 0);
  EXPECT_EQ(port->state(), RxState::kEnd);
  rte_pktmbuf_free_bulk(held.data(), first);
}

TEST_F(CapturePortTest, RoundsAreMovedOnInTimePastTheOneBefore) {
  const File file(ethernet_capture({{10, 0, {1}}, {14, 0, {2}}}));
  const auto got = take_all(*open({&file}, {.loops = 3}));
  ASSERT_EQ(got.size(), 6u);
  const int64_t expected_s[] = {10, 14, 15, 19, 20, 24};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(got[i].stamp.time, seconds(expected_s[i]));
    EXPECT_EQ(got[i].stamp.ordinal, Ordinal(i + 1));
  }
}

TEST_F(CapturePortTest, RoundsEndWhereTimeEnds) {
  captures::Blocks blocks(Order::kLittle);
  blocks.section().interface(1).packet(0, 0, {1}).packet(0, UINT64_MAX, {2});
  const File file(blocks.get());
  EXPECT_EQ(take_all(*open({&file}, {.loops = 0})).size(), 2u);
}

TEST_F(CapturePortTest, ACaptureWithAFaultIsRepeatedUpToItAndTellsItOnceTheFirstRoundIsOver) {
  auto bytes = ethernet_capture({{1, 0, {1}}, {2, 0, {2, 2, 2}}});
  bytes.pop_back();
  const File broken(bytes), whole(ethernet_capture({{3, 0, {3}}}));
  const auto port = open({&broken, &whole}, {.loops = 3});
  EXPECT_EQ(take(*port, 2).size(), 2u);
  EXPECT_TRUE(port->faults().empty()) << "nobody has asked for what is behind the first round";
  EXPECT_EQ(take(*port, 1).size(), 1u);
  ASSERT_EQ(port->faults().size(), 1u);
  EXPECT_THAT(port->faults()[0].text(), HasSubstr(broken.path()));
  EXPECT_EQ(port->state(), RxState::kUp);
  EXPECT_EQ(take_all(*port).size(), 3u) << "three rounds of two packets";
  EXPECT_EQ(port->faults().size(), 1u);
  EXPECT_EQ(port->counters().errors, 1u);
}

TEST_F(CapturePortTest, AnUnpacedCaptureIsNeverBehindAPacedOneCannotSay) {
  const File file(ethernet_capture({{1, 0, {1}}}));
  EXPECT_EQ(open({&file})->fill_percent(0), 0);
  EXPECT_EQ(open({&file}, {.pace = Pace::kPacketsPerSecond, .packets_per_s = 1000})->fill_percent(0), std::nullopt);
}

TEST_F(CapturePortTest, ACaptureWithoutPacketsIsAtItsEndEvenInEndlessRounds) {
  const File file(ethernet_capture({}));
  EXPECT_TRUE(take_all(*open({&file}, {.loops = 0})).empty());
}

int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

TEST_F(CapturePortTest, AtARateNoPacketComesBeforeItIsDue) {
  const File file(ethernet_capture(std::vector<captures::Record>(21, {1, 0, {1}})));
  const auto port = open({&file}, {.pace = Pace::kPacketsPerSecond, .packets_per_s = 1000});
  const int64_t start = monotonic_ns();
  EXPECT_EQ(take_all(*port).size(), 21u);
  EXPECT_GE(monotonic_ns() - start, 20'000'000);
}

TEST_F(CapturePortTest, AtItsOwnTimingNoPacketComesBeforeItIsDue) {
  const File file(ethernet_capture({{1, 0, {1}}, {1, 40'000'000, {2}}}));
  const auto port = open({&file}, {.pace = Pace::kCaptureTiming, .speed = 2.0});
  const int64_t start = monotonic_ns();
  EXPECT_EQ(take_all(*port).size(), 2u);
  EXPECT_GE(monotonic_ns() - start, 20'000'000);
}

TEST_F(CapturePortTest, WhatCannotBeReadIsRefusedAtOpening) {
  const auto refusal = [this](const std::vector<std::string>& paths, const CaptureOptions& options) {
    const auto port = CapturePort::open(paths, options, *pool_, *stamp_);
    return port ? std::string() : port.error().text();
  };
  const File file(ethernet_capture({{1, 0, {1}}}));
  EXPECT_THAT(refusal({file.path(), "/nonexistent/b.pcap"}, {}), HasSubstr("/nonexistent/b.pcap"));
  EXPECT_THAT(refusal({}, {}), HasSubstr("no capture"));
  EXPECT_THAT(refusal({file.path()}, {.pace = Pace::kPacketsPerSecond}), HasSubstr("packets per second"));
  EXPECT_THAT(refusal({file.path()}, {.pace = Pace::kCaptureTiming, .speed = 0}), HasSubstr("speed"));
}

}  // namespace
}  // namespace glacis
