#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DiskFilesTest : public testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const { return folder_.path() + "/" + name; }
  [[nodiscard]] std::string content(const std::string& name) { return *files_.read(at(name), 0, 1 << 20); }

  // Files may grow to so many bytes and no further: EFBIG, as a full disk says ENOSPC.
  class FileLimit {
   public:
    explicit FileLimit(rlim_t bytes) : signal_(::signal(SIGXFSZ, SIG_IGN)) {
      ::getrlimit(RLIMIT_FSIZE, &before_);
      const rlimit limit{bytes, before_.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileLimit() {
      ::setrlimit(RLIMIT_FSIZE, &before_);
      ::signal(SIGXFSZ, signal_);
    }

   private:
    rlimit before_{};
    sighandler_t signal_;
  };

  TemporaryFolder folder_;
  DiskFiles files_;
};

TEST_F(DiskFilesTest, ReplacesAWholeFile) {
  ASSERT_TRUE(files_.replace(at("a"), "the old one, which is longer"));
  ASSERT_TRUE(files_.replace(at("a"), "new"));
  EXPECT_EQ(content("a"), "new");
  EXPECT_THAT(*files_.list(folder_.path()), ElementsAre("a"));
}

TEST_F(DiskFilesTest, AReplacementThatFindsNoRoomLeavesTheOldFileAndNoRest) {
  ASSERT_TRUE(files_.replace(at("a"), "old"));
  {
    const FileLimit limit(100);
    const auto replaced = files_.replace(at("a"), std::string(1'000, 'x'));
    ASSERT_FALSE(replaced);
    EXPECT_THAT(replaced.error().text(), HasSubstr(at("a.new") + ": cannot write: "));
  }
  EXPECT_EQ(content("a"), "old");
  EXPECT_THAT(*files_.list(folder_.path()), ElementsAre("a"));
}

TEST_F(DiskFilesTest, AReplacementThatCannotBePutInPlaceLeavesNoRest) {
  ASSERT_TRUE(files_.make_directories(at("a/b")));
  const auto replaced = files_.replace(at("a"), "a file where a folder stands");
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().where, at("a"));
  EXPECT_THAT(*files_.list(folder_.path()), ElementsAre("a"));
}

TEST_F(DiskFilesTest, AppendsToAFileThatIsNewAndRefusesOneThatIsNot) {
  const auto file = files_.create(at("a"));
  ASSERT_TRUE(file);
  ASSERT_TRUE(files_.append(*file, at("a"), "one "));
  ASSERT_TRUE(files_.append(*file, at("a"), "two"));
  ASSERT_TRUE(files_.sync(*file, at("a")));
  files_.close(*file);
  EXPECT_EQ(content("a"), "one two");
  const auto again = files_.create(at("a"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().text(), at("a") + ": cannot make the file: File exists");
}

// A file that stayed behind would be in the way of the next attempt for ever. Opening the folder to sync it
// needs a right that root always has: so in a process that is not root.
TEST_F(DiskFilesTest, AFileWhoseFolderCannotBeSyncedIsNotLeftBehind) {
  ASSERT_TRUE(files_.make_directories(at("blind")));
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  if (::getuid() == 0) {
    ASSERT_EQ(::chown(at("blind").c_str(), 65534, 65534), 0);
  }
  ASSERT_EQ(::chmod(at("blind").c_str(), 0300), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::getuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const auto file = files_.create(at("blind/a"));
    ::_exit(!file && file.error().what.find("cannot sync the folder") == 0 && ::access(at("blind/a").c_str(), F_OK) != 0
                ? 0
                : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(::chmod(at("blind").c_str(), 0700), 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DiskFilesTest, AppendingBeyondTheRoomSaysSo) {
  const auto file = files_.create(at("a"));
  ASSERT_TRUE(file);
  {
    const FileLimit limit(10);
    const auto appended = files_.append(*file, at("a"), std::string(100, 'x'));
    ASSERT_FALSE(appended);
    EXPECT_THAT(appended.error().text(), HasSubstr("cannot write: File too large"));
  }
  files_.close(*file);
  EXPECT_EQ(*files_.size(at("a")), 10U) << "a part may stand there";
}

TEST_F(DiskFilesTest, ReadsAnyPart) {
  ASSERT_TRUE(files_.replace(at("a"), "0123456789"));
  EXPECT_EQ(*files_.read(at("a"), 3, 4), "3456");
  EXPECT_EQ(*files_.read(at("a"), 8, 100), "89");
  EXPECT_EQ(*files_.read(at("a"), 10, 1), "");
  EXPECT_EQ(*files_.read(at("a"), UINT64_MAX, 1), "");
  EXPECT_EQ(*files_.read(at("a"), 0, SIZE_MAX), "0123456789");
}

TEST_F(DiskFilesTest, ErrorsNameThePathAndWhatTheSystemSaid) {
  const std::string missing = at("none/a");
  EXPECT_EQ(files_.read(missing, 0, 1).error().text(), missing + ": cannot open: No such file or directory");
  EXPECT_EQ(files_.size(missing).error().text(), missing + ": cannot look at: No such file or directory");
  EXPECT_EQ(files_.truncate(missing, 1).error().text(), missing + ": cannot truncate: No such file or directory");
  EXPECT_EQ(files_.create(missing).error().text(), missing + ": cannot make the file: No such file or directory");
  EXPECT_EQ(files_.replace(missing, "x").error().text(),
            missing + ".new: cannot make the file: No such file or directory");
  EXPECT_EQ(files_.list(missing).error().text(), missing + ": cannot read the folder: No such file or directory");
  EXPECT_EQ(files_.free_bytes(missing).error().text(),
            missing + ": cannot ask for free space: No such file or directory");
  EXPECT_EQ(files_.read(folder_.path(), 0, 9).error().text(), folder_.path() + ": cannot read: Is a directory");
}

TEST_F(DiskFilesTest, MakesFoldersAndRefusesAFileInTheirPlace) {
  ASSERT_TRUE(files_.make_directories(at("a/b/c")));
  ASSERT_TRUE(files_.make_directories(at("a/b/c")));
  ASSERT_TRUE(files_.replace(at("a/file"), ""));
  EXPECT_THAT(files_.make_directories(at("a/file")).error().where, at("a/file"));
  EXPECT_THAT(*files_.list(at("a")), ElementsAre("b", "file"));
}

TEST_F(DiskFilesTest, RemovesFilesAndEmptyFoldersAndWhatIsNotThere) {
  ASSERT_TRUE(files_.make_directories(at("a")));
  ASSERT_TRUE(files_.replace(at("a/file"), ""));
  EXPECT_THAT(files_.remove(at("a")).error().text(), HasSubstr("cannot remove: "));
  ASSERT_TRUE(files_.remove(at("a/file")));
  ASSERT_TRUE(files_.remove(at("a")));
  ASSERT_TRUE(files_.remove(at("a")));
}

TEST_F(DiskFilesTest, OnlyWhatTheSystemCallsMissingIsMissing) {
  EXPECT_FALSE(files_.exists(at("a")));
  EXPECT_FALSE(files_.exists(at("a/b")));
  ASSERT_TRUE(files_.replace(at("a"), ""));
  EXPECT_TRUE(files_.exists(at("a")));
  EXPECT_FALSE(files_.exists(at("a/b"))) << "below a file there is nothing";
  std::filesystem::create_symlink("loop", at("loop"));
  EXPECT_TRUE(files_.exists(at("loop"))) << "what cannot be looked at may be there";
}

}  // namespace
}  // namespace glacis::sensor
