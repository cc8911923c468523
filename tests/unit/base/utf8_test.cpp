#include "dataplane/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace glacis {
namespace {

TEST(Utf8, WholeCharactersOfEveryLengthAreTaken) {
  const std::string text = "a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
  EXPECT_EQ(utf8_prefix(text), text.size());
  EXPECT_EQ(utf8_prefix(""), 0u);
  EXPECT_EQ(utf8_prefix(std::string(3, '\0')), 3u);
}

TEST(Utf8, WhatIsNoCharacterEndsThePrefix) {
  // Lone continuation, overlong two and three and four bytes, surrogate, above U+10FFFF, never a first byte.
  for (const std::string bad : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_EQ(utf8_prefix("ok" + bad), 2u) << testing::PrintToString(bad);
  }
}

TEST(Utf8, ACharacterThatIsCutShortIsLeftOut) {
  const std::string whole = "\xf0\x9f\x98\x80";
  for (size_t bytes = 1; bytes < whole.size(); ++bytes)
    EXPECT_EQ(utf8_prefix("x" + whole.substr(0, bytes)), 1u) << bytes;
}

TEST(Utf8, AStartNeverEndsInsideACharacter) {
  EXPECT_EQ(utf8_start("a\xc3\xa9z", 2), "a");
  EXPECT_EQ(utf8_start("a\xc3\xa9z", 3), "a\xc3\xa9");
  EXPECT_EQ(utf8_start("abc", 9), "abc");
}

}  // namespace
}  // namespace glacis
