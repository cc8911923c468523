#pragma once

#include "control/analysis/key_diff.h"

namespace glacis::control {

// Every key of an element, the older version first. Places and traffic in element_diff.cpp, cases and governance in
// case_diff.cpp.
void compare(const TapElement& a, const TapElement& b, KeyDiff& keys);
void compare(const SourceElement& a, const SourceElement& b, KeyDiff& keys);
void compare(const PortGroupElement& a, const PortGroupElement& b, KeyDiff& keys);
void compare(const ZoneElement& a, const ZoneElement& b, KeyDiff& keys);
void compare(const AssetElement& a, const AssetElement& b, KeyDiff& keys);
void compare(const FlowElement& a, const FlowElement& b, KeyDiff& keys);
void compare(const NeverElement& a, const NeverElement& b, KeyDiff& keys);
void compare(const BoundaryElement& a, const BoundaryElement& b, KeyDiff& keys);
void compare(const DataElement& a, const DataElement& b, KeyDiff& keys);
void compare(const IdentityElement& a, const IdentityElement& b, KeyDiff& keys);
void compare(const AbuseElement& a, const AbuseElement& b, KeyDiff& keys);
void compare(const ControlElement& a, const ControlElement& b, KeyDiff& keys);
void compare(const FindingElement& a, const FindingElement& b, KeyDiff& keys);  // but not what it accepts
void compare(const Acceptance& a, const Acceptance& b, KeyDiff& keys);
void compare(const AssumptionElement& a, const AssumptionElement& b, KeyDiff& keys);
void compare(const RequirementElement& a, const RequirementElement& b, KeyDiff& keys);
void compare(const HuntElement& a, const HuntElement& b, KeyDiff& keys);
void compare(const AnswerElement& a, const AnswerElement& b, KeyDiff& keys);
void compare(const WorkHours& a, const WorkHours& b, KeyDiff& keys);
void compare_header(const Model& a, const Model& b, KeyDiff& keys);
void compare_drift(const Model& a, const Model& b, KeyDiff& keys);

[[nodiscard]] KeyDiff::Amount span_amount(int64_t ns);       // of a duration; 0: not said
[[nodiscard]] KeyDiff::Amount date_amount(int64_t until_s);  // of a last day; 0: for ever

}  // namespace glacis::control
