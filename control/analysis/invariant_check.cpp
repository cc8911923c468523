#include "control/analysis/invariant_check.h"

#include <algorithm>
#include <tuple>

#include "control/threat_model/grammar.h"
#include "control/threat_model/value.h"
#include "control/threat_model/value_check.h"

namespace glacis::control {
namespace {

constexpr size_t kPairsTold = 3;

// What could be denied of a model's crossings: one line, boundary, or drift, with its pairs.
struct Lines {
  std::string kind, id;
  Position at;
  std::vector<LineCrossing> pairs;
};

bool fits(const Key& key, const std::string& wanted, const Fact& fact) {
  if (key.shape == Shape::kComparison) {
    const auto compared = number_test(wanted, key.least, key.most);
    return compared && compared->holds(fact.number);
  }
  if (wanted == kNone && fact.words.empty()) return true;
  return std::ranges::find(fact.words, wanted) != fact.words.end();
}

bool port_fits(const std::string& wanted, const LineCrossing& crossing) {
  return crossing.line == nullptr ||
         ports_meet(port_spans(wanted).value_or(std::vector<PortSpan>()), crossing.line->ports);
}

template <class Element>
bool field_fits(const QueryField& field, const Element& element, Subject subject, const InvariantFields& fields) {
  if constexpr (std::is_same_v<Element, LineCrossing>) {
    if (field.name == "port")
      return std::ranges::any_of(field.wanted, [&](const std::string& w) { return port_fits(w, element); });
  }
  const Key* key = key_of(grammar_of(query_element(subject)).keys, field.name);
  const Fact fact = fields.of(element, field.name);
  return std::ranges::any_of(field.wanted, [&](const std::string& wanted) { return fits(*key, wanted, fact); });
}

template <class Element>
bool denied(const InvariantElement& invariant, const Element& element, const InvariantFields& fields) {
  return std::ranges::all_of(
      invariant.fields, [&](const QueryField& field) { return field_fits(field, element, invariant.subject, fields); });
}

// What no line models is allowed here: by its boundary, else by drift.
bool by_drift(const Model& model, const InvariantFields& fields, const LineCrossing& pair) {
  const BoundaryElement* boundary = fields.boundary(pair);
  return model.drift_crossing == v1::UNMODELLED_ALLOW &&
         (boundary == nullptr || boundary->unmodelled == v1::UNMODELLED_UNSPECIFIED);
}

std::vector<Lines> lines_of(const InvariantFields& fields) {
  const Model& model = fields.model();
  std::vector<Lines> out;
  for (const FlowElement& flow : model.flows) {
    Lines& one = out.emplace_back("flows", flow.id, flow.at);
    for (const ZoneElement* from : fields.places().zones(flow.from)) {
      for (const ZoneElement* to : fields.places().zones(flow.to)) {
        if (from != to) one.pairs.push_back({from, to, &flow});
      }
    }
  }
  for (const BoundaryElement& boundary : model.boundaries) {
    if (boundary.unmodelled != v1::UNMODELLED_ALLOW) continue;
    out.push_back({"boundaries",
                   boundary.id,
                   boundary.at,
                   {{fields.places().zone(boundary.from), fields.places().zone(boundary.to), nullptr}}});
  }
  Lines drift{"drift", "drift", model.drift_at, {}};
  for (const ZoneElement& from : model.zones) {
    for (const ZoneElement& to : model.zones) {
      const LineCrossing pair{&from, &to, nullptr};
      if (&from != &to && by_drift(model, fields, pair)) drift.pairs.push_back(pair);
    }
  }
  out.push_back(std::move(drift));
  return out;
}

class Search {
 public:
  explicit Search(const Places& places) : fields_(places), lines_(lines_of(fields_)) {}

  void add(const InvariantElement& invariant, std::vector<Violation>& out) const {
    const Model& model = fields_.model();
    switch (invariant.subject) {
      case Subject::kCrossing:
        return add_crossings(invariant, out);
      case Subject::kAsset:
        return add_all(invariant, "assets", model.assets, out);
      case Subject::kIdentity:
        return add_all(invariant, "identities", model.identities, out);
      case Subject::kCase:
        return add_all(invariant, "abuse", model.abuse, out);
    }
  }

 private:
  void add_crossings(const InvariantElement& invariant, std::vector<Violation>& out) const {
    for (const Lines& one : lines_) {
      std::vector<std::string> pairs;
      for (const LineCrossing& pair : one.pairs) {
        if (denied(invariant, pair, fields_)) pairs.push_back(pair.from->id + " to " + pair.to->id);
      }
      if (!pairs.empty()) out.push_back({&invariant, one.kind, one.id, std::move(pairs), one.at});
    }
  }

  template <class E>
  void add_all(const InvariantElement& invariant, const char* kind, const std::vector<E>& elements,
               std::vector<Violation>& out) const {
    for (const E& element : elements) {
      if (denied(invariant, element, fields_)) out.push_back({&invariant, kind, element.id, {}, element.at});
    }
  }

  const InvariantFields fields_;
  const std::vector<Lines> lines_;
};

std::string pairs_text(const std::vector<std::string>& pairs) {
  if (pairs.empty()) return "";
  std::string out = " from " + pairs[0];
  for (size_t i = 1; i < std::min(pairs.size(), kPairsTold); ++i) out += ", " + pairs[i];
  if (pairs.size() > kPairsTold) out += " (and " + std::to_string(pairs.size() - kPairsTold) + " more)";
  return out;
}

Diagnostic told(const Violation& violation, const std::string& file, const std::string& model) {
  const InvariantElement& invariant = *violation.invariant;
  const std::string element = violation.kind == violation.id ? violation.id : violation.kind + "/" + violation.id;
  return {"invariant", model + element + pairs_text(violation.pairs) + ": " + invariant.says,
          "'" + invariant.id + "' of " + place_text({file, invariant.at.line, 0}) + ", " +
              std::string(word_at(invariant.severity, Vocabulary::kSeverity)) + ": mend the model, or ask " +
              invariant.owner + " for an exemption there",
          violation.at};
}

class Exemptions {
 public:
  Exemptions(const InvariantFile& file, int64_t day_s) : file_(file), day_s_(day_s) {
    for (const ExemptionElement& exemption : file.exemptions) used_.emplace_back(exemption.elements.size(), false);
  }

  // Whether it need not hold there today; marks what it rests on.
  bool holds(const std::string& model, const Violation& violation) {
    bool exempt = false;
    for (size_t i = 0; i < file_.exemptions.size(); ++i) {
      const ExemptionElement& exemption = file_.exemptions[i];
      if (exemption.model != model || exemption.id != violation.invariant->id || expired(exemption)) continue;
      for (size_t e = 0; e < exemption.elements.size(); ++e) {
        if (exemption.elements[e] == violation.id) exempt = used_[i][e] = true;
      }
    }
    return exempt;
  }

  void tell(std::span<const Model> models, std::vector<Diagnostic>& out) const {
    for (size_t i = 0; i < file_.exemptions.size(); ++i) {
      const ExemptionElement& exemption = file_.exemptions[i];
      if (expired(exemption)) {
        out.push_back({"expired-exemption",
                       "the exemption of '" + exemption.model + "' from '" + exemption.id + "' ended on " +
                           date_text(exemption.until_s),
                       "remove it, or have " + exemption.by + " renew it", exemption.at});
      } else if (std::ranges::find(models, exemption.model, &Model::id) != models.end()) {
        tell_unused(exemption, used_[i], out);
      }
    }
  }

 private:
  [[nodiscard]] bool expired(const ExemptionElement& exemption) const { return exemption.until_s < day_s_; }

  static void tell_unused(const ExemptionElement& exemption, const std::vector<bool>& used,
                          std::vector<Diagnostic>& out) {
    for (size_t e = 0; e < used.size(); ++e) {
      if (used[e]) continue;
      out.push_back(
          {"unused-exemption",
           "'" + exemption.id + "' denies nothing at '" + exemption.elements[e] + "' of '" + exemption.model + "'",
           "remove it, or name the element that needs it", exemption.at});
    }
  }

  const InvariantFile& file_;
  const int64_t day_s_;
  std::vector<std::vector<bool>> used_;  // by exemption, by element
};

}  // namespace

std::vector<Violation> violations(const InvariantFile& file, const Places& places) {
  const Search search(places);
  std::vector<Violation> out;
  for (const InvariantElement& invariant : file.invariants) search.add(invariant, out);
  return out;
}

std::vector<Diagnostic> check_invariants(const InvariantFile& file, std::span<const Model> models, int64_t day_s) {
  std::vector<Diagnostic> out;
  Exemptions exemptions(file, day_s);
  for (const Model& model : models) {
    const auto start = static_cast<std::ptrdiff_t>(out.size());
    for (const Violation& violation : violations(file, Places(model))) {
      if (!exemptions.holds(model.id, violation))
        out.push_back(told(violation, file.name, models.size() > 1 ? model.id + "/" : ""));
    }
    std::stable_sort(out.begin() + start, out.end(), [](const Diagnostic& a, const Diagnostic& b) {
      return std::tie(a.at.file, a.at.line, a.at.column) < std::tie(b.at.file, b.at.line, b.at.column);
    });
  }
  exemptions.tell(models, out);
  return out;
}

}  // namespace glacis::control
