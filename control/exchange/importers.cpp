#include "control/exchange/importers.h"

#include <algorithm>

namespace glacis::control {

std::vector<std::string> IdMap::ids_of(const std::vector<std::string>& names) const {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::string id = id_of(name);
    if (!id.empty() && std::ranges::find(out, id) == out.end()) out.push_back(std::move(id));
  }
  return out;
}

void note_rest(Draft& draft, std::string_view where, const YamlTree& element,
               std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : element.entries) {
    const bool nothing = value.text.empty() || value.text == "false" || value.text == "0" || value.text == "-1";
    const bool empty = nothing && value.items.empty() && value.entries.empty();
    if (!empty && std::ranges::find(known, key.text) == known.end()) draft.passed_over(where, key.text);
  }
}

}  // namespace glacis::control
