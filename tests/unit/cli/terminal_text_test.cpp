#include "control/cli/terminal_text.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/hostile_text.h"

namespace glacis::control {
namespace {

TEST(Printable, LeavesTextOfAnyLanguageAlone) {
  EXPECT_EQ(printable("plain \\ text"), "plain \\ text");
  EXPECT_EQ(printable("Gr\xc3\xbc\xc3\x9f"
                      "e \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x8f\x94"),
            "Gr\xc3\xbc\xc3\x9f"
            "e \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x8f\x94");
}

TEST(Printable, EscapesWhatATerminalActsOn) {
  EXPECT_EQ(printable("a\x1b[31m\n\t\x7f"), "a\\x1b[31m\\x0a\\x09\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u{9b}");
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u{202e}");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(terminal_fault(printable(kHostile)), "");
}

TEST(Printable, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");  // not the shortest form
  EXPECT_EQ(printable("\xe0\x82\x9b"), "\\xe0\\x82\\x9b");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
  EXPECT_EQ(printable("\xe2\x80"), "\\xe2\\x80");                    // cut off
}

TEST(PrintableBytes, KeepsLengthAndAscii) {
  EXPECT_EQ(printable_bytes(std::string_view("4111\0\x1b\xff~", 8)), "4111...~");
}

TEST(Inked, ColoursOnlyWhereAsked) {
  EXPECT_EQ(inked("x", Ink::kRed, Colour::kOff), "x");
  EXPECT_EQ(inked("x", Ink::kRed, Colour::kOn), "\033[31mx\033[0m");
}

TEST(Times, ReadAsTheyShould) {
  EXPECT_EQ(utc_text(1'790'000'000'123'999'999, Precision::kMillis), "2026-09-21 14:13:20.123");
  EXPECT_EQ(utc_text(1'790'000'000'123'999'999, Precision::kMinutes), "2026-09-21 14:13");
  EXPECT_EQ(utc_text(-1, Precision::kMillis), "1969-12-31 23:59:59.999");
  EXPECT_EQ(utc_text(0, Precision::kSeconds), "-");
  EXPECT_EQ(duration_text(12'000), "12 us");
  EXPECT_EQ(duration_text(200'000), "0.2 ms");
  EXPECT_EQ(duration_text(41'000'000), "41 ms");
  EXPECT_EQ(duration_text(12'500'000'000), "12.5 s");
  constexpr int64_t kHour = 3'600'000'000'000;
  EXPECT_EQ(age_text(0, kHour), "-");
  EXPECT_EQ(age_text(2 * kHour, kHour), "0 s");
  EXPECT_EQ(age_text(1, kHour), "59 min");
  EXPECT_EQ(age_text(1, 30 * kHour), "29 h");
  EXPECT_EQ(age_text(1, 80 * kHour), "3 d");
}

TEST(Versions, ShowTheStartOfTheDigest) {
  EXPECT_EQ(version_text(3, "\xa1\xb2\xc3\xd4\xe5"), "3 (a1b2c3d4)");
  EXPECT_EQ(version_text(3, ""), "-");
  EXPECT_EQ(enum_text("OUTCOME_ESTABLISHED", "OUTCOME_"), "established");
}

}  // namespace
}  // namespace glacis::control
