#include <algorithm>

#include "control/analysis/explain.h"
#include "control/analysis/explain_tables.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

std::string_view action_name(UnmodelledAction action) {
  return word_at(static_cast<int>(action), Vocabulary::kUnmodelled);
}

// Behind what an element says: " (web-shop.yaml:26)"; nothing where it does not stand in a file.
std::string place_behind(const Position& at) { return at.line == 0 ? "" : " (" + place_text(at) + ")"; }

std::string text_of(const std::vector<Ports>& ports) {
  std::vector<PortSpan> spans;
  for (const Ports& p : ports) spans.push_back({p.first, p.last});
  return port_text(spans);
}

}  // namespace

// One flow, asked of the generation's own tables.
class Explainer::Asked {
 public:
  Asked(const Explainer& explainer, const AskedFlow& asked, Nanos time)
      : explainer_(explainer),
        generation_(*explainer.generation_),
        policy_(generation_.policy()),
        tables_(generation_.judge().tables()),
        asked_(asked) {
    q_.initiator = generation_.zones().place(asked.from);
    q_.responder = generation_.zones().place(asked.to);
    q_.responder_port = asked.port;
    q_.protocol = asked.protocol;
    q_.time = time;
    from_ = generation_.zones().zone(q_.initiator);
    to_ = generation_.zones().zone(q_.responder);
  }

  FlowAnswer answer() {
    out_.from = explainer_.place_of(asked_.written_from, asked_.from, q_.initiator);
    out_.to = explainer_.place_of(asked_.written_to, asked_.to, q_.responder);
    out_.crosses = !never_crosses(asked_.from) && !never_crosses(asked_.to);
    if (!out_.crosses) return std::move(out_);
    verdict_ = generation_.judge().judge(q_, generation_.zones());
    taps();
    nevers();
    flows();
    if (verdict_.line == kNoRule) without_line();
    outcome();
    data();
    steps();
    not_enforced();
    return std::move(out_);
  }

 private:
  void taps() {
    const ZoneElement *from = explainer_.zone(out_.from.zone), *to = explainer_.zone(out_.to.zone);
    if (from == nullptr || to == nullptr) {
      out_.notes.emplace_back("an end is in no zone: whichever tap sees the flow judges it");
      return;
    }
    out_.taps = explainer_.taps(*from, *to);
    if (out_.taps.empty()) out_.notes.emplace_back("no tap is said to see it: nothing is judged unless one does");
  }

  void nevers() {
    for (const NeverRule& never : tables_.nevers) {
      if (never.carries != 0 || !ends_hold(never)) continue;
      LineAnswer line = line_answer(never.rule);
      const auto except =
          std::ranges::find_if(never.except, [&](uint32_t i) { return generation_.judge().line_matches(i, q_); });
      if (!port_holds(never)) {
        line.says = "is about port " + text_of(never.ports);
      } else if (except != never.except.end()) {
        line.says = "excepted by " + explainer_.element_of(tables_.lines[*except].rule);
      } else {
        line.says = "forbids it";
        line.holds = true;
      }
      out_.nevers.push_back(std::move(line));
    }
  }

  void flows() {
    for (uint32_t i = 0; i < tables_.lines.size(); ++i) {
      const FlowLineRule& rule = tables_.lines[i];
      if (!ends_hold(rule)) continue;
      LineAnswer line = line_answer(rule.rule);
      line.holds = generation_.judge().line_matches(i, q_);
      line.says = line.holds ? "allows it" : why_not(rule, policy_.flows(static_cast<int>(i)));
      out_.flows.push_back(std::move(line));
      if (out_.flows.back().holds) note_app(policy_.flows(static_cast<int>(i)), rule.rule);
    }
    if (verdict_.line != kNoRule) return;
    Question back = q_;
    std::swap(back.initiator, back.responder);
    for (uint32_t i = 0; i < tables_.lines.size(); ++i) {
      if (generation_.judge().line_matches(i, back))
        out_.notes.push_back(explainer_.element_of(tables_.lines[i].rule) +
                             " allows the other direction only; answers belong to the flow that they answer");
    }
  }

  std::string why_not(const FlowLineRule& rule, const v1::FlowLine& line) const {
    if (!port_holds(rule)) return "is about port " + text_of(rule.ports);
    if (rule.until_s != 0 && q_.time.value > rule.until_s * 1'000'000'000)
      return "its last day was " + date_text(rule.until_s);
    return "holds only " + hours_text(line.hours());
  }

  static std::string hours_text(const v1::Hours& hours) {
    return minute_text(hours.start_minute()) + "-" + minute_text(hours.end_minute()) + " " + hours.tz();
  }

  // Applications are in the language, and no sensor judges them yet.
  void note_app(const v1::FlowLine& line, RuleIndex rule) {
    if (asked_.app.empty() || line.apps().empty()) return;
    const bool named = std::ranges::find(line.apps(), asked_.app) != line.apps().end();
    const std::string apps = joined({line.apps().begin(), line.apps().end()});
    if (!named)
      out_.notes.push_back(explainer_.element_of(rule) + " is for " + apps + ": " + asked_.app +
                           " on it is a violation, which no sensor judges yet");
  }

  // In the order of judgement, until one says what becomes of it.
  void without_line() {
    if (from_ == to_ && tables_.flat[from_.value]) {
      out_.flat = out_.from.zone + " is flat: traffic inside is expected, though not modelled" +
                  place_behind(explainer_.zone(out_.from.zone)->at);
      return;
    }
    out_.flat = from_ == to_ ? out_.from.zone + " is not flat" : "not inside one zone";
    for (const ZonePairRule& boundary : tables_.boundaries) {
      if (boundary.from != from_ || boundary.to != to_) continue;
      out_.boundary = explainer_.element_of(boundary.rule) + " default: " + std::string(action_name(boundary.action)) +
                      place_behind(explainer_.line_of(boundary.rule));
      return;
    }
    out_.boundary = "none with a default from " + out_.from.zone + " to " + out_.to.zone;
    drift();
  }

  void drift() {
    for (const DriftRule& drift : tables_.drift) {
      const bool own = drift.declares[from_.value] || drift.declares[to_.value] ||
                       drift.assets.contains(q_.initiator) || drift.assets.contains(q_.responder);
      const Model& model = explainer_.models_[drift.model];
      std::string says = model.id + " declares neither end";
      if (own) {
        const UnmodelledAction action = from_ == to_ ? drift.inside : drift.crossing;
        says = (from_ == to_ ? "inside: " : "crossing: ") + std::string(action_name(action));
        if (explainer_.models_.size() > 1) says = model.id + " " + says;
        if (action != UnmodelledAction::kAllow && silent()) says += ", which ignores this protocol";
        says += place_behind(model.drift_at);
      }
      out_.drift += (out_.drift.empty() ? "" : "; ") + says;
    }
  }

  // Nothing is made of it, though it is in no line.
  [[nodiscard]] bool silent() const { return verdict_.modelled == ModelledAs::kAllowed; }

  void outcome() {
    for (size_t i = 0; i < verdict_.rule_count; ++i)
      out_.alerts.push_back(explainer_.alert_of(verdict_.rules[i], verdict_.severities[i]));
    switch (verdict_.modelled) {
      case ModelledAs::kLine:
        out_.modelled = "allowed by " + explainer_.element_of(verdict_.line);
        break;
      case ModelledAs::kFlat:
        out_.modelled = "expected inside a flat zone, not modelled";
        break;
      case ModelledAs::kAllowed:
        out_.modelled = "permitted without a line";
        break;
      case ModelledAs::kReported:
        out_.modelled = "reported as drift, no alert";
        break;
      case ModelledAs::kViolation:
        break;
    }
  }

  void data() {
    for (int d = 0; d < policy_.data_size(); ++d) {
      if (policy_.data(d).patterns().empty()) continue;
      const Verdict seen = generation_.judge().judge_data(q_, static_cast<uint32_t>(d), generation_.zones());
      LineAnswer line = line_answer(tables_.data[static_cast<size_t>(d)].rule);
      line.holds = seen.rule_count != 0;
      line.says = "may be on it";
      if (line.holds)
        line.says = "in clear is an alert, " + std::string(word_at(seen.severities[0], Vocabulary::kSeverity)) +
                    ", of " + explainer_.element_of(seen.rules[0]);
      out_.data.push_back(std::move(line));
    }
  }

  void steps() {
    const std::vector<PathRule>& paths = generation_.paths().paths;
    generation_.paths().flow_steps.each(q_.initiator, q_.responder, [&](const StepsByEnds::At& at) {
      const PathRule& path = paths[at.path.value];
      const PathStepRule& step = path.steps[at.step.value];
      const bool line =
          step.flow_line < 0 || generation_.judge().line_matches(static_cast<uint32_t>(step.flow_line), q_);
      const bool modelled = step.needs_unmodelled && verdict_.line != kNoRule;
      if (!port_holds(step.ends) || !line || modelled) return;
      LineAnswer answer = line_answer(path.rule);
      answer.element += "." + step.id;
      answer.at = explainer_.step_line(path.rule, step.id);
      answer.holds = true;
      answer.says = step.needs_established ? "once established"
                    : step.needs_denied    ? "once denied"
                                           : "at its judgement";
      out_.steps.push_back(std::move(answer));
    });
  }

  // Lines that would judge it, had sensors what they need.
  void not_enforced() {
    const auto& zones = generation_.zones();
    for (const v1::NeverLine& never : policy_.nevers()) {
      if (never.enforced() || !holds(policy_, never.from(), zones.at(q_.initiator)) ||
          !holds(policy_, never.to(), zones.at(q_.responder)))
        continue;
      out_.notes.push_back(explainer_.element_of(index_of(policy_, never.rule())) + " is not enforced yet");
    }
  }

  [[nodiscard]] bool ends_hold(const JudgedRule& rule) const {
    return rule.from.contains(q_.initiator) && rule.to.contains(q_.responder);
  }
  [[nodiscard]] bool port_holds(const JudgedRule& rule) const { return port_fits(rule.ports, q_.responder_port); }
  [[nodiscard]] LineAnswer line_answer(RuleIndex rule) const {
    return {explainer_.element_of(rule), "", false, explainer_.line_of(rule)};
  }

  const Explainer& explainer_;
  const Generation& generation_;
  const v1::Policy& policy_;
  const JudgeTables& tables_;
  const AskedFlow& asked_;
  Question q_;
  ZoneId from_, to_;
  Verdict verdict_;
  FlowAnswer out_;
};

FlowAnswer Explainer::flow(const AskedFlow& asked, Nanos time) const { return Asked(*this, asked, time).answer(); }

}  // namespace glacis::control
