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

// Written as RFC 3629, section 3 says.
std::string written(char32_t c) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  const auto lead = [c](int bits, int shift) { return static_cast<char>(bits | static_cast<int>(c >> shift)); };
  if (c < 0x80) return {lead(0, 0)};
  if (c < 0x800) return {lead(0xc0, 6), tail(0)};
  if (c < 0x10000) return {lead(0xe0, 12), tail(6), tail(0)};
  return {lead(0xf0, 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, EveryCodePointIsReadBack) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const std::string text = written(c);
    ASSERT_EQ(utf8_character(text), text.size()) << static_cast<unsigned>(c);
    ASSERT_EQ(utf8_code_point(text), c);
  }
}

}  // namespace
}  // namespace glacis
