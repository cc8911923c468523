#include <algorithm>
#include <string>
#include <utility>

#include "control/analysis/crossings.h"
#include "control/analysis/duties.h"
#include "control/analysis/static_check.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr int64_t kDay_s = 86'400, kAcceptanceNotice_s = 14 * kDay_s;

class GovernanceCheck {
 public:
  GovernanceCheck(const Places& places, int64_t day_s, std::vector<Diagnostic>& out)
      : places_(places), model_(places.model()), day_s_(day_s), out_(out) {}

  void run() {
    check_review();
    check_identities();
    check_crossings();
    for (const FindingElement& finding : model_.findings) check_finding(finding);
    for (const AssumptionElement& assumption : model_.assumptions) {
      if (!assumption.monitored)
        tell("unproved", "nothing can refute '" + assumption.id + "'", "prove: {to: db, only_from: [jump], for: 30d}",
             assumption.at);
    }
    for (const RequirementElement& requirement : model_.requirements) {
      if (!requirement.verified && requirement.source.empty())
        tell("unverified", "nothing shows that '" + requirement.id + "' is done",
             "verify: {clean: a never line, for: 14d}, or the source that shows it", requirement.at);
    }
  }

 private:
  void tell(Code code, std::string message, std::string hint, const Position& at) {
    out_.emplace_back(code, std::move(message), std::move(hint), at);
  }

  void check_review() {
    const int64_t due_s = review_due_s(model_);
    if (due_s != 0 && due_s < day_s_)
      tell("review-due", "the review was due on " + date_text(due_s), "review it and write the day into reviewed",
           model_.header_at);
  }

  void check_identities() {
    for (const IdentityElement& identity : model_.identities) {
      if (identity.seen_as.empty())
        tell("unseen-identity", "no protocol shows '" + identity.id + "': where it is used cannot be judged",
             "seen_as: {kerberos: NAME}, or the log that knows it", identity.at);
    }
  }

  // Ordered pairs of zones that a line crosses upwards, each told where the first such line stands.
  void check_crossings() {
    for (const Crossing& crossing : crossings(places_)) {
      if (controlled(crossing)) continue;
      const FlowElement& flow = *crossing.lines.front();
      const std::string &from = crossing.from->id, &to = crossing.to->id;
      tell("uncontrolled-crossing",
           "'" + flow.id + "' crosses from " + from + " up to " + to + ", and no boundary names a control",
           "boundaries: {NAME: {from: " + from + ", to: " + to + ", needs: [CONTROL]}}", flow.at);
    }
    for (const BoundaryElement& boundary : model_.boundaries) check_needs(boundary);
  }

  void check_needs(const BoundaryElement& boundary) {
    for (const std::string& name : boundary.needs) {
      const auto control = std::ranges::find(model_.controls, name, &ControlElement::id);
      if (control == model_.controls.end() || control->active) continue;
      tell("planned-control", "'" + boundary.id + "' needs '" + name + "', which does not work yet",
           "a control that is active, or a finding about the boundary", boundary.at);
    }
  }

  void check_finding(const FindingElement& finding) {
    if (finding.accept) return check_acceptance(finding.id, *finding.accept);
    if (finding.due_s != 0 && finding.due_s < day_s_)
      tell("overdue", "'" + finding.id + "' was due on " + date_text(finding.due_s), "do it, or decide anew",
           finding.at);
  }

  void check_acceptance(const std::string& id, const Acceptance& accept) {
    if (accept.until_s == 0 || accept.until_s - day_s_ >= kAcceptanceNotice_s) return;
    const bool over = accept.until_s < day_s_;
    tell("acceptance-ends",
         "the acceptance of '" + id + "' " + (over ? "ended on " : "ends on ") + date_text(accept.until_s),
         "mend it, or have it accepted anew", accept.at);
  }

  const Places& places_;
  const Model& model_;
  const int64_t day_s_;
  std::vector<Diagnostic>& out_;
};

}  // namespace

void check_governance(const Places& places, int64_t day_s, std::vector<Diagnostic>& out) {
  GovernanceCheck(places, day_s, out).run();
}

}  // namespace glacis::control
