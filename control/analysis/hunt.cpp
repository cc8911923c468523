#include "control/analysis/hunt.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "control/analysis/explain_tables.h"
#include "control/analysis/flow_words.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"
#include "dataplane/signal/step_selector.h"

namespace glacis::control {
namespace {

using Kind = HuntSource::Kind;

constexpr Nanos kJudgedAgain = seconds(60);  // a flow that moves payload is asked again so often
constexpr std::string_view kVerbs = "steps: ";

bool has_ports(const FlowSummary& flow) { return flow.protocol != kIcmp && flow.protocol != kIcmpV6; }

// Whether a later packet could still change it.
bool open_outcome(const FlowSummary& flow) {
  return !flow.outcome || *flow.outcome == FlowOutcome::kAttempted || *flow.outcome == FlowOutcome::kUnknown;
}

bool about_bytes(const StepElement& step) { return step.verb == "content" || step.verb == "anomaly"; }

// What a source would have to show, and does not.
std::vector<std::string> missing(const StepElement& step, Kind kind) {
  std::vector<std::string> out;
  out.reserve(step.lacks.size() + 1);
  for (const std::string& lack : step.lacks)
    out.push_back(lack.starts_with(kVerbs) ? lack.substr(kVerbs.size()) : lack);
  if (kind == Kind::kFlowRecords && step.verb == "content") out.emplace_back("payload");
  if (kind == Kind::kFlowRecords && step.verb == "anomaly") out.emplace_back("packets");
  return out;
}

std::string cannot(const StepElement& step, Kind kind) {
  const std::vector<std::string> lacks = missing(step, kind);
  if (lacks.empty()) return "";
  return std::string(kind == Kind::kFlowRecords ? "from flow records" : "from captures yet") + ": needs " +
         joined(lacks);
}

// One flow, whichever file it stands in.
auto identity(const FlowSummary& flow) {
  return std::tie(flow.first, flow.protocol, flow.initiator, flow.responder, flow.initiator_port, flow.responder_port);
}

}  // namespace

// One hunt, asked of one source after the other.
class Hunter::Asked {
 public:
  Asked(const Hunter& hunter, const HuntElement& hunt, Stretch window)
      : model_(hunter.model_), generation_(*hunter.generation_), hunt_(hunt), step_(hunt.run[0]), window_(window) {
    const std::vector<PathRule>& paths = generation_.paths().paths;
    for (size_t i = 0; i < paths.size(); ++i) {
      if (paths[i].id == hunt.id) path_ = static_cast<uint16_t>(i);
    }
  }

  void look_into(const HuntSource& source, HuntAnswer& out) {
    const auto hits = source.hits.find(hunt_.id);
    for (const FlowSummary& recorded : source.flows) {
      if (recorded.first > window_.last || recorded.last < window_.first) continue;
      const FlowSummary flow = source.kind == Kind::kFlowRecords ? directed(recorded) : recorded;
      if (!admits(flow)) continue;
      const bool hit = source.kind == Kind::kCaptures ? hits != source.hits.end() && hits->second.contains(flow.id)
                                                      : holds(flow, flow.outcome.value_or(FlowOutcome::kUnknown));
      if (hit) {
        out.flows.push_back({flow, end_of(flow.initiator), end_of(flow.responder)});
      } else if (could_hold(flow)) {
        ++undecided_;
      } else if (flow.unsearched && could_contain(flow)) {
        ++unsearched_;
      }
    }
  }

  // What is left open where nothing was found; empty: nothing.
  [[nodiscard]] std::string undecided() const {
    if (undecided_ == 0) return "";
    return counted(undecided_, "flow") + (undecided_ == 1 ? " fits" : " fit") + ", but whether " +
           (undecided_ == 1 ? "it was " : "they were ") + (rule().needs_denied ? "denied" : "established") +
           " was not seen";
  }
  [[nodiscard]] uint64_t unsearched() const { return unsearched_; }

 private:
  [[nodiscard]] const PathStepRule& rule() const { return generation_.paths().paths[path_].steps[0]; }
  [[nodiscard]] PlaceId place(const IpAddress& address) const { return generation_.zones().place(address); }

  [[nodiscard]] Question question(const FlowSummary& flow, Nanos time) const {
    return {place(flow.initiator), place(flow.responder), has_ports(flow) ? flow.responder_port : uint16_t{0},
            flow.protocol, time};
  }

  // As this model reads a flow whose direction no packet has proved; the record was written under another policy.
  [[nodiscard]] FlowSummary directed(const FlowSummary& recorded) const {
    if (!recorded.direction_assumed || never_crosses(recorded.initiator) || never_crosses(recorded.responder))
      return recorded;
    FlowSummary guessed = recorded;
    if (has_ports(guessed) && guessed.initiator_port < guessed.responder_port) turn(guessed);
    FlowSummary reversed = guessed;
    turn(reversed);
    const EitherWay decided = generation_.judge().judge_either(question(guessed, guessed.first),
                                                               question(reversed, reversed.first), generation_.zones());
    return decided.turned ? reversed : guessed;
  }

  static void turn(FlowSummary& flow) {
    std::swap(flow.initiator, flow.responder);
    std::swap(flow.initiator_port, flow.responder_port);
    std::swap(flow.bytes_to_initiator, flow.bytes_to_responder);
  }

  // What a step of a case cannot say, or a record's hit does not compare.
  [[nodiscard]] bool admits(const FlowSummary& flow) const {
    const ZoneTable::Place& from = generation_.zones().at(place(flow.initiator));
    const bool outside = std::ranges::none_of(step_.outside, [&](const std::string& name) { return in(name, from); });
    const bool itself = !step_.from_variable.empty() && step_.from_variable == step_.to_variable;
    return outside && (!itself || flow.initiator == flow.responder);
  }

  [[nodiscard]] bool in(const std::string& name, const ZoneTable::Place& place) const {
    return zone_at(place) == name || stands_at(generation_.policy(), place, 0, model_.id + "/" + name);
  }

  [[nodiscard]] std::string zone_at(const ZoneTable::Place& place) const {
    return place.zone.value == 0 ? "unknown" : generation_.policy().zones(place.zone.value - 1).id();
  }

  [[nodiscard]] StepQuestion step_question(const FlowSummary& flow, Nanos time, FlowOutcome outcome) const {
    const Question ends = question(flow, time);
    const bool judged = !never_crosses(flow.initiator) && !never_crosses(flow.responder);
    return {ends, judged ? generation_.judge().judge(ends, generation_.zones()).line : kNoRule, true, outcome};
  }

  [[nodiscard]] bool holds(const FlowSummary& flow, FlowOutcome outcome) const {
    bool hit = false;
    const auto note = [&](StepHit one) { hit |= one.path.value == path_; };
    const StepSelector selector(generation_.paths(), generation_.judge());
    selector.on_judged(step_question(flow, flow.first, outcome), note);
    if (!hit && flow.last - flow.first >= kJudgedAgain)
      selector.on_judged(step_question(flow, flow.last, outcome), note);
    return hit;
  }

  // It fits but for an outcome that was not seen.
  [[nodiscard]] bool could_hold(const FlowSummary& flow) const {
    if (!open_outcome(flow) || (!rule().needs_established && !rule().needs_denied)) return false;
    return holds(flow, rule().needs_denied ? FlowOutcome::kUnanswered : FlowOutcome::kEstablished);
  }

  // Its ends fit, so that bytes which were not searched might have been it.
  [[nodiscard]] bool could_contain(const FlowSummary& flow) const {
    bool hit = false;
    if (rule().pattern_ids.empty()) return false;
    StepSelector(generation_.paths(), generation_.judge())
        .on_content(step_question(flow, flow.first, flow.outcome.value_or(FlowOutcome::kData)), rule().pattern_ids[0],
                    [&](StepHit one) { hit |= one.path.value == path_; });
    return hit;
  }

  [[nodiscard]] HuntedEnd end_of(const IpAddress& address) const {
    const ZoneTable::Place& at = generation_.zones().at(place(address));
    HuntedEnd out{zone_at(at), {}};
    for (const AssetElement& asset : model_.assets) {
      if (stands_at(generation_.policy(), at, 0, model_.id + "/" + asset.id)) out.assets.push_back(asset.id);
    }
    return out;
  }

  const Model& model_;
  const Generation& generation_;
  const HuntElement& hunt_;
  const StepElement& step_;
  const Stretch window_;
  uint16_t path_ = 0;
  uint64_t undecided_ = 0, unsearched_ = 0;
};

namespace {

// From `over` before its end to its end; without `over` from the first that is stored.
Stretch window_of(const HuntElement& hunt, std::span<const HuntSource> sources, std::optional<Nanos> at) {
  std::vector<Stretch> all;
  for (const HuntSource& source : sources) all.insert(all.end(), source.seen.begin(), source.seen.end());
  all = joined_stretches(std::move(all), Nanos(0));
  Stretch out;
  if (!all.empty()) out = {all.front().first, all.back().last};
  if (at) out.last = *at;
  if (hunt.over_ns != 0 || out.first > out.last) out.first = Nanos(out.last.value - hunt.over_ns);
  return out;
}

std::vector<Stretch> within(std::vector<Stretch> seen, const Stretch& window) {
  std::erase_if(seen, [&](const Stretch& one) { return one.last < window.first || one.first > window.last; });
  for (Stretch& one : seen) one = {std::max(one.first, window.first), std::min(one.last, window.last)};
  return joined_stretches(std::move(seen), Nanos(0));
}

// Each flow once, the most recent first.
void tidy(std::vector<HuntedFlow>& flows) {
  std::ranges::stable_sort(flows, [](const HuntedFlow& a, const HuntedFlow& b) {
    return std::tuple(b.flow.last, identity(b.flow)) < std::tuple(a.flow.last, identity(a.flow));
  });
  const auto again = std::ranges::unique(
      flows, [](const HuntedFlow& a, const HuntedFlow& b) { return identity(a.flow) == identity(b.flow); });
  flows.erase(again.begin(), again.end());
}

void conclude(HuntAnswer& out, const std::string& undecided) {
  out.result = HuntResult::kUnknown;
  if (!out.flows.empty()) {
    out.result = HuntResult::kYes;
  } else if (out.seen.empty()) {
    out.why = "nothing that is stored is of that time";
  } else if (!undecided.empty()) {
    out.why = undecided;
  } else {
    out.result = HuntResult::kNo;
  }
}

}  // namespace

Hunter::~Hunter() = default;

std::expected<std::unique_ptr<Hunter>, std::vector<Diagnostic>> Hunter::make(Model model) {
  std::unique_ptr<Hunter> out(new Hunter(std::move(model)));
  RuleIds ids;
  const auto policy = compile({&out->model_, 1}, "", ids, CompileFor::kHunt);
  if (!policy) return std::unexpected(policy.error());
  out->policy_ = serialise(*policy);
  auto generation = built(*policy);
  if (!generation) return std::unexpected(std::move(generation.error()));
  out->generation_ = std::move(*generation);
  return out;
}

HuntAnswer Hunter::answer(const HuntElement& hunt, std::span<const HuntSource> sources, std::optional<Nanos> at) const {
  HuntAnswer out;
  out.id = hunt.id;
  out.ask = hunt.ask;
  out.owner = hunt.owner;
  out.at = hunt.at;
  out.over_ns = hunt.over_ns;
  out.window = window_of(hunt, sources, at);
  if (hunt.run.empty()) {
    out.why = "it has no run, which says what to look for";
    return out;
  }
  Asked asked(*this, hunt, out.window);
  std::vector<Stretch> seen;
  bool answered = false;
  for (const HuntSource& source : sources) {
    if (const std::string why = cannot(hunt.run[0], source.kind); !why.empty()) {
      out.unasked.push_back("cannot be answered " + why);
      continue;
    }
    answered = true;
    asked.look_into(source, out);
    seen.insert(seen.end(), source.seen.begin(), source.seen.end());
    out.losses.insert(out.losses.end(), source.losses.begin(), source.losses.end());
    if (about_bytes(hunt.run[0]))
      out.losses.insert(out.losses.end(), source.payload_losses.begin(), source.payload_losses.end());
  }
  if (!answered) {
    out.why = joined(out.unasked, "; ");
    return out;
  }
  if (asked.unsearched() != 0)
    out.losses.push_back(counted(asked.unsearched(), "flow") + " that fit, but for bytes that were not searched");
  tidy(out.flows);
  out.seen = within(std::move(seen), out.window);
  for (const Stretch& one : out.seen) out.looked_at = out.looked_at + (one.last - one.first);
  conclude(out, asked.undecided());
  return out;
}

}  // namespace glacis::control
