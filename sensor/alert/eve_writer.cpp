#include "sensor/alert/eve_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace glacis::sensor {
namespace {

constexpr size_t kMostWaiting = 64 << 10;

}  // namespace

Expected<std::unique_ptr<EveWriter>> EveWriter::open(const std::string& path) {
  const bool to_stdout = path.empty() || path == "-";
  const int file = to_stdout ? STDOUT_FILENO : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) return fail(std::string("cannot write EVE lines: ") + std::strerror(errno), path);
  return std::unique_ptr<EveWriter>(new EveWriter(to_stdout ? "stdout" : path, file));
}

EveWriter::~EveWriter() {
  flush();
  if (file_ != STDOUT_FILENO) ::close(file_);
}

void EveWriter::line(const std::string& text) {
  waiting_ += text;
  waiting_ += '\n';
  if (waiting_.size() >= kMostWaiting) flush();
}

void EveWriter::flush() {
  if (waiting_.empty()) return;
  if (torn_) waiting_.insert(0, 1, '\n');
  size_t done = 0;
  while (done < waiting_.size()) {
    const ssize_t written = ::write(file_, waiting_.data() + done, waiting_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      lose(done, errno);
      return;
    }
    done += static_cast<size_t>(written);
  }
  torn_ = false;
  waiting_.clear();
}

// What stands behind `from` is lost, and the line in which it lies.
void EveWriter::lose(size_t from, int error) {
  const size_t text = torn_ ? 1 : 0;  // the end that the torn line was owed is no line
  const auto unwritten =
      std::count(waiting_.begin() + static_cast<ptrdiff_t>(std::max(from, text)), waiting_.end(), '\n');
  lost_.fetch_add(static_cast<uint64_t>(unwritten), std::memory_order_relaxed);
  error_.store(error, std::memory_order_relaxed);
  if (from > 0) torn_ = waiting_[from - 1] != '\n';
  waiting_.clear();
}

std::string EveWriter::trouble() const {
  if (lost() == 0) return "";
  return path_ + ": " + std::to_string(lost()) +
         " EVE lines could not be written: " + std::strerror(error_.load(std::memory_order_relaxed));
}

}  // namespace glacis::sensor
