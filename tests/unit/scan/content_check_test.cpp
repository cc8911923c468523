#include "dataplane/scan/content_check.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace glacis {
namespace {

std::span<const uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::string suffix(std::string_view text) {
  const auto found = luhn_suffix(bytes(text));
  return {found.begin(), found.end()};
}
std::string masked(std::string text) {
  mask({reinterpret_cast<uint8_t*>(text.data()), text.size()});
  return text;
}

// Numbers that card schemes publish for tests.
TEST(Luhn, HoldsForTestCardsAndNotForTheirNeighbours) {
  for (const char* card : {"4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"}) {
    EXPECT_TRUE(luhn_holds(bytes(card))) << card;
    std::string wrong(card);
    wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
    EXPECT_FALSE(luhn_holds(bytes(wrong))) << wrong;
  }
  EXPECT_FALSE(luhn_holds(bytes("0")));
  EXPECT_FALSE(luhn_holds(bytes("")));
}

TEST(LuhnSuffix, FindsTheNumberThatEndsTheText) {
  EXPECT_EQ(suffix("card=4111111111111111"), "4111111111111111");
  EXPECT_EQ(suffix("card=4111 1111 1111 1111"), "4111 1111 1111 1111");
  EXPECT_EQ(suffix("4111-1111-1111-1111"), "4111-1111-1111-1111");
  EXPECT_EQ(suffix("2026 4111111111111111"), "4111111111111111");
}

TEST(LuhnSuffix, TakesNoNumberThatEndsEarlierOrIsTorn) {
  EXPECT_EQ(suffix("4111111111111111 "), "");
  EXPECT_EQ(suffix("4111111111111111x"), "");
  EXPECT_EQ(suffix("41111111  11111111"), "");
  EXPECT_EQ(suffix("4111111111111112"), "");
  EXPECT_EQ(suffix("94111111111111111"), "") << "seventeen digits of which the last sixteen pass";
  EXPECT_EQ(suffix("99994111111111111111"), "") << "longer than any card";
  EXPECT_EQ(suffix("0000000"), "");
  EXPECT_EQ(suffix(""), "");
}

TEST(Mask, LeavesTheLastFourLettersOrDigits) {
  EXPECT_EQ(masked("4111 1111 1111 1234"), "**** **** **** 1234");
  EXPECT_EQ(masked("pan=4111111111111234"), "***=************1234");
  EXPECT_EQ(masked("ab-1"), "ab-1");
  EXPECT_EQ(masked(""), "");
}

}  // namespace
}  // namespace glacis
