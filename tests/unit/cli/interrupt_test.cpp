// Signals go to a process, so this runs the program itself.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "tests/unit/cli/control_fixture.h"

namespace glacis::control {
namespace {

class InterruptTest : public ControlFixture {
 protected:
  // Starts `glacis alerts --follow` and returns what it wrote until it waits for more.
  void start_follower() {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const std::string to = address();
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl(GLACIS_PROGRAM, "glacis", "alerts", "--follow", "--control", to.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    std::array<char, 4096> text{};
    while (first_.find("cursor 1\n") == std::string::npos) {
      const ssize_t size = ::read(ends[0], text.data(), text.size());
      ASSERT_GT(size, 0) << first_;
      first_.append(text.data(), static_cast<size_t>(size));
    }
    ::close(ends[0]);
  }
  int end_with(int signal) {
    ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  pid_t child_ = -1;
  std::string first_;
};

TEST_F(InterruptTest, CtrlCEndsFollowingWithZero) {
  for (const int signal : {SIGINT, SIGTERM}) {
    if (store_.stored() == 0) store(1, 1);
    first_.clear();
    start_follower();
    EXPECT_EQ(first_.find('\033'), std::string::npos) << "colours into a pipe: " << first_;
    EXPECT_EQ(end_with(signal), 0);
  }
}

}  // namespace
}  // namespace glacis::control
