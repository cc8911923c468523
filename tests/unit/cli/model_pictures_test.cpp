// `glacis coverage` and `glacis diagram`: words, exit codes, and what of a model reaches a terminal.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "control/cli/command.h"
#include "control/cli/program.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/cli/hostile_text.h"

namespace glacis::control {
namespace {

class ModelPictures : public ::testing::Test {
 protected:
  std::string write(const std::string& text) {
    const std::string path = temporary_.path() + "/m.yaml";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  int run(const std::vector<std::string>& words, Colour colour = Colour::kOff) {
    out_.str("");
    err_.str("");
    Console console{out_, err_, colour};
    return run_program(words, console);
  }

  TemporaryFolder temporary_;
  std::ostringstream out_, err_;
};

const std::string kModel =
    "model: {id: m, owner: a}\nzones: {z: {trust: 1, addr: 10.0.0.0/8}}\n"
    "abuse: {c: {says: \"\\e[31m\\u202e\\u009b\", path: {any: [{id: s, flow: z, says: \"\\a\\e]0;x\", is: "
    "[denied]}]}}}\n";

TEST_F(ModelPictures, FaultsOfAModelAreSaidAndNothingIsDrawn) {
  const std::string path = write("model: {id: m, owner: a}\nzones: {z: {trust: 101}}\n");
  for (const char* command : {"coverage", "diagram"}) {
    EXPECT_EQ(run({command, path}), kExitFindings);
    EXPECT_EQ(out_.str(), "");
    EXPECT_TRUE(err_.str().starts_with("m.yaml:2:")) << err_.str();
    EXPECT_EQ(run({command, temporary_.path() + "/none.yaml"}), kExitUsage);
    EXPECT_EQ(run({command}), kExitUsage);
    EXPECT_EQ(run({command, path, "--format", "png"}), kExitUsage);
  }
}

TEST_F(ModelPictures, WordsThatDoNotGoTogetherAreRefused) {
  const std::string path = write(kModel);
  EXPECT_EQ(run({"coverage", path, "--layer", "threat"}), kExitUsage);
  EXPECT_EQ(run({"coverage", path, "--format", "navigator", "--layer", "all"}), kExitUsage);
  EXPECT_EQ(run({"coverage", path, "--format", "navigator", "--layer", "threat"}), kExitGood);
  EXPECT_EQ(run({"diagram", path, path}), kExitUsage);
  EXPECT_EQ(run({"diagram", path, "--case", "d"}), kExitUsage);
}

TEST_F(ModelPictures, NoControlCharacterOfAModelReachesATerminal) {
  const std::string path = write(kModel);
  for (const char* format : {"text", "markdown", "html", "json", "navigator"}) {
    EXPECT_EQ(run({"coverage", path, "--format", format}), kExitGood);
    EXPECT_EQ(terminal_fault(out_.str()), "") << format;
  }
  for (const char* format : {"mermaid", "dot", "svg"}) {
    EXPECT_EQ(run({"diagram", path, "--case", "c", "--format", format}), kExitGood);
    EXPECT_EQ(terminal_fault(out_.str()), "") << format;
  }
}

TEST_F(ModelPictures, ColoursAreForTerminals) {
  const std::string path = write(kModel);
  EXPECT_EQ(run({"coverage", path}, Colour::kOn), kExitGood);
  EXPECT_NE(out_.str().find("\033[31mblind\033[0m"), std::string::npos) << out_.str();
}

TEST_F(ModelPictures, SeveralModelsStandInOneReportAndTheirConflictIsSaid) {
  const std::string path = write(kModel);
  EXPECT_EQ(run({"coverage", path, path}), kExitFindings);
  EXPECT_NE(err_.str().find("[two-models]"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace glacis::control
