#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace glacis::control {

enum class Level : uint8_t { kNote = 1, kWarning, kError };

// One thing that `check` looks for. Codes are stable: people filter by them.
struct CheckRule {
  std::string_view code;
  Level level;
  std::string_view says;  // one line for people
};

// All of them, by group and code.
inline constexpr std::array kCheckRules = {
    // The file.
    CheckRule{"encoding", Level::kError, "the file is not UTF-8"},
    CheckRule{"no-include", Level::kError, "an included file is not there"},
    CheckRule{"too-large", Level::kError, "the file has more bytes, values or levels than are read"},
    CheckRule{"two-documents", Level::kError, "the file holds a second YAML document"},
    CheckRule{"unreadable", Level::kError, "the file cannot be read"},
    CheckRule{"yaml", Level::kError, "the file is not YAML"},
    // Keys and values.
    CheckRule{"bad-address", Level::kError, "no address or prefix, or one that cannot stand there"},
    CheckRule{"bad-alert-point", Level::kError, "alert_at names no step of the path"},
    CheckRule{"bad-amount", Level::kError, "no number or size"},
    CheckRule{"bad-attack", Level::kError, "no id of an ATT&CK technique"},
    CheckRule{"bad-date", Level::kError, "no date"},
    CheckRule{"bad-days", Level::kError, "no days of the week"},
    CheckRule{"bad-duration", Level::kError, "no time span"},
    CheckRule{"bad-element", Level::kError, "keys and values are expected"},
    CheckRule{"bad-group", Level::kError, "a group has none or several of then, all and any"},
    CheckRule{"bad-hours", Level::kError, "no hours of the day"},
    CheckRule{"bad-id", Level::kError, "a name with characters that cannot stand in one"},
    CheckRule{"bad-key", Level::kError, "a key that is no plain text"},
    CheckRule{"bad-merge", Level::kError, "<< with what cannot be merged"},
    CheckRule{"bad-pattern", Level::kError, "a pattern that does not compile, or matches everything"},
    CheckRule{"bad-port", Level::kError, "no port, range or named group"},
    CheckRule{"bad-rate", Level::kError, "no rate"},
    CheckRule{"bad-time-zone", Level::kError, "no time zone"},
    CheckRule{"bad-value", Level::kError, "a value that the key cannot have"},
    CheckRule{"bad-variable", Level::kError, "a variable that is malformed or cannot be bound there"},
    CheckRule{"duplicate-key", Level::kError, "a key stands twice"},
    CheckRule{"empty-group", Level::kError, "a group without steps"},
    CheckRule{"key-without-verb", Level::kError, "a key that says nothing beside the step's verb"},
    CheckRule{"language", Level::kError, "a version of the language that is not known"},
    CheckRule{"missing-key", Level::kError, "a key that must be there"},
    CheckRule{"no-verb", Level::kError, "a step without a verb"},
    CheckRule{"two-verbs", Level::kError, "a step with several verbs"},
    CheckRule{"unknown-key", Level::kError, "a key that the language does not have"},
    // Names.
    CheckRule{"duplicate-id", Level::kError, "a name is declared twice"},
    CheckRule{"reserved-id", Level::kError, "a name that is a word of the language"},
    CheckRule{"unknown-name", Level::kError, "a name that is not declared"},
    CheckRule{"wrong-kind", Level::kError, "a name of something else than is wanted"},
    // Places.
    CheckRule{"no-address", Level::kError, "a zone without addresses from stage build on"},
    CheckRule{"no-crossing", Level::kError, "a boundary from a zone to itself"},
    CheckRule{"outside-zone", Level::kError, "an asset whose address is not in its zone"},
    CheckRule{"same-prefix", Level::kError, "two zones or two assets with one prefix"},
    CheckRule{"two-boundaries", Level::kError, "two boundaries for one ordered pair of zones"},
    // Lines, cases, findings.
    CheckRule{"matches-all", Level::kError, "a never line, or an invariant, that forbids everything"},
    CheckRule{"normal-work", Level::kError, "an alert point that allowed traffic alone can reach"},
    CheckRule{"self-accepted", Level::kError, "a risk accepted by who asked for it"},
    CheckRule{"too-deep", Level::kError, "groups of a path nested too deep"},
    CheckRule{"too-many", Level::kError, "more of something than there may be"},
    CheckRule{"two-targets", Level::kError, "a step with two targets"},
    CheckRule{"unbound", Level::kError, "a variable that no step binds"},
    CheckRule{"used-once", Level::kNote, "a variable that compares nothing"},
    CheckRule{"weak-finding", Level::kError, "a finding without place, decision, owner or due date"},
    // Several models, and what sensors can do.
    CheckRule{"composition", Level::kError, "two models say different things of one element"},
    CheckRule{"not-enforced", Level::kNote, "an element that no sensor enforces yet"},
    CheckRule{"two-models", Level::kError, "two models of one id, or an included file with one"},
    CheckRule{"unknown-tap", Level::kError, "no model has that tap"},
    // What a good model is warned of (control/analysis).
    CheckRule{"acceptance-ends", Level::kError, "an accepted risk whose last day is over, or less than 14 days away"},
    CheckRule{"expired", Level::kWarning, "a flows line whose last day is over"},
    CheckRule{"forbidden-flow", Level::kWarning, "a flows line that a never line forbids wholly"},
    CheckRule{"idle-exception", Level::kWarning, "an exception of what is never forbidden"},
    CheckRule{"impossible-step", Level::kWarning, "a step that no modelled or possible flow can produce"},
    CheckRule{"no-window", Level::kWarning, "a path of several steps without a window"},
    CheckRule{"overdue", Level::kWarning, "a finding whose due date is over"},
    CheckRule{"planned-control", Level::kWarning, "a boundary that needs a control that does not work yet"},
    CheckRule{"review-due", Level::kWarning, "a model whose review is due"},
    CheckRule{"shadowed", Level::kWarning, "a line that says nothing that another does not say"},
    CheckRule{"short-window", Level::kWarning, "a window shorter than one inside it"},
    CheckRule{"state-cost", Level::kWarning, "a path with more hosts and hours than a sensor remembers"},
    CheckRule{"unanswered-case", Level::kWarning, "a case that no finding and no path answers"},
    CheckRule{"uncontrolled-crossing", Level::kWarning, "a crossing to more trust without a control"},
    CheckRule{"unproved", Level::kWarning, "an assumption that nothing can refute"},
    CheckRule{"unseen-identity", Level::kWarning, "an identity that no protocol shows"},
    CheckRule{"untapped-step", Level::kWarning, "a step on a crossing that no tap sees"},
    CheckRule{"unwalked-way", Level::kWarning, "a way from trust below 30 to data of sensitivity 4 that no case walks"},
    CheckRule{"unverified", Level::kWarning, "a requirement that nothing shows to be done"},
    // Invariants of an organisation.
    CheckRule{"bad-deny", Level::kError, "an invariant that denies none or several of crossing, asset, identity, case"},
    CheckRule{"expired-exemption", Level::kError, "an exemption whose last day is over"},
    CheckRule{"invariant", Level::kError, "a model does what an invariant of the organisation denies"},
    CheckRule{"unused-exemption", Level::kError, "an exemption of what no invariant denies"},
    // Pushes.
    CheckRule{"tap-gone", Level::kWarning, "no active model declares a tap any more"},
    CheckRule{"wrong-base", Level::kError, "the model was changed by somebody else in the meantime"},
};

// A code that is in the list, or the program does not compile.
class Code {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal stands for its rule
  consteval Code(const char* code) : rule_(std::ranges::find(kCheckRules, std::string_view(code), &CheckRule::code)) {
    if (rule_ == kCheckRules.end()) throw "no such code in kCheckRules";
  }
  [[nodiscard]] const CheckRule& rule() const { return *rule_; }

 private:
  const CheckRule* rule_;
};

}  // namespace glacis::control
