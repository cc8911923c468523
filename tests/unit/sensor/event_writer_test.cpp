#include "sensor/alert/event_writer.h"

#include <gtest/gtest.h>

namespace glacis::sensor {
namespace {

TEST(EventWriter, TheEndOfTheInputFlushesAsAPauseDoes) {
  int flushed = 0;
  EventWriter writer({"s", "t", {"tap0"}}, [](const v1::Alert&) {}, {}, [&] { ++flushed; });
  writer.on_pause();
  EXPECT_EQ(flushed, 1);
  writer.on_end();
  EXPECT_EQ(flushed, 2);
}

TEST(EventWriter, NeedsNobodyToFlush) {
  EventWriter writer({"s", "t", {"tap0"}}, [](const v1::Alert&) {}, {});
  writer.on_pause();
  writer.on_end();
}

}  // namespace
}  // namespace glacis::sensor
