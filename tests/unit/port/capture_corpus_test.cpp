// Every capture of the shared corpus, where it is: our reader against libpcap, and every frame decoded.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "dataplane/decode/decode.h"
#include "dataplane/port/capture_reader.h"
#include "tests/fakes/frames.h"
#include "tests/unit/port/pcap_oracle.h"

namespace glacis {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* shared = std::getenv("GLACIS_SHARED");
  return fs::path(shared != nullptr ? shared : GLACIS_SHARED_DEFAULT) / "captures";
}

std::vector<fs::path> captures() {
  std::vector<fs::path> out;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(corpus(), none)) {
    const auto extension = entry.path().extension();
    if (extension == ".pcap" || extension == ".pcapng" || extension == ".cap" || extension == ".trace")
      out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Corpus, EveryCaptureIsReadAsLibpcapReadsIt) {
  const auto files = captures();
  if (files.empty()) GTEST_SKIP() << "no captures in " << corpus() << "; GLACIS_SHARED names another folder";
  size_t packets = 0, refused = 0;
  for (const fs::path& path : files) {
    const auto oracle = read_with_libpcap(path);
    auto reader = CaptureReader::open(path);
    if (!reader) {
      ++refused;
      EXPECT_TRUE(!oracle || !link_type_known(static_cast<uint32_t>(oracle->link))) << reader.error().text();
      continue;
    }
    if (!oracle) continue;  // libpcap refuses a mix of link types, for one
    size_t at = 0;
    while (auto packet = (*reader)->next()) {
      if (at == oracle->packets.size()) break;
      const OraclePacket& expected = oracle->packets[at++];
      if (expected.time_holds) {
        ASSERT_EQ(packet->time.value, expected.time_ns) << path << " packet " << at;
      }
      const auto kept = packet->bytes.first(std::min(packet->bytes.size(), oracle->snapshot));
      ASSERT_TRUE(std::ranges::equal(kept, expected.bytes)) << path << " packet " << at;
    }
    packets += at;
    // A first interface that decode does not know ends our reading.
    if (link_type_known(static_cast<uint32_t>(oracle->link)) || !(*reader)->fault()) {
      EXPECT_EQ(at, oracle->packets.size()) << path;
    }
  }
  std::printf("%zu files, %zu packets, %zu files refused\n", files.size(), packets, refused);
  EXPECT_GT(packets, 0u);
}

TEST(Corpus, EveryFrameIsDecodedOrCountedByOneReason) {
  const auto files = captures();
  if (files.empty()) GTEST_SKIP() << "no captures in " << corpus() << "; GLACIS_SHARED names another folder";
  std::array<uint64_t, static_cast<size_t>(DecodeResult::kCount)> counts{};
  uint64_t packets = 0, bad_checksum = 0;
  for (const fs::path& path : files) {
    auto reader = CaptureReader::open(path);
    if (!reader) continue;
    while (auto packet = (*reader)->next()) {
      const frames::ExactCopy frame(packet->bytes);
      const Layers layers = decode(frame.bytes(), packet->link);
      ++packets;
      ++counts.at(static_cast<size_t>(layers.result));
      if (layers.result != DecodeResult::kOk) continue;
      bad_checksum += layers.bad_checksum ? 1 : 0;
      ASSERT_LE(size_t{layers.payload_offset} + layers.payload_bytes, packet->bytes.size()) << path;
    }
  }
  constexpr const char* kNames[] = {"ok",         "not IP",   "truncated", "bad length",
                                    "bad header", "fragment", "too deep",  "unsupported link"};
  for (size_t i = 0; i < counts.size(); ++i) std::printf("%-16s %lu\n", kNames[i], counts[i]);
  std::printf("%-16s %lu\n", "bad checksum", bad_checksum);
  EXPECT_GT(counts[0] * 10, packets * 9) << "most of real traffic has a flow";
}

}  // namespace
}  // namespace glacis
