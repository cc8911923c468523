#include "dataplane/port/capture_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/port/capture_files.h"

namespace glacis {
namespace {

using namespace captures;
using testing::HasSubstr;

constexpr uint32_t kEthernet = 1;

struct Read {
  std::vector<CapturedPacket> packets;
  std::unique_ptr<CaptureReader> reader;  // the packets point into its map
};

Read read_all(const File& file) {
  Read out;
  auto reader = CaptureReader::open(file.path());
  EXPECT_TRUE(reader.has_value()) << (reader ? "" : reader.error().text());
  if (!reader) return out;
  out.reader = std::move(*reader);
  while (auto packet = out.reader->next()) out.packets.push_back(*packet);
  return out;
}

Bytes bytes_of(const CapturedPacket& p) { return {p.bytes.begin(), p.bytes.end()}; }

TEST(CapturePcap, EveryByteOrderAndResolutionIsRead) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    for (const uint32_t magic : {kMicro, kNano}) {
      const File file(pcap(order, magic, kEthernet, {{10, 5, {1, 2, 3}}, {10, 6, {}}, {11, 0, {4}}}));
      const Read read = read_all(file);
      ASSERT_EQ(read.packets.size(), 3u);
      EXPECT_EQ(read.packets[0].time.value, 10'000'000'000 + (magic == kNano ? 5 : 5000));
      EXPECT_EQ(bytes_of(read.packets[0]), (Bytes{1, 2, 3}));
      EXPECT_TRUE(read.packets[1].bytes.empty());
      EXPECT_EQ(read.packets[2].time, seconds(11));
      EXPECT_FALSE(read.reader->fault());
    }
  }
}

TEST(CapturePcap, ATruncatedTailEndsTheFileAfterWhatCameBefore) {
  const Bytes whole = pcap(Order::kLittle, kMicro, kEthernet, {{1, 0, Bytes(20, 1)}, {2, 0, Bytes(20, 2)}});
  const size_t second = 24 + 16 + 20;
  for (size_t kept = second + 1; kept < whole.size(); ++kept) {
    const File file({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)});
    const Read read = read_all(file);
    EXPECT_EQ(read.packets.size(), 1u) << kept;
    ASSERT_TRUE(read.reader->fault()) << kept;
    EXPECT_THAT(read.reader->fault()->text(), HasSubstr(file.path() + " at byte " + std::to_string(second)));
  }
}

TEST(CapturePcap, AHostileLengthEndsTheFile) {
  for (const uint32_t length : {21u, 0x7fffffffu, 0xffffffffu, 0xfffffff0u}) {
    Bytes file = pcap(Order::kBig, kMicro, kEthernet, {{1, 0, Bytes(20)}});
    for (int i = 0; i < 4; ++i) file[24 + 8 + static_cast<size_t>(i)] = static_cast<uint8_t>(length >> (24 - 8 * i));
    const File written(file);
    const Read read = read_all(written);
    EXPECT_TRUE(read.packets.empty());
    ASSERT_TRUE(read.reader->fault());
    EXPECT_THAT(read.reader->fault()->what, HasSubstr(std::to_string(length)));
  }
}

TEST(CapturePcap, OldVersionsHaveTheLengthsTheOtherWayRound) {
  for (const uint16_t minor : {2, 3}) {
    Writer out(Order::kBig);
    out.u32(kMicro).u16(2).u16(minor).u32(0).u32(0).u32(65535).u32(kEthernet);
    out.u32(1).u32(0).u32(1500).u32(3).bytes({1, 2, 3});
    const File file(out.get());
    const Read read = read_all(file);
    ASSERT_EQ(read.packets.size(), 1u) << minor;
    EXPECT_EQ(bytes_of(read.packets[0]), (Bytes{1, 2, 3}));
  }
}

TEST(CapturePcap, FramesWithACheckSequenceKeepTheirLinkType) {
  const File file(pcap(Order::kLittle, kMicro, 0x24000001, {{1, 0, {1}}}));
  EXPECT_EQ(read_all(file).packets.at(0).link, LinkType::kEthernet);
}

TEST(CaptureOpen, WhatIsNoCaptureIsNamedWithItsFile) {
  const auto expect_refused = [](const std::string& path, const char* why) {
    const auto reader = CaptureReader::open(path);
    ASSERT_FALSE(reader.has_value()) << why;
    EXPECT_THAT(reader.error().text(), HasSubstr(path));
    EXPECT_THAT(reader.error().text(), HasSubstr(why));
  };
  expect_refused("/nonexistent/x.pcap", "No such file");
  expect_refused("/proc/self", "regular");
  const File empty({}), short_magic({0xd4, 0xc3}), text({'h', 'e', 'l', 'l', 'o', '\n'});
  expect_refused(empty.path(), "empty");
  expect_refused(short_magic.path(), "too short");
  expect_refused(text.path(), "not a pcap");
  const File headless({0xd4, 0xc3, 0xb2, 0xa1, 2, 0});
  expect_refused(headless.path(), "header is cut short");
  const File wireless(pcap(Order::kLittle, kMicro, 105, {}));
  expect_refused(wireless.path(), "link type 105");
}

TEST(CapturePcapng, EnhancedPacketsOfSeveralInterfacesKeepTheirOwnResolution) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    Blocks blocks(order);
    blocks.section().interface(kEthernet).unknown();
    blocks.interface(kEthernet, blocks.option(9, {9}));
    blocks.interface(kEthernet, blocks.option(9, {0x80 | 10}));
    blocks.packet(0, 5'000'001, {1, 2, 3}).packet(1, 5'000'000'001, {4, 5, 6, 7}).packet(2, 5 * 1024 + 512, {8});
    const File file(blocks.get());
    const Read read = read_all(file);
    ASSERT_EQ(read.packets.size(), 3u);
    EXPECT_EQ(read.packets[0].time.value, 5'000'001'000);
    EXPECT_EQ(read.packets[1].time.value, 5'000'000'001);
    EXPECT_EQ(read.packets[2].time.value, 5'500'000'000);
    EXPECT_EQ(bytes_of(read.packets[0]), (Bytes{1, 2, 3}));
    EXPECT_EQ(bytes_of(read.packets[2]), (Bytes{8}));
    EXPECT_FALSE(read.reader->fault());
  }
}

TEST(CapturePcapng, AnInterfacesTimeOffsetIsAdded) {
  Blocks blocks(Order::kLittle);
  blocks.section().interface(kEthernet, blocks.option(14, {100, 0, 0, 0, 0, 0, 0, 0})).packet(0, 1'000'000, {1});
  const File file(blocks.get());
  EXPECT_EQ(read_all(file).packets.at(0).time, seconds(101));
}

TEST(CapturePcapng, SimplePacketsHaveTheTimeOfTheOneBefore) {
  Blocks blocks(Order::kLittle);
  blocks.section().interface(kEthernet).packet(0, 7'000'000, {1}).simple_packet({2, 3, 4, 5, 6});
  const File file(blocks.get());
  const Read read = read_all(file);
  ASSERT_EQ(read.packets.size(), 2u);
  EXPECT_EQ(read.packets[1].time, seconds(7));
  EXPECT_EQ(bytes_of(read.packets[1]), (Bytes{2, 3, 4, 5, 6}));
}

TEST(CapturePcapng, ObsoletePacketsNameTheirInterfaceInSixteenBits) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    Blocks blocks(order);
    blocks.section().interface(101).interface(kEthernet, blocks.option(9, {9}));
    blocks.obsolete_packet(1, 5'000'000'001, {1, 2, 3}).obsolete_packet(2, 0, {4});
    const File file(blocks.get());
    const Read read = read_all(file);
    ASSERT_EQ(read.packets.size(), 1u);
    EXPECT_EQ(read.packets[0].time.value, 5'000'000'001);
    EXPECT_EQ(read.packets[0].link, LinkType::kEthernet);
    EXPECT_EQ(bytes_of(read.packets[0]), (Bytes{1, 2, 3}));
    ASSERT_TRUE(read.reader->fault());
    EXPECT_THAT(read.reader->fault()->text(), HasSubstr("1 bytes on interface 2 does not fit"));
  }
}

TEST(CapturePcapng, ASectionOfAnotherByteOrderStartsItsInterfacesAnew) {
  Bytes both = Blocks(Order::kLittle).section().interface(kEthernet).packet(0, 1, {1}).get();
  const Bytes second = Blocks(Order::kBig).section().interface(101).packet(0, 2, {2}).get();
  both.insert(both.end(), second.begin(), second.end());
  const File file(both);
  const Read read = read_all(file);
  ASSERT_EQ(read.packets.size(), 2u);
  EXPECT_EQ(read.packets[0].link, LinkType::kEthernet);
  EXPECT_EQ(read.packets[1].link, LinkType::kRawIp);
  EXPECT_EQ(read.packets[1].time.value, 2000);
}

TEST(CapturePcapng, PacketsOfAnUnknownLinkTypeAreCountedBesideTheOthers) {
  const File file(
      Blocks(Order::kLittle).section().interface(kEthernet).interface(105).packet(1, 1, {1}).packet(0, 2, {2}).get());
  const Read read = read_all(file);
  EXPECT_EQ(read.packets.size(), 1u);
  EXPECT_EQ(read.reader->unsupported(), 1u);
}

TEST(CapturePcapng, AFirstInterfaceOfAnUnknownLinkTypeIsAFault) {
  const File file(Blocks(Order::kLittle).section().interface(105).packet(0, 1, {1}).get());
  const Read read = read_all(file);
  EXPECT_TRUE(read.packets.empty());
  ASSERT_TRUE(read.reader->fault());
  EXPECT_THAT(read.reader->fault()->text(), HasSubstr("link type 105"));
}

TEST(CapturePcapng, CutAtEveryLengthItGivesWhatIsWholeAndNeverReadsBeyond) {
  const Bytes whole =
      Blocks(Order::kBig).section().interface(kEthernet).packet(0, 1, Bytes(7, 1)).packet(0, 2, Bytes(9, 2)).get();
  for (size_t kept = 4; kept < whole.size(); ++kept) {
    const File file({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)});
    const Read read = read_all(file);
    EXPECT_LE(read.packets.size(), 1u) << kept;
  }
}

TEST(CapturePcapng, EveryFieldMayLie) {
  const Bytes whole =
      Blocks(Order::kLittle).section().interface(kEthernet).packet(0, 1, Bytes(7, 1)).simple_packet(Bytes(5, 2)).get();
  for (size_t at = 0; at + 4 <= whole.size(); at += 4) {
    for (const uint32_t lie : {0u, 1u, 13u, 0x7fffffffu, 0xfffffffcu, 0xffffffffu}) {
      Bytes bytes = whole;
      for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(lie >> 8 * i);
      const File file(bytes);
      auto reader = CaptureReader::open(file.path());
      if (!reader) continue;  // the first magic
      size_t packets = 0;
      while (auto packet = (*reader)->next()) {
        ++packets;
        ASSERT_GE(packet->time.value, 0);
        ASSERT_LE(packet->time, kLatestCaptured);
        ASSERT_LE(packet->bytes.size(), bytes.size());
      }
      EXPECT_LE(packets, 2u) << "word " << at << " says " << lie;
    }
  }
}

TEST(CapturePcapng, ATimeBeyondAllReasonIsTheLatestThereIs) {
  Blocks blocks(Order::kLittle);
  blocks.section().interface(kEthernet, blocks.option(14, Bytes(8, 0x7f))).packet(0, UINT64_MAX, {1});
  blocks.interface(kEthernet, blocks.option(14, Bytes(8, 0xff))).packet(1, 0, {2});
  const File file(blocks.get());
  const Read read = read_all(file);
  ASSERT_EQ(read.packets.size(), 2u);
  EXPECT_EQ(read.packets[0].time, kLatestCaptured);
  EXPECT_EQ(read.packets[1].time, Nanos(0));
}

TEST(CaptureReader, AfterRewindTheSamePacketsCome) {
  const File file(Blocks(Order::kBig).section().interface(kEthernet).simple_packet({9}).packet(0, 3, {1}).get());
  Read read = read_all(file);
  read.reader->rewind();
  const auto again = read.reader->next();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->time, read.packets[0].time);
  EXPECT_TRUE(read.reader->next());
  EXPECT_FALSE(read.reader->next());
}

}  // namespace
}  // namespace glacis
