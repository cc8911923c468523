#include "control/server/socket_claim.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace glacis::control {
namespace {

constexpr const char* kHint = "stop it ('ss -xlp' names it), or listen elsewhere: --listen unix:PATH";

// The lock's owner removes the file when it ends: what was locked may be gone from the folder by then.
bool still_there(int file, const std::string& path) {
  struct stat ours{}, theirs{};
  return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
         ours.st_ino == theirs.st_ino;
}

// Of what is no glacis-control too. A socket that nobody listens on refuses.
bool somebody_answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool connected = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool nobody = !connected && (errno == ENOENT || errno == ECONNREFUSED);
  ::close(probe);
  return !nobody;
}

}  // namespace

SocketClaim::SocketClaim(std::string lock_path, int lock) : lock_path_(std::move(lock_path)), lock_(lock) {}

SocketClaim::SocketClaim(SocketClaim&& other) noexcept
    : lock_path_(std::move(other.lock_path_)), lock_(std::exchange(other.lock_, -1)) {}

SocketClaim::~SocketClaim() {
  if (lock_ < 0) return;
  (void)::unlink(lock_path_.c_str());
  ::close(lock_);
}

Expected<SocketClaim> SocketClaim::take(const std::string& path) {
  const std::string lock_path = path + ".lock";
  for (;;) {
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (lock < 0) return fail("cannot listen: " + lock_path + ": " + std::strerror(errno), "unix:" + path);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
      ::close(lock);
      return fail("cannot listen: another glacis-control serves here", "unix:" + path, kHint);
    }
    if (!still_there(lock, lock_path)) {
      ::close(lock);
      continue;
    }
    SocketClaim claim(lock_path, lock);
    if (somebody_answers(path)) return fail("cannot listen: another program serves here", "unix:" + path, kHint);
    return claim;
  }
}

}  // namespace glacis::control
