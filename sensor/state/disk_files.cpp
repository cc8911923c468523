#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sensor/state/state_files.h"

namespace glacis::sensor {
namespace {

std::unexpected<Error> failed(const char* doing, const std::string& path, int error) {
  return fail(std::string("cannot ") + doing + ": " + std::strerror(error), path);
}

// Closes at the end of a scope.
class Open {
 public:
  Open(const std::string& path, int flags, mode_t mode = 0) : file_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Open() {
    if (file_ >= 0) ::close(file_);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  [[nodiscard]] int get() const { return file_; }

 private:
  const int file_;
};

Expected<void> sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Open open(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (open.get() < 0 || ::fsync(open.get()) != 0) return failed("sync the folder", folder, errno);
  return {};
}

}  // namespace

Expected<void> DiskFiles::make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return failed("make the folder", path, error.value());
  if (!std::filesystem::is_directory(path, error)) return fail("is not a folder", path);
  return {};
}

Expected<std::vector<std::string>> DiskFiles::list(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return failed("read the folder", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Expected<int> DiskFiles::create(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) return failed("make the file", path, errno);
  if (auto synced = sync_folder_of(path); !synced) {
    ::close(file);
    (void)::unlink(path.c_str());  // or the next attempt would find it there
    return std::unexpected(synced.error());
  }
  return file;
}

Expected<void> DiskFiles::append(int file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Expected<void> DiskFiles::sync(int file, const std::string& path) {
  if (::fdatasync(file) != 0) return failed("sync", path, errno);
  return {};
}

void DiskFiles::close(int file) { ::close(file); }

Expected<std::string> DiskFiles::read(const std::string& path, uint64_t offset, size_t most) {
  const Open open(path, O_RDONLY);
  if (open.get() < 0) return failed("open", path, errno);
  struct stat about{};
  if (::fstat(open.get(), &about) != 0) return failed("read", path, errno);
  const uint64_t bytes = static_cast<uint64_t>(std::max<off_t>(about.st_size, 0));
  std::string out(offset >= bytes ? 0 : std::min<uint64_t>(most, bytes - offset), '\0');
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(open.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path, errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  out.resize(done);
  return out;
}

Expected<uint64_t> DiskFiles::size(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return failed("look at", path, errno);
  return static_cast<uint64_t>(about.st_size);
}

Expected<void> DiskFiles::truncate(const std::string& path, uint64_t bytes) {
  if (::truncate(path.c_str(), static_cast<off_t>(bytes)) != 0) return failed("truncate", path, errno);
  return {};
}

Expected<void> DiskFiles::replace(const std::string& path, std::string_view bytes) {
  const std::string beside = path + ".new";
  Expected<void> done = write_whole(beside, bytes);
  if (done && ::rename(beside.c_str(), path.c_str()) != 0) done = failed("replace", path, errno);
  if (done) return sync_folder_of(path);
  (void)::unlink(beside.c_str());  // a disk that is full needs the room
  return done;
}

Expected<void> DiskFiles::write_whole(const std::string& path, std::string_view bytes) {
  const Open open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
  if (open.get() < 0) return failed("make the file", path, errno);
  if (auto written = append(open.get(), path, bytes); !written) return written;
  if (::fsync(open.get()) != 0) return failed("sync", path, errno);
  return {};
}

Expected<void> DiskFiles::remove(const std::string& path) {
  if (::remove(path.c_str()) != 0 && errno != ENOENT) return failed("remove", path, errno);
  return {};
}

Expected<uint64_t> DiskFiles::free_bytes(const std::string& path) {
  struct statvfs about{};
  if (::statvfs(path.c_str(), &about) != 0) return failed("ask for free space", path, errno);
  return static_cast<uint64_t>(about.f_bavail) * about.f_frsize;
}

bool DiskFiles::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace glacis::sensor
