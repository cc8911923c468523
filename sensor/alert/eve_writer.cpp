#include "sensor/alert/eve_writer.h"

#include <cerrno>
#include <cstring>

namespace glacis::sensor {

Expected<std::unique_ptr<EveWriter>> EveWriter::open(const std::string& path) {
  FILE* file = path.empty() || path == "-" ? stdout : std::fopen(path.c_str(), "ae");
  if (file == nullptr) return fail(std::string("cannot write: ") + std::strerror(errno), path);
  return std::unique_ptr<EveWriter>(new EveWriter(path, file));
}

EveWriter::~EveWriter() {
  flush();
  if (file_ != stdout) std::fclose(file_);
}

void EveWriter::line(const std::string& text) {
  const bool good = std::fwrite(text.data(), 1, text.size(), file_) == text.size() &&
                    std::fputc('\n', file_) != EOF;
  if (good) {
    ++written_;
  } else {
    ++lost_;
    std::clearerr(file_);
  }
}

void EveWriter::flush() {
  if (std::fflush(file_) != 0) {
    ++lost_;
    std::clearerr(file_);
  }
}

}  // namespace glacis::sensor
