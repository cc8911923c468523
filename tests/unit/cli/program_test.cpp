// The words before any command, and what every command does with an output that takes nothing.
#include "control/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <streambuf>

#include "control/cli/command.h"

namespace glacis::control {
namespace {

using testing::MatchesRegex;

const std::string kModel = GLACIS_SOURCE_DIR "/configs/models/web-shop.yaml";

// As /dev/full: takes bytes into a buffer, and cannot bring them anywhere.
class FullDisk final : public std::streambuf {
 public:
  FullDisk() { setp(room_, room_ + sizeof room_); }

 private:
  int sync() override { return -1; }
  char room_[64 * 1024];
};

TEST(Program, VersionIsSaid) {
  std::ostringstream out, err;
  Console console{out, err};
  EXPECT_EQ(run_program({"--version"}, console), kExitGood);
  EXPECT_THAT(out.str(), MatchesRegex("glacis [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(err.str(), "");
}

TEST(Program, AnOutputThatCannotBeWrittenIsExitTwo) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"check", kModel}, {"compile", kModel}, {"check", "--help"}, {"--version"}}) {
    FullDisk disk;
    std::ostream out(&disk);
    std::ostringstream err;
    Console console{out, err};
    EXPECT_EQ(run_program(words, console), kExitUsage) << words[0];
    EXPECT_EQ(err.str(), "glacis " + words[0] + ": cannot write the output\n");
  }
}

TEST(Program, AModelThatCannotBeReadIsCitedByItsFileAlone) {
  std::ostringstream out, err;
  Console console{out, err};
  EXPECT_EQ(run_program({"check", "/nonexistent/shop.yaml"}, console), kExitUsage);
  EXPECT_THAT(out.str(), testing::StartsWith("shop.yaml: error: cannot read /nonexistent/shop.yaml"));
}

}  // namespace
}  // namespace glacis::control
