#include "control/report/check.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "control/threat_model/grammar.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/report/file_text.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

// A folder of its own for each test.
class Check : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + name, std::ios::binary) << text;
    return folder_ + name;
  }
  int check(const std::vector<std::string>& paths, Format format = Format::kText, Colour colour = Colour::kOff) {
    out_.str("");
    return run_check(paths, {format, colour, kDay_s, deny_, invariants_}, out_);
  }

  static constexpr int64_t kDay_s = 1'795'651'200;  // 2026-11-26
  std::vector<std::string> deny_;
  std::string invariants_;
  TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path() + "/";
  std::ostringstream out_;
};

TEST_F(Check, WholeGrammarIsAcceptedAndWhatIsNotEnforcedIsListed) {
  EXPECT_EQ(check({GLACIS_MODELS "clinic.yaml"}), 0);
  EXPECT_EQ(out_.str(), file_text(GLACIS_MODELS "clinic.expected"));
}

TEST_F(Check, ClinicUsesEveryKeyOfTheGrammar) {
  const std::string text =
      "\n" + file_text(GLACIS_MODELS "clinic.yaml") + file_text(GLACIS_MODELS "clinic-network.yaml");
  for (const ElementGrammar& element : grammar()) {
    for (const Key& key : element.keys) {
      bool used = false;
      for (const char* before : {"\n", " ", "{"})
        used |= text.find(before + std::string(key.name) + ":") != std::string::npos;
      EXPECT_TRUE(used) << element.element << " " << key.name;
    }
  }
  for (const Vocabulary vocabulary : {Vocabulary::kVerb, Vocabulary::kCondition}) {
    for (const VocabularyWord& word : words_of(vocabulary))
      EXPECT_NE(text.find(word.text), std::string::npos) << word.text;
  }
}

TEST_F(Check, FaultIsShownWithItsLineACaretAndWhatToDo) {
  EXPECT_EQ(check({write("m.yaml", "model: {id: m, owner: ada}\nzonez: {}\n")}), 1);
  EXPECT_EQ(out_.str(),
            "m.yaml:2:1: error: unknown key 'zonez' [unknown-key]\n  zonez: {}\n  ^\n  hint: did you mean 'zones'?\n");
}

TEST_F(Check, CaretStandsUnderItsPlaceWhateverStandsBeforeIt) {
  (void)check({write("m.yaml", "model: {title: \"\xc3\xbc\xc3\xbc\", id: m, ovner: ada}\r\n")});
  EXPECT_NE(
      out_.str().find("\n  model: {title: \"\xc3\xbc\xc3\xbc\", id: m, ovner: ada}\n  " + std::string(28, ' ') + "^\n"),
      std::string::npos)
      << out_.str();
}

TEST_F(Check, ModelCannotWriteOnTheTerminal) {
  (void)check({write("m.yaml", "\"\\e[31mred\\n\": 1\nmodel: {id: m, owner: ada}\n")});
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("unknown key '\\x1b[31mred\\x0a'"), std::string::npos) << out_.str();
}

TEST_F(Check, ColourIsOnlyOnDemand) {
  (void)check({write("m.yaml", "x: 1\n")}, Format::kText, Colour::kOn);
  EXPECT_NE(out_.str().find("\033[31merror\033[0m"), std::string::npos);
}

TEST_F(Check, JsonHasFaultsAndWhatIsNotEnforced) {
  EXPECT_EQ(check({write("m.yaml", "model: {id: m, owner: ada}\n\"a\\\"b\": 1\n")}, Format::kJson), 1);
  EXPECT_EQ(out_.str(),
            "[\n  {\"level\":\"error\",\"code\":\"unknown-key\",\"message\":\"unknown key 'a\\\"b'\",\"hint\":\"one "
            "of: glacis, include, model, taps, sources, "
            "ports, hours, zones, boundaries, data, assets, identities, flows, never, assumptions, abuse, controls, "
            "findings, requirements, hunts, answers, "
            "drift\",\"file\":\"m.yaml\",\"line\":2,\"column\":1}\n]\n");
  EXPECT_EQ(check({write("m.yaml", "model: {id: m, owner: ada}\nsources: {s: {}}\n")}, Format::kJson), 0);
  EXPECT_EQ(out_.str(),
            "[\n  {\"level\":\"note\",\"code\":\"not-enforced\",\"message\":\"not enforced yet: "
            "sources/s\",\"hint\":\"needs sources\",\"file\":\"m.yaml\","
            "\"line\":2,\"column\":11}\n]\n");
  EXPECT_EQ(check({write("m.yaml", "model: {id: m, owner: ada}\n")}, Format::kJson), 0);
  EXPECT_EQ(out_.str(), "[\n]\n");
}

TEST_F(Check, FileThatCannotBeReadIsNamedAndEndsWithTwo) {
  EXPECT_EQ(check({folder_ + "none.yaml"}), 2);
  EXPECT_NE(out_.str().find("cannot read " + folder_ + "none.yaml"), std::string::npos) << out_.str();
  EXPECT_EQ(check({folder_.substr(0, folder_.size() - 1)}), 2) << "a folder is no file";
  EXPECT_EQ(check({write("m.yaml", "include: gone.yaml\nmodel: {id: m, owner: ada}\n")}), 2);
}

TEST_F(Check, IncludesAreReadFromTheModelsFolderAndStayThere) {
  write("land.yaml", "include: ports.yaml\nzones: {z: {trust: 1, addr: 10.0.0.0/8}}\n");
  write("ports.yaml", "ports: {p: 1}\n");
  EXPECT_EQ(check({write("m.yaml",
                         "include: land.yaml\nmodel: {id: m, owner: ada}\nflows: {f: {from: z, to: z, port: p}}\n")}),
            0)
      << out_.str();
  EXPECT_EQ(out_.str(), "1 model good: 1 rule, 0 warnings, 0 elements not enforced yet\n");
  EXPECT_EQ(check({write("m.yaml", "include: [../m.yaml, /etc/hostname]\nmodel: {id: m, owner: ada}\n")}), 1);
}

TEST_F(Check, ModelsAreComposedAndTheirConflictIsShownAtItsLine) {
  const std::string a = write("a.yaml", small_model("", "a"));
  std::string text = small_model("", "b");
  text.replace(text.find("  users:"), 8, "  staff:");
  EXPECT_EQ(check({a, write("b.yaml", text)}), 1);
  EXPECT_EQ(
      out_.str(),
      "b.yaml:5:3: error: 10.1.0.0/16 is zone 'staff' here and zone 'users' in model 'a' (a.yaml:5) [composition]\n"
      "    staff: {trust: 40, addr: 10.1.0.0/16, taps: [t-core]}\n    ^\n  hint: share it in an included file\n");
  EXPECT_EQ(check({a, write("b.yaml", small_model("", "b"))}), 0);
  EXPECT_EQ(out_.str(), "2 models good: 0 rules, 0 warnings, 0 elements not enforced yet\n");
}

TEST_F(Check, ViolationOfAnInvariantIsAnErrorInEveryFormat) {
  const std::string model = write("m.yaml", small_model("assets: {db: {zone: data, addr: 10.4.0.5, exposed: true}}\n"));
  invariants_ =
      write("org.yaml", "invariants:\n  i: {says: it is hidden, owner: rob, deny: {asset: {exposed: true}}}\n");
  EXPECT_EQ(check({model}), 1);
  EXPECT_EQ(out_.str(),
            "m.yaml:7:10: error: assets/db: it is hidden [invariant]\n"
            "  assets: {db: {zone: data, addr: 10.4.0.5, exposed: true}}\n           ^\n"
            "  hint: 'i' of org.yaml:2, medium: mend the model, or ask rob for an exemption there\n");
  EXPECT_EQ(check({model}, Format::kJson), 1);
  EXPECT_NE(out_.str().find("\"code\":\"invariant\",\"message\":\"assets/db: it is hidden\""), std::string::npos);
  EXPECT_EQ(check({model}, Format::kSarif), 1);
  EXPECT_NE(out_.str().find("\"ruleId\": \"invariant\""), std::string::npos);
  EXPECT_EQ(check({model}, Format::kJunit), 1);
  EXPECT_NE(out_.str().find("<failure type=\"invariant\""), std::string::npos);
  EXPECT_NE(out_.str().find("<testsuite name=\"org.yaml\""), std::string::npos) << "the file of invariants has a suite";
}

TEST_F(Check, FaultsOfInvariantsAreToldBesideThoseOfTheModel) {
  invariants_ = write("org.yaml", "invariants:\n  i: {says: s, owner: rob, deny: {asset: {exposd: true}}}\n");
  EXPECT_EQ(check({write("m.yaml", "model: {id: m, owner: ada}\nzonez: {}\n")}), 1);
  EXPECT_NE(out_.str().find("m.yaml:2:1: error: unknown key 'zonez'"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("org.yaml:2:43: error: unknown key 'exposd'"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("hint: did you mean 'exposed'?"), std::string::npos);
  invariants_ = folder_ + "none.yaml";
  EXPECT_EQ(check({write("m.yaml", small_model(""))}), 2);
}

TEST_F(Check, WhatModelsShareIsToldOnceAndWhatIsTheirsWithTheirName) {
  write("land.yaml", "sources: {siem: {owner: o}}\nzones: {z: {trust: 101}}\n");
  const auto team = [&](const std::string& id) {
    return write(id + ".yaml", "include: land.yaml\nmodel: {id: " + id + ", owner: o}\nabuse: {c: {says: s}}\n");
  };
  const std::vector<std::string> teams = {team("a"), team("b")};
  EXPECT_EQ(check(teams), 1);
  EXPECT_EQ(out_.str(),
            "land.yaml:2:20: error: 'trust' must be a number from 0 to 100 [bad-value]\n  zones: {z: {trust: 101}}\n" +
                std::string(21, ' ') + "^\n");
  write("land.yaml", "sources: {siem: {owner: o}}\nzones: {z: {trust: 10, addr: 10.0.0.0/8}}\n");
  EXPECT_EQ(check(teams), 0);
  EXPECT_NE(
      out_.str().find("\nnot enforced yet: a/abuse/c (a.yaml:3)\nnot enforced yet: sources/siem (land.yaml:1)\nnot "
                      "enforced yet: b/abuse/c (b.yaml:3)\n2 models good: "),
      std::string::npos)
      << out_.str();
}

TEST_F(Check, CompileWritesThePolicyAndSaysItsDigest) {
  const std::string model = write("m.yaml", small_model("never: {n: {from: users, to: data}}\n"));
  std::ostringstream out;
  EXPECT_EQ(run_compile({model}, {"", folder_ + "m.policy", {}}, out), 0);
  const std::string bytes = file_text(folder_ + "m.policy");
  EXPECT_EQ(out.str(), "policy " + hex(digest_of(bytes)) + ", " + std::to_string(bytes.size()) +
                           " bytes, 1 rules, features: never\n");
  v1::Policy policy;
  ASSERT_TRUE(policy.ParseFromString(bytes));
  EXPECT_EQ(policy.nevers_size(), 1);
}

TEST_F(Check, CompileForAnUnknownTapOrIntoNoFolderFails) {
  const std::string model = write("m.yaml", small_model(""));
  std::ostringstream tap, folder;
  EXPECT_EQ(run_compile({model}, {"t-cor", "", {}}, tap), 1);
  EXPECT_EQ(tap.str(), "error: no active model has a tap 't-cor' [unknown-tap]\n  hint: did you mean 't-core'?\n");
  EXPECT_EQ(run_compile({model}, {"", folder_ + "none/m.policy", {}}, folder), 2);
  EXPECT_NE(folder.str().find("cannot write " + folder_ + "none/m.policy"), std::string::npos);
}

}  // namespace
}  // namespace glacis::control
