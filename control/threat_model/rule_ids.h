#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace glacis::control {

// Gives every rule its number, 1 .. 2^31-1, keyed (model, element) such as ("web-shop",
// "never/n-ws-db"). The same key must always get the same number: alerts and the SOC's suppressions
// hang on it. The store keeps what it gave; HashedRuleIds needs no memory.
class RuleIds {
 public:
  virtual ~RuleIds() = default;
  [[nodiscard]] virtual uint32_t id_for(std::string_view model, std::string_view element) = 0;
};

// The first 31 bits of SHA-256("model/element"); where two keys of one policy meet, the later takes
// the next free number. Deterministic for keys asked in the same order, which compile() does.
// Thread: one. Cannot fail.
class HashedRuleIds final : public RuleIds {
 public:
  [[nodiscard]] uint32_t id_for(std::string_view model, std::string_view element) override;

 private:
  std::map<std::string, uint32_t, std::less<>> given_;
  std::map<uint32_t, std::string> taken_;
};

}  // namespace glacis::control
