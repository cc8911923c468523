#include "dataplane/scan/pattern_cost.h"

#include <gtest/gtest.h>

#include <string>

#include "dataplane/scan/pattern_set.h"

namespace glacis {
namespace {

TEST(PatternCost, WithoutCountedRepeatsNothingIsCopied) {
  for (const char* text : {"", "abc", "a*b+c?", "(?:foo|bar)+", "[{1,9}]x", "\\{5}", "\\x{41}", "\\p{L}", "a{x}",
                           "a{x300}", "a{", "[[:alpha:]]", "[]{9}]"}) {
    EXPECT_EQ(pattern_copies(text), 0u) << text;
  }
}

TEST(PatternCost, ARepeatCountsWhatItUnrolls) {
  EXPECT_GE(pattern_copies("a{1,500}"), 490u);
  EXPECT_GE(pattern_copies("a{500}"), 490u);
  EXPECT_GE(pattern_copies("(abc){100,}"), 280u);
  EXPECT_GE(pattern_copies("((a{10}){10}){10}"), 980u);
  EXPECT_GE(pattern_copies("[^\\]]{100}"), 85u);
  EXPECT_GE(pattern_copies("(abcdefghij[[:alpha:])]){100}"), 1050u);
  EXPECT_GE(pattern_copies("(abcdefghij[[:)]){100}"), 1000u);
  EXPECT_GE(pattern_copies("(abcdefghij)+{100}"), 900u);
  EXPECT_LE(pattern_copies("\\b\\d(?:[ -]?\\d){12,18}\\b"), 60u);
}

// Each would hide what the repeat stands for from a reader that takes the last character.
TEST(PatternCost, NothingBetweenAnAtomAndItsRepeatHidesTheAtom) {
  for (const char* between : {" ", "\n", "(?#why)", "\\Q\\E", "(?#)  "}) {
    EXPECT_GE(pattern_copies("(?x)(abcdefghij)" + std::string(between) + "{100}"), 900u) << between;
  }
}

TEST(PatternCost, NumbersThatOverflowCountAsTheMost) {
  EXPECT_GT(pattern_copies("a{99999999999999999999999}"), kMaxPatternCopies);
  EXPECT_GT(pattern_copies("((((a{65535}){65535}){65535}){65535}){65535}"), kMaxPatternCopies);
}

TEST(PatternCost, UnclosedGroupsCount) { EXPECT_GE(pattern_copies("a{100}((b"), 90u); }

std::string reason_of(std::vector<PatternSpec> patterns) {
  const auto set = PatternSet::compile(std::move(patterns));
  return set ? "" : set.error().front().text();
}

TEST(PatternCost, WhatIsTooDearIsRefusedByName) {
  EXPECT_EQ(reason_of({{"good"}, {"(\\w+\\s){1,3000}end"}}).substr(0, 12), "patterns[1]:");
  EXPECT_EQ(reason_of({{std::string(kMaxPatternBytes + 1, 'a')}}).substr(0, 12), "patterns[0]:");
  EXPECT_NE(reason_of(std::vector<PatternSpec>(40, {"(ab){1,600}c"})).find("together"), std::string::npos);
}

TEST(PatternCost, AZeroByteInAPatternIsRefused) {
  // Hyperscan would take "GET" and find it everywhere.
  EXPECT_NE(reason_of({{std::string("GET\0 /secret", 12)}}).find("zero byte"), std::string::npos);
}

}  // namespace
}  // namespace glacis
