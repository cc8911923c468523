#pragma once

#include <array>
#include <cstdint>

#include "dataplane/alert/event.h"
#include "dataplane/base/ids.h"

namespace glacis {

// What is asked: one direction of a flow, at a moment.
struct Question {
  PlaceId initiator, responder;
  uint16_t responder_port = 0;  // 0 for protocols without ports
  uint8_t protocol = 0;
  Nanos time;  // judges `until` and `hours`
};

// What the policy says of it. Plain data, cached in the flow with its generation.
struct Verdict {
  ModelledAs modelled = ModelledAs::kAllowed;
  bool scan = false;        // some pattern wants to look into it
  bool judged_here = true;  // false: another tap judges; nothing is alerted here
  uint8_t rule_count = 0;   // violations, most severe first (ties: never, expired, boundary, unmodelled)
  uint8_t left_out = 0;     // violations for which there was no room: the least severe
  std::array<RuleIndex, kMaxRulesPerEvent> rules{};
  std::array<uint8_t, kMaxRulesPerEvent> severities{};  // of `rules`, as v1::Severity: a crossing's depends on its ends
  RuleIndex line = kNoRule;                             // the `flows` line that covers it, also beside a violation
};

// Of a flow whose direction nothing proves.
struct EitherWay {
  Verdict verdict;
  bool turned = false;  // of the reversed reading
  bool told = false;    // by what the policy says of the two; else the guess stays
};

}  // namespace glacis
