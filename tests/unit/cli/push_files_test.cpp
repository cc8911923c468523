#include "control/cli/push_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "control/threat_model/compile.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;

class PushFilesTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  static std::string faults_of(const std::vector<std::string>& paths) {
    const auto files = read_push_files(paths);
    if (files) return "none";
    std::string out;
    for (const Error& fault : files.error()) out += fault.text() + "\n";
    return out;
  }
  TemporaryFolder folder_;
};

TEST_F(PushFilesTest, SendsWhatTheModelIncludes) {
  const std::string model = write("m.yaml", "include: [land.yaml]\n");
  write("land.yaml", "include: more.yaml\n");
  write("more.yaml", "glacis: 1\n");
  const auto files = read_push_files({model});
  ASSERT_TRUE(files) << faults_of({model});
  ASSERT_EQ(files->files.size(), 3u);
  EXPECT_EQ(files->files[0].name, "m.yaml");
  EXPECT_EQ(files->files[1].name, "land.yaml");
  EXPECT_EQ(files->files[2].name, "more.yaml");
  EXPECT_EQ(files->digest, digest_of("include: [land.yaml]\ninclude: more.yaml\nglacis: 1\n"));
}

TEST_F(PushFilesTest, IncludesThatLieElsewhereAreNamed) {
  const std::string model = write("m.yaml", "include: [land.yaml]\n");
  EXPECT_THAT(faults_of({model}), HasSubstr("if it lies elsewhere, name it after the model"));
  const std::string elsewhere = write("shared/land.yaml", "glacis: 1\n");
  const auto files = read_push_files({model, elsewhere});
  ASSERT_TRUE(files) << faults_of({model, elsewhere});
  ASSERT_EQ(files->files.size(), 2u);
  EXPECT_EQ(files->files[1].text, "glacis: 1\n");
}

TEST_F(PushFilesTest, TwoFilesOfOneNameAreAFaultUnlessTheyAreTheSame) {
  const std::string model = write("m.yaml", "include: [land.yaml]\n");
  const std::string beside = write("land.yaml", "glacis: 1\n");
  const std::string other = write("shared/land.yaml", "glacis: 2\n");
  EXPECT_THAT(faults_of({model, other}), HasSubstr("another file 'land.yaml'"));
  EXPECT_EQ(faults_of({model, beside}), "none");
}

TEST_F(PushFilesTest, UnreadableFilesFoldersAndSubfoldersAreNamed) {
  EXPECT_THAT(faults_of({folder_.path() + "/absent.yaml"}), HasSubstr("absent.yaml"));
  EXPECT_THAT(faults_of({folder_.path()}), HasSubstr("is a folder"));
  const std::string model = write("m.yaml", "include: [sub/land.yaml]\n");
  write("sub/land.yaml", "glacis: 1\n");
  EXPECT_THAT(faults_of({model}), HasSubstr("sub/land.yaml: is included from a subfolder"));
}

TEST(LocalFaults, JoinWhatTheReplyHadNoRoomFor) {
  const std::vector<SourceFile> files = {{"m.yaml", "glacis: 1\nmodel: {id: m}\nzonez: 1\nasets: 2\n"}};
  const std::vector<Diagnostic> all = with_local_faults({}, files);
  ASSERT_GE(all.size(), 2u);
  const Diagnostic elsewhere{Level::kError, "composition", "does not fit", "", {}};
  const std::vector<Diagnostic> joined = with_local_faults({elsewhere, all[0]}, files);
  EXPECT_EQ(joined.size(), all.size() + 1);
  EXPECT_EQ(joined[0].code, "composition");
}

}  // namespace
}  // namespace glacis::control
