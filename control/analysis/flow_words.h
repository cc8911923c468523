#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "dataplane/zone/verdict.h"

namespace glacis::control {

// Words of flows as sensors write them in records and people read them.

inline constexpr uint8_t kTcp = 6, kIcmp = 1, kIcmpV6 = 58;
inline constexpr std::pair<std::string_view, uint8_t> kProtocolWords[] = {
    {"tcp", kTcp}, {"udp", 17}, {"sctp", 132}, {"icmp", kIcmp}, {"ipv6-icmp", kIcmpV6}};

inline constexpr std::pair<std::string_view, FlowOutcome> kOutcomeWords[] = {{"attempted", FlowOutcome::kAttempted},
                                                                             {"refused", FlowOutcome::kRefused},
                                                                             {"unanswered", FlowOutcome::kUnanswered},
                                                                             {"established", FlowOutcome::kEstablished},
                                                                             {"data", FlowOutcome::kData},
                                                                             {"unknown", FlowOutcome::kUnknown}};

}  // namespace glacis::control
