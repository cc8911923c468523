#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace glacis::control {

// How much is seen of something, from nothing to most.
enum class Sight : uint8_t {
  kBlind,      // nothing shows it
  kElsewhere,  // another log does, and it is fed
  kMetadata,   // a tap sees its flows, and no rule asks for it yet
  kEnforced,   // a rule on a tap that sees it
};
// "blind", "elsewhere", "metadata only", "enforced".
[[nodiscard]] std::string_view sight_name(Sight sight);

// Why no more is seen, or what to know beside it.
struct Reason {
  std::string_view code;  // stable: "no-tap", "encrypted", "identity", "not-enforced", "path", "planned-source",
                          // "source", "one-sided", "certificates", "joining", "no-path", "part"
  std::string text;
};

}  // namespace glacis::control
