// Words, files and exit codes of `glacis gate`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "control/cli/command.h"
#include "control/cli/program.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;

class GateCommand : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + name, std::ios::binary) << text;
    return folder_ + name;
  }
  int gate(std::vector<std::string> words) {
    words.insert(words.begin(), "gate");
    out_.str("");
    err_.str("");
    Console console{out_, err_};
    return run_program(words, console);
  }

  TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path() + "/";
  const std::string model_ = write("m.yaml",
                                   "model: {id: m, owner: ada, reviewed: 2026-11-01}\n"
                                   "zones: {a: {trust: 40, addr: 10.1.0.0/16, says: \"\\e[31m\"}}\n"
                                   "requirements: {R: {says: s, source: siem}}\nsources: {siem: {owner: o}}\n");
  std::ostringstream out_, err_;
};

TEST_F(GateCommand, OpenIsZeroAndClosedIsOne) {
  EXPECT_EQ(gate({model_, "--stage", "design", "--at", "2026-11-27"}), kExitGood);
  EXPECT_THAT(out_.str(), HasSubstr("\ngate design: open, all 4 conditions hold\n"));
  EXPECT_EQ(gate({model_, "--stage", "live", "--at", "2026-11-27"}), kExitFindings);
  EXPECT_THAT(out_.str(), HasSubstr("m.yaml:3: requirements/R: untested"));
  EXPECT_THAT(out_.str(), HasSubstr("\ngate live: closed, 1 of 12 conditions fails\n"));
}

TEST_F(GateCommand, FactsOpenTheLiveGate) {
  const std::string facts = write("f.json", R"({"facts": [{"id": "R", "state": "verified", "when": "2026-11-27"}]})");
  EXPECT_EQ(gate({model_, "--stage", "live", "--at", "2026-11-27", "--facts", facts}), kExitGood) << out_.str();
  EXPECT_EQ(gate({model_, "--stage", "live", "--at", "2026-11-26", "--facts", facts}), kExitFindings)
      << "not known on the day before";
}

TEST_F(GateCommand, InvariantsAreAConditionOfTheirOwn) {
  const std::string org =
      write("org.yaml", "invariants: {i: {says: no zones, owner: rob, deny: {asset: {exposed: true}}}}\n");
  EXPECT_EQ(gate({model_, "--at", "2026-11-27", "--invariants", org}), kExitGood) << out_.str();
  EXPECT_THAT(out_.str(), HasSubstr("all 5 conditions hold"));
  EXPECT_EQ(gate({model_, "--at", "2026-11-27", "--invariants", write("bad.yaml", "invariant: {}\n")}), kExitFindings);
  EXPECT_THAT(out_.str(), HasSubstr("bad.yaml:1: unknown key 'invariant' [unknown-key]"));
  EXPECT_THAT(out_.str(), HasSubstr("gate design: closed, 1 of 5 conditions fails"));
}

TEST_F(GateCommand, ModelWithFaultsIsClosedAndNothingElseOfItIsJudged) {
  EXPECT_EQ(gate({write("bad.yaml", "model: {id: m, owner: ada}\nzonez: {}\n"), "--stage", "build"}), kExitFindings);
  EXPECT_THAT(out_.str(), HasSubstr("bad.yaml:2: unknown key 'zonez' [unknown-key]"));
  EXPECT_THAT(out_.str(), HasSubstr("not judged: the models have faults"));
}

TEST_F(GateCommand, WrongWordsAndUnreadableFilesAreTwo) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {model_, "--stage", "planning"},
                                                {model_, "--format", "sarif"},
                                                {model_, "--at", "soon"},
                                                {model_, "--facts", folder_ + "none.json"},
                                                {model_, "--facts", folder_},
                                                {model_, "--facts", ""},
                                                {model_, "--facts", write("list.json", "[]")},
                                                {model_, "--invariants", folder_ + "none.yaml"},
                                                {model_, "--invariants", ""},
                                                {folder_ + "none.yaml"}}) {
    EXPECT_EQ(gate(words), kExitUsage) << (words.empty() ? "" : words.back());
    EXPECT_NE(err_.str(), "");
    EXPECT_EQ(out_.str(), "");
  }
}

}  // namespace
}  // namespace glacis::control
