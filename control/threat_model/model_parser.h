#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/threat_model/element_reader.h"
#include "control/threat_model/model.h"
#include "control/threat_model/names.h"

namespace glacis::control {

// Builds a Model from trees; each element in a function of its own, the groups of elements in
// places_parser, traffic_parser, cases_parser, path_parser and step_parser. Used once, by parse_model.
class ModelParser {
 public:
  ModelParser(Model& model, std::vector<Diagnostic>& diagnostics)
      : model_(model), diagnostics_(diagnostics), names_(diagnostics) {}

  // Of every file first: what the other elements are read with.
  void parse_landscape(const YamlTree& top);
  void parse_elements(const YamlTree& top);
  void parse_header(const YamlTree& top);
  // After every file: what needs the whole model.
  void finish();

 private:
  // --- what all elements share (model_parser.cpp)
  // A reader for an element; its names are referred to and what it needs is carried, as the grammar says.
  ElementReader open(std::string_view element, const std::string& place, const YamlTree& tree, const Position& at);
  // A map inside an element: `limit`, `accept`, ... Keys are held against the grammar; nothing when absent.
  std::optional<ElementReader> open_inner(ElementReader& r, std::string_view key, const std::string& place);
  // Every entry of a section, declared as the grammar says.
  template <class E>
  void section(const YamlTree& top, std::string_view section, std::vector<E>& list,
               void (ModelParser::*read)(ElementReader&, E&));
  void not_enforced(std::string element, std::string needs, const Position& at);
  void error(Code code, std::string message, std::string hint, const Position& at);

  // --- places_parser.cpp
  void ports(const YamlTree& top);
  void hours(const YamlTree& top);
  void tap(ElementReader& r, TapElement& out);
  void zone(ElementReader& r, ZoneElement& out);
  void asset(ElementReader& r, AssetElement& out);
  void boundary(ElementReader& r, BoundaryElement& out);
  [[nodiscard]] std::vector<AddressPrefix> prefixes(ElementReader& r, bool& any);
  [[nodiscard]] std::vector<PortSpan> port_list(ElementReader& r);

  // --- traffic_parser.cpp
  void data(ElementReader& r, DataElement& out);
  void identity(ElementReader& r, IdentityElement& out);
  void traffic(ElementReader& r, TrafficElement& out);
  void flow(ElementReader& r, FlowElement& out);
  void never(ElementReader& r, NeverElement& out);
  void drift(const YamlTree& top);

  // --- cases_parser.cpp
  void abuse(ElementReader& r, AbuseElement& out);
  void risk(ElementReader& r, AbuseElement& out);
  void finding(ElementReader& r, FindingElement& out);
  void acceptance(ElementReader& r, FindingElement& out);
  void source(ElementReader& r, SourceElement& out);
  void control(ElementReader& r, ControlElement& out);
  void assumption(ElementReader& r, AssumptionElement& out);
  void requirement(ElementReader& r, RequirementElement& out);
  void hunt(ElementReader& r, HuntElement& out);
  void answer(ElementReader& r, AnswerElement& out);

  // --- path_parser.cpp
  void path(const YamlTree& tree, AbuseElement& out);
  PathElement group(const YamlTree& tree, int depth);
  PathElement node(const YamlTree& tree, int depth);
  void step_id(const std::string& id, const Position& at);
  void alert_points(ElementReader& r, AbuseElement& out);
  void check_variables(const AbuseElement& abuse, const Position& respond_at);

  // --- step_parser.cpp
  StepElement step(const YamlTree& tree);
  [[nodiscard]] std::string verb_of(const YamlTree& tree, const Position& at);
  void content_step(ElementReader& r, StepElement& out);
  void anomaly_step(ElementReader& r, StepElement& out);
  void aggregate_step(ElementReader& r, StepElement& out);
  void elsewhere(ElementReader& r, StepElement& out);
  void ends_of_step(ElementReader& r, const std::string& verb, StepElement& out, bool keys);
  void conditions(ElementReader& r, StepElement& out);
  [[nodiscard]] std::vector<Word> end(ElementReader& r, std::string_view key, uint32_t wanted,
                                      std::string& variable_out, bool keys);
  void variable(const std::string& name, const Position& at, bool keys);
  [[nodiscard]] std::vector<StepElement> inner_step(const YamlTree* tree, bool keys);
  [[nodiscard]] std::vector<StepElement> hunted_step(const YamlTree* tree);
  void what_is_seen(ElementReader& r, const std::string& place, StepElement& out);
  // A step that needs what no sensor has is carried only. kFirst: told unless something was told of the step before.
  enum class Tell : uint8_t { kFirst, kEach };
  void lacks(StepElement& step, const std::string& place, const std::string& needs, const Position& at, Tell tell);

  Model& model_;
  std::vector<Diagnostic>& diagnostics_;
  NameTable names_;
  std::map<std::string, std::vector<PortSpan>> port_groups_;
  std::string time_zone_ = "UTC";

  // The abuse case or hunt that is being read.
  struct Variable {
    Position at;
    int uses = 0;
    bool keys = false;  // of an aggregate
  };
  struct Case {
    std::string place;  // "abuse/AC1"
    bool hunt = false;  // none of it is enforced, whatever it asks for
    std::set<std::string> ids;
    std::map<std::string, Variable> variables;
  };
  Case case_;
};

}  // namespace glacis::control
