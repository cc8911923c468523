#include "sensor/arguments.h"

#include <algorithm>
#include <charconv>

namespace glacis::sensor {

bool Arguments::flag(const std::string& name) { return std::erase(words_, name) != 0; }

std::optional<std::string> Arguments::value(const std::string& name) {
  std::optional<std::string> out;
  for (auto it = words_.begin(); it != words_.end();) {
    if (it->starts_with(name + "=")) {
      out = it->substr(name.size() + 1);
      it = words_.erase(it);
    } else if (*it == name && it + 1 == words_.end()) {
      fault_ = Error{"needs a value", name, ""};
      it = words_.erase(it);
    } else if (*it == name) {
      out = *(it + 1);
      it = words_.erase(it, it + 2);
    } else {
      ++it;
    }
  }
  return out;
}

uint64_t Arguments::number(const std::string& name, uint64_t fallback, uint64_t low, uint64_t high) {
  const auto text = value(name);
  if (!text) return fallback;
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
  if (error != std::errc() || end != text->data() + text->size() || out < low || out > high) {
    fault_ = Error{"needs a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
                       ", not '" + *text + "'",
                   name, ""};
    return fallback;
  }
  return out;
}

Expected<std::vector<std::string>> Arguments::rest() {
  if (fault_) return std::unexpected(*fault_);
  for (const std::string& word : words_) {
    if (word.size() > 1 && word.front() == '-') {
      return fail("unknown option", word, "see glacis-sensor --help");
    }
  }
  return words_;
}

}  // namespace glacis::sensor
