#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace glacis::sensor {

// Writes one JSON value without white space (RFC 8259). Strings may hold any bytes: what is not valid
// UTF-8 (RFC 3629) becomes U+FFFD and control characters are escaped, so a line is always valid JSON.
// Thread: any; one writer for one line.
class JsonLine {
 public:
  void open_object() { begin('{'); }
  void close_object() { end('}'); }
  void open_array() { begin('['); }
  void close_array() { end(']'); }
  void key(std::string_view name);
  void string(std::string_view value);
  void number(int64_t value);
  void number(uint64_t value);
  void number(uint32_t value) { number(static_cast<uint64_t>(value)); }
  void boolean(bool value);

  template <class T>
  void field(std::string_view name, const T& value) {
    key(name);
    if constexpr (std::is_same_v<T, bool>) {
      boolean(value);
    } else if constexpr (std::is_integral_v<T>) {
      number(value);
    } else {
      string(value);
    }
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void begin(char c);
  void end(char c);
  void separate();
  std::string out_;
  bool first_ = true;  // nothing stands in the current object or array yet
};

}  // namespace glacis::sensor
