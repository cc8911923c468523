#include "sensor/arguments.h"

#include <algorithm>
#include <charconv>

#include "sensor/config/suggestion.h"

namespace glacis::sensor {

bool Arguments::flag(const std::string& name) {
  asked_.push_back(name);
  return std::erase(words_, name) != 0;
}

std::optional<std::string> Arguments::value(const std::string& name) {
  asked_.push_back(name);
  std::optional<std::string> out;
  for (auto it = words_.begin(); it != words_.end();) {
    if (it->starts_with(name + "=")) {
      out = it->substr(name.size() + 1);
      it = words_.erase(it);
    } else if (*it == name && it + 1 == words_.end()) {
      faults_.push_back({"needs a value", name, ""});
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
    faults_.push_back(
        {"needs a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ", not '" + *text + "'",
         name, ""});
    return fallback;
  }
  return out;
}

ExpectedAll<std::vector<std::string>> Arguments::rest() {
  for (const std::string& word : words_) {
    if (word.size() < 2 || word.front() != '-') continue;
    const std::string close = did_you_mean(word.substr(0, word.find('=')), asked_);
    faults_.push_back({"unknown option", word, close.empty() ? "see glacis-sensor --help" : close});
  }
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  return words_;
}

}  // namespace glacis::sensor
