#include "control/cli/options.h"

#include <algorithm>
#include <charconv>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

bool Options::has(std::string_view name) const {
  return std::any_of(named.begin(), named.end(), [&](const auto& option) { return option.first == name; });
}

std::string Options::get(std::string_view name, std::string_view fallback) const {
  for (const auto& [option, value] : named) {
    if (option == name) return value;
  }
  return std::string(fallback);
}

std::vector<std::string> Options::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [option, value] : named) {
    if (option == name) out.push_back(value);
  }
  return out;
}

std::vector<std::string> Options::given(std::initializer_list<std::string_view> names) const {
  std::vector<std::string> out;
  for (const std::string_view name : names) {
    if (has(name)) out.insert(out.end(), {std::string(name), get(name)});
  }
  return out;
}

Expected<std::optional<uint64_t>> Options::number(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const std::string text = get(name);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return fail("'" + text + "' is no number", std::string(name), "a whole number from 0");
}

Expected<Options> parse_options(const std::vector<std::string>& arguments, const std::vector<OptionSpec>& specs) {
  Options out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with('-') || argument == "-") {
      out.words.push_back(argument);
      continue;
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& s) { return s.name == name; });
    if (spec == specs.end()) {
      std::vector<std::string_view> names;
      for (const OptionSpec& s : specs) names.push_back(s.name);
      const std::string best = closest(name, names);
      return fail("unknown option '" + name + "'", "",
                  best.empty() ? "--help lists them" : "did you mean '" + best + "'?");
    }
    if (!spec->repeats && out.has(name)) return fail("option '" + name + "' is given twice");
    if (spec->value.empty()) {
      if (equals != std::string::npos) return fail("option '" + name + "' takes no value");
      out.named.emplace_back(name, "");
    } else if (equals != std::string::npos) {
      out.named.emplace_back(name, argument.substr(equals + 1));
    } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
      out.named.emplace_back(name, arguments[++i]);
    } else {
      return fail("option '" + name + "' needs a value", "", name + " " + std::string(spec->value));
    }
  }
  return out;
}

}  // namespace glacis::control
