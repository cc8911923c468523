// `glacis export` and `glacis new`: words, files and exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "control/cli/command.h"
#include "control/cli/program.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kShop = GLACIS_SOURCE_DIR "/configs/models/web-shop.yaml";

class ModelFiles : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    Console console{out_, err_};
    return run_program(words, console);
  }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + name, std::ios::binary) << text;
    return folder_ + name;
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path() + "/";
  std::ostringstream out_, err_;
};

TEST_F(ModelFiles, ExportGoesToStdoutAndLossesToStderr) {
  EXPECT_EQ(run({"export", kShop, "--to", "suricata"}), kExitGood);
  EXPECT_THAT(out_.str(), HasSubstr("\nalert ip [10.1.0.0/16,fd00:1::/48] any -> "));
  EXPECT_THAT(err_.str(), HasSubstr("web-shop.yaml:56: lost: abuse/LM1: alert_at: only the whole path alerts\n"));
}

TEST_F(ModelFiles, LossesGoToAFileInstead) {
  EXPECT_EQ(run({"export", kShop, "--to", "otm", "-o", folder_ + "x.json", "--losses", folder_ + "lost.json"}),
            kExitGood);
  EXPECT_EQ(out_.str() + err_.str(), "");
  EXPECT_THAT(read(folder_ + "x.json"), StartsWith("{\n  \"otmVersion\": \"0.2.0\""));
  EXPECT_THAT(read(folder_ + "lost.json"), HasSubstr("\"element\": \"never/n-ws-db\""));
}

TEST_F(ModelFiles, FolderGetsAFileForEachRule) {
  const std::string folder = folder_ + "sigma/rules/";
  EXPECT_EQ(run({"export", kShop, "--to", "sigma", "-o", folder}), kExitGood);
  EXPECT_THAT(read(folder + "web-shop-never-n-ws-db.yml"), StartsWith("---\ntitle: "));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 6);
}

TEST_F(ModelFiles, FilesThatAreNotOneFileNeedAFolder) {
  const std::string other = write("o.yaml", "model: {id: other, owner: ada}\n");
  EXPECT_EQ(run({"export", kShop, other, "--to", "otm"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("name a folder"));
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(run({"export", kShop, other, "--to", "otm", "-o", folder_}), kExitGood);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "other.otm.json"));
}

TEST_F(ModelFiles, NothingIsExportedOfAModelWithFaults) {
  EXPECT_EQ(run({"export", write("m.yaml", "model: {id: m, owner: ada}\nzonez: {}\n"), "--to", "sigma"}),
            kExitFindings);
  EXPECT_THAT(err_.str(), HasSubstr("m.yaml:2:1: error: unknown key 'zonez'"));
  EXPECT_EQ(run({"export", folder_ + "none.yaml", "--to", "sigma"}), kExitUsage);
  const std::string twin = write("twin.yaml", read(kShop));
  EXPECT_EQ(run({"export", kShop, twin, "--to", "sigma"}), kExitFindings) << "two models of one id";
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ModelFiles, WrongWordsOfAnExportAreSaid) {
  EXPECT_EQ(run({"export", kShop}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--to is one of sigma, suricata, nftables, segments-csv, otm\n"));
  EXPECT_EQ(run({"export", kShop, "--to", "snort"}), kExitUsage);
  EXPECT_EQ(run({"export", "--to", "sigma"}), kExitUsage);
  EXPECT_EQ(run({"export", kShop, "--to", "sigma", "-o", "/nonexistent/x"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("cannot write /nonexistent/x"));
}

TEST_F(ModelFiles, NewModelIsTheTemplateWithItsIdAndOwner) {
  const std::string path = folder_ + "p.yaml";
  EXPECT_EQ(run({"new", "--template", "payment", "--id", "pay", "--owner", "ada", "-o", path}), kExitGood);
  EXPECT_THAT(read(path), HasSubstr("\n  id: pay\n"));
  EXPECT_THAT(read(path), HasSubstr("\n  owner: ada\n"));
  EXPECT_EQ(run({"check", path, "--deny", "warnings", "--at", "2026-11-26"}), kExitGood) << out_.str();
  EXPECT_EQ(run({"new", "--template", "payment"}), kExitGood);
  EXPECT_EQ(out_.str(), read(GLACIS_SOURCE_DIR "/configs/models/templates/payment.yaml"));
}

TEST_F(ModelFiles, NewModelIsNeverWrittenOverAnother) {
  const std::string path = write("mine.yaml", "mine");
  EXPECT_EQ(run({"new", "--template", "segment", "-o", path}), kExitUsage);
  EXPECT_EQ(read(path), "mine");
}

TEST_F(ModelFiles, WrongWordsOfANewModelAreSaid) {
  EXPECT_EQ(run({"new", "--template", "paiment"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean 'payment'?"));
  EXPECT_EQ(run({"new"}), kExitUsage);
  EXPECT_EQ(run({"new", "payment"}), kExitUsage);
  EXPECT_EQ(run({"new", "--template", "payment", "--id", "a b"}), kExitUsage);
  EXPECT_EQ(run({"new", "--template", "payment", "--id", ""}), kExitUsage);
}

TEST_F(ModelFiles, HelpNamesEveryTemplateAndFormat) {
  EXPECT_EQ(run({"new", "--help"}), kExitGood);
  for (const char* name :
       {"web-api", "cloud-workload", "remote-access", "payment", "admin-path", "ingestion", "segment"})
    EXPECT_THAT(out_.str(), HasSubstr(name));
  EXPECT_EQ(run({"export", "--help"}), kExitGood);
  for (const char* name : {"sigma", "suricata", "nftables", "segments-csv", "otm"})
    EXPECT_THAT(out_.str(), HasSubstr(name));
}

}  // namespace
}  // namespace glacis::control
