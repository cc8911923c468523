#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "dataplane/port/capture_reader.h"
#include "tests/unit/port/capture_files.h"
#include "tests/unit/port/pcap_oracle.h"

namespace glacis {
namespace {

using namespace captures;

constexpr unsigned kSeed = 20261124;

void expect_same(const File& file, size_t expected_packets, const std::string& what) {
  const auto oracle = read_with_libpcap(file.path());
  ASSERT_TRUE(oracle) << what;
  ASSERT_EQ(oracle->packets.size(), expected_packets) << what;
  auto reader = CaptureReader::open(file.path());
  ASSERT_TRUE(reader) << what << reader.error().text();
  for (const OraclePacket& expected : oracle->packets) {
    const auto packet = (*reader)->next();
    ASSERT_TRUE(packet) << what;
    EXPECT_EQ(packet->time.value, expected.time_ns) << what;
    EXPECT_TRUE(std::ranges::equal(packet->bytes, expected.bytes)) << what;
  }
  EXPECT_FALSE((*reader)->next()) << what;
  EXPECT_FALSE((*reader)->fault()) << what;
}

Bytes random_frame(std::mt19937& random) {
  Bytes out(random() % 1600);
  for (uint8_t& b : out) b = static_cast<uint8_t>(random());
  return out;
}

TEST(CaptureOracle, PcapIsReadAsLibpcapReadsIt) {
  std::mt19937 random(kSeed);
  for (const Order order : {Order::kLittle, Order::kBig}) {
    for (const uint32_t magic : {kMicro, kNano}) {
      std::vector<Record> records;
      for (int i = 0; i < 200; ++i) {
        records.push_back({static_cast<uint32_t>(random() >> 1),
                           static_cast<uint32_t>(random() % (magic == kNano ? 1'000'000'000 : 1'000'000)),
                           random_frame(random)});
      }
      expect_same(File(pcap(order, magic, 1, records)), records.size(),
                  "seed " + std::to_string(kSeed) + ", magic " + std::to_string(magic));
    }
  }
}

TEST(CaptureOracle, PcapngIsReadAsLibpcapReadsIt) {
  std::mt19937 random(kSeed);
  for (const Order order : {Order::kLittle, Order::kBig}) {
    for (const int resolution : {-1, 0, 3, 6, 9, 12, 0x80 | 20}) {
      Blocks blocks(order);
      blocks.section();
      blocks.interface(1, resolution < 0 ? Bytes{} : blocks.option(9, {static_cast<uint8_t>(resolution)}));
      const uint64_t ticks_per_s = resolution < 0             ? 1'000'000
                                   : (resolution & 0x80) != 0 ? uint64_t{1} << (resolution & 0x7f)
                                                              : static_cast<uint64_t>(std::pow(10, resolution));
      for (int i = 0; i < 100; ++i) {
        const uint64_t ticks = 1'600'000 * ticks_per_s + random() % ticks_per_s;
        const Bytes frame = random_frame(random);
        i % 3 == 0 ? blocks.obsolete_packet(0, ticks, frame) : blocks.packet(0, ticks, frame);
        if (i % 7 == 0) blocks.unknown();
      }
      expect_same(File(blocks.get()), 100,
                  "seed " + std::to_string(kSeed) + ", resolution " + std::to_string(resolution));
    }
  }
}

}  // namespace
}  // namespace glacis
