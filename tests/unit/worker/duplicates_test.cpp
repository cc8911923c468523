// Packets that a port shows twice, through the whole engine: counted, and dropped unless the port keeps them.
#include <gmock/gmock.h>

#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr Nanos kStart = seconds(1'700'000'000);
const IpAddress kUser = IpAddress::v4(10, 1, 0, 7), kData = IpAddress::v4(10, 4, 0, 5);

// Each frame again a millisecond later, as it leaves the router.
std::vector<MemoryFrame> mirrored(const std::vector<MemoryFrame>& frames) {
  std::vector<MemoryFrame> out;
  for (const MemoryFrame& frame : frames) {
    MemoryFrame again = frame;
    again.time = again.time + milliseconds(1) - Nanos(1);
    frames::Bytes& bytes = again.bytes;
    bytes[0] ^= 0x04;  // MAC address
    --bytes[14 + 8];   // TTL, and the checksum with it
    frames::set16(bytes, 14 + 10, 0);
    frames::set16(bytes, 14 + 10, frames::checksum(std::span(bytes).subspan(14, 20)));
    out.push_back(frame);
    out.push_back(std::move(again));
  }
  return out;
}

class DuplicatesTest : public EngineTest {
 protected:
  static std::vector<MemoryFrame> talk() {
    return Talk(kUser, 40'000, kData, 5432, kStart)
        .handshake()
        .from_client(kTcpAck | kTcpPsh, "card=4111111111111111")
        .from_server(kTcpAck | kTcpPsh, "thank you")
        .frames();
  }
  EngineCounters run(Duplicates what, uint16_t workers, Heard& heard) {
    auto frames = mirrored(talk());
    const uint64_t sent = frames.size();
    MemoryPort port("memory", std::move(frames), *pool_, *stamp_);
    EngineOptions options;
    options.workers = workers;
    options.flow_slots = 1024;
    options.scanned_flows = 16;
    options.duplicates.by_port = {what};
    auto engine = Engine::make(options, {&port}, heard);
    EXPECT_TRUE(engine && (*engine)->start(generation_of(policy_, 1)));
    (*engine)->wait();
    expect_accounted((*engine)->counters(), sent);
    return (*engine)->counters();
  }
};

TEST_F(DuplicatesTest, AreDroppedAndCountedForAnyNumberOfWorkers) {
  const size_t packets = talk().size();
  for (const uint16_t workers : {1, 2, 4}) {
    Heard heard;
    const EngineCounters c = run(Duplicates::kDrop, workers, heard);
    EXPECT_EQ(c.duplicates, packets) << workers << " workers";
    EXPECT_EQ(c.duplicates_dropped, packets);
    EXPECT_EQ(c.processed, packets);
    EXPECT_EQ(heard.evidence.size(), 1U);
    EXPECT_THAT(heard.all, Contains(HasSubstr("3+2 packets")));
  }
}

TEST_F(DuplicatesTest, AreLookedAtWhereThePortKeepsThem) {
  const size_t packets = talk().size();
  for (const Duplicates what : {Duplicates::kCount, Duplicates::kIgnore}) {
    Heard heard;
    const EngineCounters c = run(what, 1, heard);
    EXPECT_EQ(c.duplicates, what == Duplicates::kCount ? packets : 0U);
    EXPECT_EQ(c.duplicates_dropped, 0U);
    EXPECT_EQ(c.processed, 2 * packets);
    EXPECT_THAT(heard.all, Contains(HasSubstr("6+4 packets")));
  }
}

}  // namespace
}  // namespace glacis
