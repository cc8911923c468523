#include "control/cli/rollout_text.h"

#include <algorithm>
#include <ostream>

#include "control/cli/terminal_text.h"
#include "control/report/check.h"
#include "glacis/v1/model.pb.h"

namespace glacis::control {
namespace {

constexpr size_t kTapWidth = 8, kStateWidth = 10;

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string join(const auto& parts, const std::string& between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : between) + printable(part);
  return out;
}

std::string tap_name(const std::string& tap) { return tap.empty() ? "no tap" : printable(tap); }

std::string state_name(v1::RolloutState state) {
  if (!v1::RolloutState_IsValid(state)) return "?";
  return v1::RolloutState_Name(state).substr(sizeof "ROLLOUT_STATE_" - 1);
}

Ink ink_of(v1::RolloutState state) {
  switch (state) {
    case v1::ROLLOUT_STATE_ACTIVE:
      return Ink::kGreen;
    case v1::ROLLOUT_STATE_REJECTED:
      return Ink::kRed;
    case v1::ROLLOUT_STATE_AWAY:
    case v1::ROLLOUT_STATE_SUPERSEDED:
      return Ink::kYellow;
    default:
      return Ink::kDim;
  }
}

// What there is to say about an event, one line each.
std::vector<std::string> news_of(const v1::WatchRolloutResponse& event, int before) {
  switch (event.state()) {
    case v1::ROLLOUT_STATE_OFFERED:
      return {"policy " + version_text(event.version(), event.digest())};
    case v1::ROLLOUT_STATE_WARMED:
      return {"in " + duration_text(event.warm_ns())};
    case v1::ROLLOUT_STATE_ACTIVE:
      if (before != v1::ROLLOUT_STATE_WARMED) return {"runs it already"};
      return {counted(event.packets_lost_at_swap(), "packet") + " lost, longest worker pause " +
              duration_text(event.longest_pause_ns())};
    case v1::ROLLOUT_STATE_REJECTED: {
      if (event.errors().empty()) return {"without a reason; the sensor's log may say"};
      std::vector<std::string> reasons;
      for (const std::string& error : event.errors()) reasons.push_back(printable(error));
      return reasons;
    }
    case v1::ROLLOUT_STATE_AWAY:
      return {"gets it when it comes back"};
    case v1::ROLLOUT_STATE_SUPERSEDED:
      return {"a newer push took its place; see glacis status"};
    default:
      return {"a state that this glacis does not know; is it older than glacis-control?"};
  }
}

}  // namespace

std::vector<Diagnostic> diagnostics_of(const v1::PushModelResponse& response) {
  std::vector<Diagnostic> out;
  for (const v1::Diagnostic& d : response.diagnostics()) {
    const bool known = d.level() >= v1::LEVEL_NOTE && d.level() <= v1::LEVEL_ERROR;
    out.push_back({known ? static_cast<Level>(d.level()) : Level::kError,
                   printable(d.code()),
                   printable(d.message()),
                   printable(d.hint()),
                   {printable(d.line().file()), d.line().line(), d.line().column()}});
  }
  return out;
}

void set_diagnostics(const std::vector<Diagnostic>& diagnostics, v1::PushModelResponse& response) {
  response.clear_diagnostics();
  for (const Diagnostic& d : diagnostics) {
    v1::Diagnostic& out = *response.add_diagnostics();
    out.set_level(static_cast<v1::Level>(d.level));
    out.set_code(d.code);
    out.set_message(d.message);
    out.set_hint(d.hint);
    out.mutable_line()->set_file(d.at.file);
    out.mutable_line()->set_line(d.at.line);
    out.mutable_line()->set_column(d.at.column);
  }
}

void print_accepted(const std::string& headline, const v1::PushModelResponse& response, std::ostream& out) {
  for (v1::NotEnforced element : response.not_enforced()) {
    element.set_element(printable(element.element()));
    element.mutable_line()->set_file(printable(element.line().file()));
    print_not_enforced(element, out);
  }
  out << headline << ", " << counted(static_cast<uint64_t>(response.not_enforced_size()), "element")
      << " not enforced yet\n";
  for (const v1::TapPolicy& policy : response.policies()) {
    // The policy of sensors without a tap is there on every push; it says something if there are
    // any.
    if (policy.tap().empty() && policy.sensors().empty()) continue;
    out << "  " << padded(tap_name(policy.tap()), kTapWidth) << "  policy "
        << version_text(policy.version(), policy.digest()) << ", " << counted(policy.rules(), "rule") << ", "
        << (policy.sensors().empty() ? "no sensor connected" : join(policy.sensors(), ", ")) << "\n";
  }
}

void RolloutText::print(const v1::WatchRolloutResponse& event) {
  const std::string head =
      "  " + padded(printable(event.sensor()), sensor_width_) + "  " + padded(tap_name(event.tap()), kTapWidth) + "  ";
  const std::string name = state_name(event.state());
  std::string label = inked(name, ink_of(event.state()), console_.colour);
  label.append(kStateWidth - std::min(kStateWidth, name.size()), ' ');
  bool first = true;
  for (const std::string& line : news_of(event, states_[event.sensor()])) {
    console_.out << (first ? head + label : std::string(head.size() + kStateWidth, ' ')) << "  " << line << "\n";
    first = false;
  }
  console_.out.flush();
  note(event);
}

void RolloutText::note(const v1::WatchRolloutResponse& event) { states_[event.sensor()] = event.state(); }

void RolloutText::print_summary() {
  std::map<int, uint64_t> count;
  for (const auto& [sensor, state] : states_) ++count[state];
  if (states_.empty()) {
    console_.out << "no sensor is known yet; each gets its policy when it connects\n";
    return;
  }
  console_.out << "active on " << counted(count[v1::ROLLOUT_STATE_ACTIVE], "sensor");
  const auto also = [&](v1::RolloutState state, const char* words) {
    if (count[state] != 0) console_.out << ", " << words << " " << count[state];
  };
  also(v1::ROLLOUT_STATE_REJECTED, "refused by");
  also(v1::ROLLOUT_STATE_SUPERSEDED, "superseded on");
  also(v1::ROLLOUT_STATE_AWAY, "away:");
  console_.out << "\n";
}

std::string RolloutText::unanswered() const {
  std::string out;
  for (const auto& [sensor, state] : states_) {
    if (state != v1::ROLLOUT_STATE_OFFERED && state != v1::ROLLOUT_STATE_WARMED) continue;
    out += (out.empty() ? "" : ", ") + printable(sensor);
  }
  return out.empty() ? "the control plane" : out;
}

bool RolloutText::active_everywhere() const {
  return std::all_of(states_.begin(), states_.end(), [](const auto& entry) {
    return entry.second == v1::ROLLOUT_STATE_ACTIVE || entry.second == v1::ROLLOUT_STATE_AWAY;
  });
}

}  // namespace glacis::control
