#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sensor/alert/eve_writer.h"
#include "sensor/state/whole_file.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::sensor {
namespace {

using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  [[nodiscard]] std::string write(const std::string& text) const {
    std::ofstream(path()) << text;
    return path();
  }
  [[nodiscard]] std::string read() const {
    std::ifstream in(path());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::string path() const { return folder_ + "/file"; }
  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
};

TEST_F(FilesTest, AWholeFileIsReadUpToItsMost) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(read_whole_file("the policy", write(text), text.size()), text);
  const auto more = read_whole_file("the policy", path(), text.size() - 1);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().text(), path() + ": the policy has more than 99999 bytes");
}

TEST_F(FilesTest, WhatIsNoFileOrEmptyIsNamed) {
  const auto missing = read_whole_file("the policy", path(), 10);
  const auto folder = read_whole_file("the policy", folder_, 10);
  const auto empty = read_whole_file("the policy", write(""), 10);
  ASSERT_TRUE(!missing && !folder && !empty);
  EXPECT_EQ(missing.error().text(), path() + ": cannot read the policy: No such file or directory");
  EXPECT_EQ(folder.error().text(), folder_ + ": cannot read the policy: Is a directory");
  EXPECT_EQ(empty.error().text(), path() + ": the policy is empty");
}

TEST_F(FilesTest, EveLinesAreInTheFileAfterAFlush) {
  auto eve = EveWriter::open(path());
  ASSERT_TRUE(eve);
  (*eve)->line("one");
  (*eve)->line("two");
  EXPECT_EQ(read(), "");
  (*eve)->flush();
  EXPECT_EQ(read(), "one\ntwo\n");
  EXPECT_EQ((*eve)->lost(), 0U);
  EXPECT_EQ((*eve)->trouble(), "");
}

TEST_F(FilesTest, AFullDiskCostsEveryLineThatItDidNotTake) {
  auto eve = EveWriter::open("/dev/full");
  ASSERT_TRUE(eve);
  for (int i = 0; i < 5; ++i) (*eve)->line("line");
  (*eve)->flush();
  (*eve)->line("line");
  (*eve)->flush();
  EXPECT_EQ((*eve)->lost(), 6U);
  EXPECT_EQ((*eve)->trouble(), "/dev/full: 6 EVE lines could not be written: No space left on device");
}

// The process may write files of 10 bytes, as if the disk were full there; then there is room
// again.
TEST_F(FilesTest, ATornLineIsEndedByTheNextAndNoOtherIsBroken) {
  auto eve = EveWriter::open(path());
  ASSERT_TRUE(eve);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (const char* text : {"first", "second", "third"}) (*eve)->line(text);
  (*eve)->flush();
  (*eve)->line("fourth");
  (*eve)->flush();
  EXPECT_EQ((*eve)->lost(), 3U) << "second, third, fourth";
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  (*eve)->line("fifth");
  (*eve)->flush();
  EXPECT_EQ(read(), "first\nseco\nfifth\n");
  EXPECT_EQ((*eve)->lost(), 3U);
}

}  // namespace
}  // namespace glacis::sensor
