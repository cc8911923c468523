#include "dataplane/port/memory_port.h"

#include "tests/unit/port/port_fixture.h"

namespace glacis {
namespace {

using MemoryPortTest = PortTest;

TEST_F(MemoryPortTest, HandsOutItsFramesAndEnds) {
  MemoryPort port("memory", {{seconds(1), {1, 2}}, {seconds(2), {3}, LinkType::kRawIp}}, *pool_, *stamp_, PortId(4));
  const auto got = take_all(port, 1);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].bytes, (std::vector<uint8_t>{1, 2}));
  EXPECT_EQ(got[1].stamp.link, LinkType::kRawIp);
  EXPECT_EQ(got[1].stamp.ordinal, Ordinal(2));
  EXPECT_EQ(got[1].stamp.port, PortId(4));
  EXPECT_EQ(port.clock(), seconds(2));
}

TEST_F(MemoryPortTest, GivesNothingWhileItIsDown) {
  MemoryPort port("memory", {{seconds(1), {1}}}, *pool_, *stamp_, PortId(0), MemoryPort::AfterLast::kStayUp);
  port.set_state(RxState::kDown);
  EXPECT_TRUE(take(port, 8).empty());
  port.set_state(RxState::kUp);
  EXPECT_EQ(take(port, 8).size(), 1u);
  EXPECT_TRUE(take(port, 8).empty());
  EXPECT_EQ(port.state(), RxState::kUp);
}

TEST_F(MemoryPortTest, AFrameThatDoesNotFitIsCountedAndLeftOut) {
  MemoryPort port("memory", {{seconds(1), std::vector<uint8_t>(9000)}, {seconds(1), {1}}}, *pool_, *stamp_);
  EXPECT_EQ(take_all(port).size(), 1u);
  EXPECT_EQ(port.counters().errors, 1u);
  EXPECT_EQ(port.counters().received, 1u);
}

}  // namespace
}  // namespace glacis
