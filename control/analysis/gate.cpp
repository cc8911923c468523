#include "control/analysis/gate.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "control/analysis/gate_search.h"
#include "control/threat_model/mentions.h"

namespace glacis::control {
namespace {

// What check says belongs to one of these conditions; all else to "check".
struct CheckCondition {
  std::string_view id, says;
  std::array<std::string_view, 3> codes;
};
constexpr CheckCondition kInvariants = {"invariants",
                                        "the organisation's invariants hold, or are exempted",
                                        {"invariant", "expired-exemption", "unused-exemption"}};
constexpr CheckCondition kAcceptances = {"acceptances",
                                         "every accepted risk is accepted for 14 days more, by another than who asked",
                                         {"acceptance-ends", "self-accepted"}};

bool belongs(const CheckCondition& condition, const Diagnostic& d) {
  return std::ranges::find(condition.codes, d.code) != condition.codes.end();
}

GateItem item(const Diagnostic& d) { return {"", d.message + " [" + d.code + "]", d.at}; }

class Judge {
 public:
  Judge(std::span<const Model> models, const GateQuestion& question) : models_(models), question_(question) {
    out_.stage = question.stage;
  }

  Gate run() {
    from_check();
    from_models();
    return std::move(out_);
  }

 private:
  void from_check() {
    GateCondition check{GateStage::kDesign, "check", "glacis check finds no fault", {}, {}};
    GateCondition invariants{GateStage::kDesign, kInvariants.id, kInvariants.says, {}, {}};
    GateCondition acceptances{GateStage::kDesign, kAcceptances.id, kAcceptances.says, {}, {}};
    for (const Diagnostic& d : question_.check) {
      if (d.level != Level::kError) continue;
      const bool of_invariants =
          belongs(kInvariants, d) || (!question_.invariants.empty() && d.at.file == question_.invariants);
      GateCondition& to = of_invariants ? invariants : belongs(kAcceptances, d) ? acceptances : check;
      to.failures.push_back(item(d));
    }
    out_.conditions.push_back(std::move(check));
    if (!question_.invariants.empty()) out_.conditions.push_back(std::move(invariants));
    out_.conditions.push_back(std::move(acceptances));
  }

  void from_models() {
    const size_t first = out_.conditions.size();
    std::vector<const GateSearch*> asked;
    for (const std::span<const GateSearch> all : {design_conditions(), live_conditions()}) {
      for (const GateSearch& search : all) {
        if (search.condition.stage <= question_.stage) asked.push_back(&search);
      }
    }
    for (const GateSearch* search : asked) out_.conditions.push_back(search->condition);
    for (size_t i = 0; !question_.composed && i < asked.size(); ++i)
      out_.conditions[first + i].failures.push_back({"", "not judged: the models have faults", {}});
    if (!question_.composed) return;
    for (const Model& model : models_) {
      const Places places(model);
      const Coverage coverage = cover(places);
      const GateSubject subject{places, question_, coverage};
      for (size_t i = 0; i < asked.size(); ++i) ask(*asked[i], subject, out_.conditions[first + i]);
    }
  }

  // Elements of several models are told with their model; what they include is told once.
  void ask(const GateSearch& search, const GateSubject& subject, GateCondition& out) const {
    GateCondition found;
    search.find(subject, found);
    for (auto [from, to] : {std::pair(&found.failures, &out.failures), std::pair(&found.listed, &out.listed)}) {
      for (GateItem& one : *from) {
        const bool own = one.at.file == subject.model().file;
        if (own && models_.size() > 1) one.element = subject.model().id + "/" + one.element;
        if (own || !told(one, *to)) to->push_back(std::move(one));
      }
    }
  }

  static bool told(const GateItem& item, const std::vector<GateItem>& before) {
    return std::ranges::any_of(before, [&](const GateItem& other) {
      return other.at.file == item.at.file && other.at.line == item.at.line && other.element == item.element &&
             other.what == item.what;
    });
  }

  const std::span<const Model> models_;
  const GateQuestion& question_;
  Gate out_;
};

bool takes(const FindingElement& finding, const GateQuestion& question) {
  return finding.accept && finding.accept->until_s >= question.day_s;
}

}  // namespace

std::string_view gate_name(GateStage stage) {
  constexpr std::array<std::string_view, 3> kNames = {"design", "build", "live"};
  return kNames[static_cast<size_t>(stage)];
}

size_t Gate::failed() const {
  return static_cast<size_t>(
      std::ranges::count_if(conditions, [](const GateCondition& condition) { return !condition.passed(); }));
}

bool GateSubject::accepted_case(const std::string& id) const {
  return std::ranges::any_of(model().findings, [&](const FindingElement& finding) {
    return takes(finding, question) && names(finding.abuse, id);
  });
}

bool GateSubject::accepted_requirement(const std::string& id) const {
  return std::ranges::any_of(model().findings, [&](const FindingElement& finding) {
    return takes(finding, question) && names(finding.requirements, id);
  });
}

Gate judge_gate(std::span<const Model> models, const GateQuestion& question) { return Judge(models, question).run(); }

}  // namespace glacis::control
