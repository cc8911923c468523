#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/analysis/coverage.h"
#include "control/analysis/threat_facts.h"
#include "control/threat_model/invariants.h"

namespace glacis::control {

// What a field of a query says of one subject: a number, or words; none: nothing is said.
struct Fact {
  uint32_t number = 0;
  std::vector<std::string> words;
};

// A flows line on one ordered pair of zones, or what is allowed there without a line.
struct LineCrossing {
  const ZoneElement* from = nullptr;
  const ZoneElement* to = nullptr;
  const FlowElement* line = nullptr;  // null: anything
};

// What queries ask about a model, field by field. Borrows places. Thread: one.
class InvariantFields {
 public:
  explicit InvariantFields(const Places& places);

  [[nodiscard]] const Model& model() const { return places_.model(); }
  [[nodiscard]] const Places& places() const { return places_; }
  // `field` is one of the grammar's for this kind of subject.
  [[nodiscard]] Fact of(const LineCrossing& crossing, std::string_view field) const;
  [[nodiscard]] Fact of(const AssetElement& asset, std::string_view field) const;
  [[nodiscard]] Fact of(const IdentityElement& identity, std::string_view field) const;
  [[nodiscard]] Fact of(const AbuseElement& abuse, std::string_view field) const;

  // --- what the fields are made of
  // The boundary of an ordered pair; null: none is declared.
  [[nodiscard]] const BoundaryElement* boundary(const LineCrossing& crossing) const;
  [[nodiscard]] const ControlElement* active_control(const std::string& name) const;
  // Of what the crossing reaches in its zone.
  [[nodiscard]] uint32_t sensitivity(const LineCrossing& crossing) const;
  // That the line asks for, or that may use it.
  [[nodiscard]] std::vector<const IdentityElement*> identities(const LineCrossing& crossing) const;
  // The lines of an identity, in the same sense.
  [[nodiscard]] std::vector<const FlowElement*> lines(const IdentityElement& identity) const;
  [[nodiscard]] bool readable(const FlowElement& line) const { return facts_.readable(line); }
  [[nodiscard]] uint32_t carried(const FlowElement& line) const { return facts_.carried(line); }
  [[nodiscard]] std::vector<const ControlElement*> controls(const AbuseElement& abuse) const;
  [[nodiscard]] Sight sight(const AbuseElement& abuse) const;
  [[nodiscard]] bool decided(const AbuseElement& abuse) const;

 private:
  const Places& places_;
  const ThreatFacts facts_;
  std::map<std::pair<std::string, std::string>, const BoundaryElement*> boundaries_;
  std::map<std::string, uint32_t> zone_sensitivity_;
  std::map<std::string, std::vector<const IdentityElement*>> identities_;  // by line
  mutable std::map<std::string, Sight> sights_;                            // by case; filled when first asked for
};

// The fields that are answered for a subject: those of its grammar. In the order of their names.
[[nodiscard]] std::vector<std::string_view> answered_fields(Subject subject);

}  // namespace glacis::control
