#include <algorithm>

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

TEST(PatternCheck, BadPatternsAreToldWithHyperscansReasonAtTheirPlace) {
  const std::string told = faults_of(
      "data:\n"
      "  open: {seen_as: {pattern: '4[0-9'}}\n"
      "  good: {seen_as: {pattern: '4[0-9]'}}\n"
      "  empty: {seen_as: {pattern: 'x*'}}\n"
      "abuse: {c: {says: x, path: {then: [{id: a, content: '(?<=a)b', in: [sql.query]}]}}}\n");
  EXPECT_NE(told.find("bad-pattern@2:29 pattern does not compile: Unterminated character class"), std::string::npos)
      << told;
  EXPECT_NE(told.find("bad-pattern@4:30 pattern matches the empty string / ask for at least one byte"),
            std::string::npos)
      << told;
  EXPECT_NE(told.find("bad-pattern@5:53 pattern does not compile: "), std::string::npos) << told;
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 3) << told;
}

TEST(PatternCheck, GoodPatternsAreQuiet) {
  EXPECT_EQ(faults_of("data: {d: {seen_as: {pattern: '(?i)INV-20\\d{2}-\\d{6}', check: luhn}}}\n"), "");
  EXPECT_EQ(faults_of(""), "");
}

}  // namespace
}  // namespace glacis::control
