#pragma once

#include <string>

#include "glacis/v1/alert.pb.h"
#include "glacis/v1/flow.pb.h"

namespace glacis::sensor {

// One line of EVE JSON each, as Suricata's schema has it, without the newline. What the schema has no
// place for stands in alert.metadata as lists of strings. Bytes of the wire are escaped: the line is
// valid UTF-8 JSON whatever they are. Thread: any.
[[nodiscard]] std::string eve_alert(const v1::Alert& alert);
[[nodiscard]] std::string eve_flow(const v1::FlowRecord& record, const std::string& sensor);

}  // namespace glacis::sensor
