#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/threat_model/element_reader.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// Builds a Model from trees; each element in a function of its own. Used once, by parse_model.
class ModelParser {
 public:
  ModelParser(Model& model, std::vector<Diagnostic>& diagnostics) : model_(model), diagnostics_(diagnostics) {}

  void parse(const YamlTree& top);
  // After every file: references, duplicates, containment.
  void check_references();

 private:
  void header(const YamlTree& tree);
  void taps(const YamlTree& tree);
  void ports(const YamlTree& tree);
  void hours(const YamlTree& tree);
  void zone(const std::string& id, const YamlTree& tree);
  void boundary(const std::string& id, const YamlTree& tree);
  void data(const std::string& id, const YamlTree& tree);
  void asset(const std::string& id, const YamlTree& tree);
  void identity(const std::string& id, const YamlTree& tree);
  void flow(const std::string& id, const YamlTree& tree);
  void never(const std::string& id, const YamlTree& tree);
  void abuse(const std::string& id, const YamlTree& tree);
  void finding(const std::string& id, const YamlTree& tree);
  void drift(const YamlTree& tree);
  // Keys held against the grammar, carried as not enforced yet.
  void carried(std::string_view kind, const std::string& id, const YamlTree& tree, const std::string& needs);

  PathElement group(const YamlTree& tree, int depth, const std::string& element);
  PathElement node(const YamlTree& tree, int depth, const std::string& element);
  StepElement step(const YamlTree& tree, const std::string& element);
  void content_step(const YamlTree& tree, ElementReader& r, StepElement& out);

  using Parse = void (ModelParser::*)(const std::string&, const YamlTree&);
  void each(const YamlTree& tree, Parse one);
  [[nodiscard]] std::vector<AddressPrefix> prefixes(ElementReader& r, std::string_view key, bool& any);
  [[nodiscard]] std::vector<PortSpan> port_list(ElementReader& r);
  void not_enforced(std::string element, std::string needs, const Position& at);
  void error(std::string code, std::string message, std::string hint, const Position& at);
  void declare(const std::string& id, const Position& at);

  // A name that must be declared, and as what.
  struct Reference {
    std::string name;
    Position at;
    std::string kinds;  // letters: z zone, a asset, f flow, d data, n never, t tap, c abuse case, b boundary, i identity
  };
  void refer(const std::vector<std::string>& names, const Position& at, std::string kinds);
  void check_addresses();

  Model& model_;
  std::vector<Diagnostic>& diagnostics_;
  std::map<std::string, std::vector<PortSpan>> port_groups_;
  std::map<std::string, Position> declared_;
  std::map<std::string, char> kind_;
  std::vector<Reference> references_;
  HoursSpan default_hours_;
};

}  // namespace glacis::control
