#include "control/cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/command.h"
#include "control/cli/program.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;

const std::vector<OptionSpec> kSpecs = {
    {"--count", "N", "how many"}, {"--json", "", "as JSON"}, {"--model", "ID", "which", true}};

std::string fault_of(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments, kSpecs);
  return options ? "none" : options.error().text();
}

struct Ran {
  int code = 0;
  std::string out, err;
};

Ran run(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Console console{out, err, Colour::kOff};
  const int code = run_program(arguments, console);
  return {code, out.str(), err.str()};
}

TEST(Options, TakesValuesBesideAndAfterEquals) {
  const auto options = parse_options({"a.yaml", "--count", "3", "--model=x", "--model", "y", "-"}, kSpecs);
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->words, (std::vector<std::string>{"a.yaml", "-"}));
  EXPECT_EQ(options->number("--count").value(), 3u);
  EXPECT_EQ(options->all("--model"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(options->number("--absent").value(), std::nullopt);
}

TEST(Options, UnknownOptionSuggestsTheClosest) {
  EXPECT_THAT(fault_of({"--cuont", "3"}), HasSubstr("did you mean '--count'?"));
  EXPECT_THAT(fault_of({"-x"}), HasSubstr("unknown option '-x'"));
}

TEST(Options, OptionIsNoValueOfTheOneBefore) {
  EXPECT_THAT(fault_of({"--count", "--json"}), HasSubstr("'--count' needs a value"));
  EXPECT_THAT(fault_of({"--count"}), HasSubstr("'--count' needs a value"));
}

TEST(Options, RefusesRepeatsAndValuesOfSwitches) {
  EXPECT_THAT(fault_of({"--count", "1", "--count", "2"}), HasSubstr("given twice"));
  EXPECT_THAT(fault_of({"--json=yes"}), HasSubstr("takes no value"));
}

TEST(Options, NumberMustBeWhole) {
  for (const char* const text : {"", "x", "-1", "3x", "1.5", "18446744073709551616"}) {
    const auto options = parse_options({std::string("--count=") + text}, kSpecs);
    ASSERT_TRUE(options);
    EXPECT_FALSE(options->number("--count")) << text;
  }
}

TEST(Program, HelpNamesEveryCommandAndEachTeaches) {
  const Ran all = run({"--help"});
  EXPECT_EQ(all.code, kExitGood);
  for (const std::string command : {"check", "compile", "replay", "push", "status", "alerts"}) {
    EXPECT_THAT(all.out, HasSubstr("glacis " + command));
    const Ran one = run({command, "--help"});
    EXPECT_EQ(one.code, kExitGood);
    EXPECT_THAT(one.out, testing::StartsWith("glacis " + command));
    EXPECT_THAT(one.out, HasSubstr("--json"));
  }
  EXPECT_THAT(run({"alerts", "-h"}).out, HasSubstr("Exit codes:"));
}

TEST(Program, MistypedWordsSuggest) {
  const Ran command = run({"alters"});
  EXPECT_EQ(command.code, kExitUsage);
  EXPECT_THAT(command.err, HasSubstr("did you mean 'alerts'?"));
  const Ran option = run({"status", "--contrl", "x"});
  EXPECT_EQ(option.code, kExitUsage);
  EXPECT_THAT(option.err, HasSubstr("did you mean '--control'?"));
  const Ran severity = run({"alerts", "--severity", "critcal"});
  EXPECT_EQ(severity.code, kExitUsage);
  EXPECT_THAT(severity.err, HasSubstr("did you mean 'critical'?"));
}

TEST(Program, ContradictionsAreUsageErrors) {
  EXPECT_THAT(run({"alerts", "--latest", "--after", "3"}).err, HasSubstr("two starts"));
  EXPECT_THAT(run({"alerts", "--latest"}).err, HasSubstr("add --follow"));
  EXPECT_THAT(run({"alerts", "--count", "0"}).err, HasSubstr("--count"));
  EXPECT_THAT(run({"alerts", "core-1"}).err, HasSubstr("'core-1' is one word too many"));
  EXPECT_THAT(run({"status", "core-1"}).err, HasSubstr("'core-1' is one word too many"));
  EXPECT_THAT(run({"push"}).err, HasSubstr("name a model file"));
  EXPECT_EQ(run({"push", "m.yaml", "--base", "two"}).code, kExitUsage);
}

}  // namespace
}  // namespace glacis::control
