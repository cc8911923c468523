#include "control/threat_model/value_check.h"

#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

class ValueCheck {
 public:
  ValueCheck(const Key& key, std::vector<Diagnostic>& diagnostics)
      : key_(key), name_("'" + std::string(key.name) + "'"), diagnostics_(diagnostics) {}

  void check(const YamlTree& value) {
    if (has_structure()) return check_structure(value);
    if (key_.many == Many::kOne) return check_one(value);
    if (value.kind == YamlTree::Kind::kNull) return;
    if (value.kind == YamlTree::Kind::kScalar) return plain(value);
    if (value.kind == YamlTree::Kind::kMap) return fault("bad-value", " must be a value or a list", value.at);
    for (const YamlTree& item : value.items) {
      if (item.kind == YamlTree::Kind::kScalar) {
        plain(item);
      } else {
        fault("bad-value", " must list plain values", item.at);
      }
    }
  }

 private:
  // Of more than plain values: who reads what is below tells what is wrong there.
  [[nodiscard]] bool has_structure() const { return key_.shape >= Shape::kElement; }

  void check_structure(const YamlTree& value) {
    if (key_.shape == Shape::kTexts) {
      if (value.kind != YamlTree::Kind::kMap) fault("bad-element", " must be names and a word for each", value.at);
      for (const auto& [name, text] : value.entries) {
        if (text.kind != YamlTree::Kind::kScalar) fault("bad-value", " must be names and a word for each", name.at);
      }
    } else if (key_.shape == Shape::kElements) {
      const bool list = value.kind == YamlTree::Kind::kList || value.kind == YamlTree::Kind::kNull;
      if (!list) fault("bad-element", " must be a list of keys and values", value.at);
    } else if (key_.shape == Shape::kSteps && value.items.empty()) {
      fault("empty-group", " needs a list of steps", value.at);
    }
  }

  void check_one(const YamlTree& value) {
    if (value.kind == YamlTree::Kind::kScalar) return plain(value);
    // What must be a number or a time is told as that.
    if (key_.shape == Shape::kText || key_.shape == Shape::kWord || key_.shape >= Shape::kName) {
      fault("bad-value", " must be one value", value.at);
    } else {
      plain(value);
    }
  }

  void plain(const YamlTree& value) {
    const std::string& text = value.text;
    switch (key_.shape) {
      case Shape::kVersion:
        if (text != "1") tell("language", "language version '" + text + "' is not known", "write glacis: 1", value.at);
        return;
      case Shape::kFlag:
        if (text != "true" && text != "false") fault("bad-value", " must be true or false", value.at);
        return;
      case Shape::kNumber:
        if (!number_in(text, key_.least, key_.most)) {
          fault("bad-value", " must be a number from " + range(), value.at);
        }
        return;
      case Shape::kComparison:
        if (!number_test(text, key_.least, key_.most)) {
          tell("bad-value", name_ + " must be a number from " + range() + ", or compared with one", "4, <30, >=4",
               value.at);
        }
        return;
      case Shape::kDuration:
        if (duration_ns(text).value_or(0) == 0)
          fault("bad-duration", " must be a time such as 30s, 10m, 4h or 1d", value.at);
        return;
      case Shape::kDate:
        if (!end_of_date_s(text)) fault("bad-date", " must be a date such as 2029-03-31", value.at);
        return;
      case Shape::kHours:
        if (!hours_span(text)) fault("bad-hours", " must be such as \"07:00-19:00\"", value.at);
        return;
      case Shape::kDays:
        if (!days_mask(text)) fault("bad-days", " must be such as mon-fri", value.at);
        return;
      case Shape::kTimeZone:
        if (!is_time_zone(text))
          tell("bad-time-zone", "'" + text + "' is not a time zone", "a name such as Europe/Berlin", value.at);
        return;
      case Shape::kAmount:
        if (!amount(text)) tell("bad-amount", name_ + " must be a number or a size", "5000, 200MB or 64MiB", value.at);
        return;
      case Shape::kRate:
        if (!is_rate(text)) tell("bad-rate", "'" + text + "' is not a rate", "such as 50MB/h or 2000/h", value.at);
        return;
      case Shape::kTechnique:
        if (!is_attack_id(text))
          tell("bad-attack", "'" + text + "' is not an ATT&CK technique", "such as T1078 or T1078.002", value.at);
        return;
      case Shape::kAddress:
      case Shape::kAnyAddress:
        return address(value);
      case Shape::kWord:
      case Shape::kWordOrNone:
        return word(value);
      default:
        return;
    }
  }

  [[nodiscard]] std::string range() const { return std::to_string(key_.least) + " to " + std::to_string(key_.most); }

  void address(const YamlTree& value) {
    const std::string& text = value.text;
    if (text == "any" && key_.shape == Shape::kAnyAddress) return;
    const auto prefix = address_prefix(text);
    if (text == "any") {
      tell("bad-address", "an asset cannot be any address",
           "its addresses, or none for what no other asset of its zone claims", value.at);
    } else if (!prefix) {
      tell("bad-address", "'" + text + "' is not an address or prefix", "10.1.0.0/16, fd00:1::/48 or any", value.at);
    } else if (!is_canonical(*prefix)) {
      tell("bad-address", "'" + text + "' has bits set beyond its length", "clear them, or write a longer length",
           value.at);
    } else if (covers_ip4_space(*prefix)) {
      tell("bad-address", "'" + text + "' covers IPv4 too", "2000::/3 is global IPv6; any is both", value.at);
    }
  }

  void word(const YamlTree& value) {
    if (position_of(value.text, key_.vocabulary) != 0) return;
    if (value.text == kNone && key_.shape == Shape::kWordOrNone) return;
    std::vector<std::string_view> known;
    for (const VocabularyWord& word : words_of(key_.vocabulary)) known.push_back(word.text);
    if (key_.shape == Shape::kWordOrNone) known.push_back(kNone);
    tell("bad-value", "'" + value.text + "' is not known for " + name_, did_you_mean(value.text, known), value.at);
  }

  void fault(Code code, const std::string& what, const Position& at) { tell(code, name_ + what, "", at); }
  void tell(Code code, std::string message, std::string hint, const Position& at) {
    diagnostics_.push_back({code, std::move(message), std::move(hint), at});
  }

  const Key& key_;
  const std::string name_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

void check_value(const Key& key, const YamlTree& value, std::vector<Diagnostic>& diagnostics) {
  ValueCheck(key, diagnostics).check(value);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const std::string best = closest(word, candidates); !best.empty()) return "did you mean '" + best + "'?";
  std::string all;
  for (const std::string_view c : candidates) all += (all.empty() ? "" : ", ") + std::string(c);
  return "one of: " + all;
}

}  // namespace glacis::control
