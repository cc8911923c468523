#include "sensor/alert/json_line.h"

#include <cstdint>
#include <cstdio>

#include "dataplane/base/utf8.h"

namespace glacis::sensor {
namespace {

void append_escaped(std::string& out, std::string_view s) {
  while (!s.empty()) {
    const size_t n = utf8_character(s);
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
