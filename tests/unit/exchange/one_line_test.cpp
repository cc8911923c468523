#include "control/exchange/one_line.h"

#include <gtest/gtest.h>

#include <sstream>

#include "control/exchange/losses.h"

namespace glacis::control {
namespace {

TEST(OneLine, BreaksAreBlanksAndWhatIsUnseenIsAQuestionMark) {
  EXPECT_EQ(one_line("a\nb\r\tc\xc2\x85 d\xe2\x80\xa8"), "a b  c  d ");
  EXPECT_EQ(one_line("\x1b[31m\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf"), "?[31m?????");
  EXPECT_EQ(one_line("gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92 \"quoted\""),
            "gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92 \"quoted\"");
  EXPECT_EQ(one_line("\xff\xc3"), "??");
}

TEST(Losses, AreInOrderEachOnceAndNoTerminalIsWrittenTo) {
  Losses losses;
  losses.add("b", "never/x", {"b.yaml", 9, 3}, "late");
  losses.add("a", "never/y", {"a\x1b.yaml", 7, 3}, "first\nforged: line");
  losses.add("b", "never/x", {"b.yaml", 9, 3}, "late");
  std::ostringstream out;
  print_losses(losses.list(), out);
  EXPECT_EQ(out.str(), "a?.yaml:7: lost: never/y: first forged: line\nb.yaml:9: lost: never/x: late\n");
  EXPECT_NE(losses_json(losses.list()).find("\"what\": \"first\\nforged: line\""), std::string::npos);
}

}  // namespace
}  // namespace glacis::control
