#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <streambuf>
#include <string>

namespace glacis::control {

// A stream that one thread writes while another waits for what it should say.
class WatchedText : public std::ostream {
 public:
  WatchedText() : std::ostream(nullptr) { rdbuf(&buffer_); }
  // False: not within `most`.
  [[nodiscard]] bool wait_for(const std::string& part, std::chrono::milliseconds most = std::chrono::seconds(10)) {
    std::unique_lock lock(buffer_.mutex);
    return buffer_.written.wait_for(lock, most, [&] { return buffer_.text.find(part) != std::string::npos; });
  }
  [[nodiscard]] std::string text() {
    const std::lock_guard lock(buffer_.mutex);
    return buffer_.text;
  }

 private:
  struct Buffer : std::streambuf {
    int_type overflow(int_type c) override {
      const char one = traits_type::to_char_type(c);
      xsputn(&one, 1);
      return c;
    }
    std::streamsize xsputn(const char* data, std::streamsize size) override {
      const std::lock_guard lock(mutex);
      text.append(data, static_cast<size_t>(size));
      written.notify_all();
      return size;
    }
    std::mutex mutex;
    std::condition_variable written;
    std::string text;
  };
  Buffer buffer_;
};

}  // namespace glacis::control
