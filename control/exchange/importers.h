#pragma once

#include <map>
#include <string>

#include "control/exchange/draft.h"
#include "control/exchange/tree.h"

namespace glacis::control {

// One for each format: what the tree of a file has goes into the draft; what has no place there is noted. They do not
// fail: what is missing or of another shape is empty. Thread: one.
void import_threagile(const YamlTree& tree, Draft& draft);
void import_threat_dragon(const YamlTree& tree, Draft& draft);
void import_otm(const YamlTree& tree, Draft& draft);
void import_tmt(const YamlTree& tree, Draft& draft);
void import_pytm(const YamlTree& tree, Draft& draft);
void import_tm_bom(const YamlTree& tree, Draft& draft);
void import_threatcl(const YamlTree& tree, Draft& draft);

// The file's names for things and the draft's ids of them; of two with one name the first stays.
class IdMap {
 public:
  void put(const std::string& name, const std::string& id) {
    if (!name.empty()) ids_.emplace(name, id);
  }
  // Empty: none.
  [[nodiscard]] std::string id_of(const std::string& name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? "" : found->second;
  }
  // Of those that are known.
  [[nodiscard]] std::vector<std::string> ids_of(const std::vector<std::string>& names) const;

 private:
  std::map<std::string, std::string> ids_;
};

// Notes each key of the element that is not among `known` and says something: neither empty, nor false, 0 or -1.
void note_rest(Draft& draft, std::string_view where, const YamlTree& element,
               std::initializer_list<std::string_view> known);

}  // namespace glacis::control
