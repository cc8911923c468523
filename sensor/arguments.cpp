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

std::string Arguments::choice(const std::string& name, const std::vector<std::string>& words) {
  const auto text = value(name);
  if (!text) return words.front();
  if (std::ranges::find(words, *text) != words.end()) return *text;
  std::string all = words.front();
  for (size_t i = 1; i < words.size(); ++i) all += (i + 1 == words.size() ? " or " : ", ") + words[i];
  faults_.push_back({"needs " + all + ", not '" + *text + "'", name, did_you_mean(*text, words)});
  return words.front();
}

uint64_t Arguments::size(const std::string& name, const SizeChoice& choice) {
  const auto text = value(name);
  if (!text) return choice.meaning;
  const auto bytes = size_or_word(*text, choice);
  if (bytes) return *bytes;
  faults_.push_back({bytes.error().what, name, ""});
  return choice.meaning;
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
