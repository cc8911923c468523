#include "sensor/alert/json_line.h"

#include <cstdio>

namespace glacis::sensor {
namespace {

// Length of the well-formed UTF-8 sequence at `s` (RFC 3629, section 4); 0: none.
size_t utf8_length(std::string_view s) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(i < s.size() ? s[i] : 0); };
  const uint8_t b = at(0);
  if (b < 0x80) return 1;
  const auto tail = [&](size_t i) { return (at(i) & 0xc0) == 0x80; };
  if (b >= 0xc2 && b <= 0xdf) return tail(1) ? 2 : 0;
  if (b >= 0xe0 && b <= 0xef) {
    const bool overlong = b == 0xe0 && at(1) < 0xa0;
    const bool surrogate = b == 0xed && at(1) >= 0xa0;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (b >= 0xf0 && b <= 0xf4) {
    const bool overlong = b == 0xf0 && at(1) < 0x90;
    const bool beyond = b == 0xf4 && at(1) >= 0x90;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& out, std::string_view s) {
  while (!s.empty()) {
    const size_t n = utf8_length(s);
    const auto c = static_cast<uint8_t>(s.front());
    if (n == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += s.front();
    } else if (c < 0x20 || c == 0x7f) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
      out += buffer;
    } else {
      out += s.substr(0, n);
    }
    s.remove_prefix(n == 0 ? 1 : n);
  }
}

}  // namespace

void JsonLine::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonLine::begin(char c) {
  separate();
  out_ += c;
  first_ = true;
}

void JsonLine::end(char c) {
  out_ += c;
  first_ = false;
}

void JsonLine::key(std::string_view name) {
  separate();
  out_ += '"';
  append_escaped(out_, name);
  out_ += "\":";
  first_ = true;  // the value follows without a comma
}

void JsonLine::string(std::string_view value) {
  separate();
  out_ += '"';
  append_escaped(out_, value);
  out_ += '"';
}

void JsonLine::number(int64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonLine::number(uint64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonLine::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

}  // namespace glacis::sensor
