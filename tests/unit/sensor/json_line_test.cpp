#include "sensor/alert/json_line.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <random>

namespace glacis::sensor {
namespace {

std::string quoted(const std::string& text) {
  JsonLine line;
  line.string(text);
  return line.take();
}

TEST(JsonLine, EscapesWhatJsonForbids) { EXPECT_EQ(quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\u000a\\u0001\""); }

TEST(JsonLine, KeepsWellFormedUtf8AndReplacesTheRest) {
  EXPECT_EQ(quoted("z\xc3\xbcrich"), "\"z\xc3\xbcrich\"");
  EXPECT_EQ(quoted("\xff"
                   "a"),
            "\"\xef\xbf\xbd"
            "a\"");
  EXPECT_EQ(quoted("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"") << "overlong";
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"") << "surrogate";
  EXPECT_EQ(quoted("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"") << "cut short";
}

TEST(JsonLine, SeparatesFieldsOfNestedObjectsAndArrays) {
  JsonLine line;
  line.open_object();
  line.field("a", 1U);
  line.key("b");
  line.open_array();
  line.string("x");
  line.number(int64_t{-2});
  line.open_object();
  line.close_object();
  line.close_array();
  line.field("c", true);
  line.close_object();
  EXPECT_EQ(line.take(), R"({"a":1,"b":["x",-2,{}],"c":true})");
}

TEST(JsonLine, RandomBytesAreReadBackByAnIndependentParser) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    JsonLine line;
    line.open_object();
    line.field(bytes, bytes);
    line.close_object();
    google::protobuf::Struct parsed;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line.take(), &parsed).ok()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace glacis::sensor
