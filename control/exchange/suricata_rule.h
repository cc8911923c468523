#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/exchange/filter.h"
#include "control/threat_model/compile.h"

namespace glacis::v1 {
class Rule;
}

namespace glacis::control {

// Numbers of Suricata rules, 1000000 to 1999999: from the model and element that a rule is of and its place among the
// element's rules, so that they stay where they are when others change. Thread: one.
class Sids {
 public:
  [[nodiscard]] uint32_t next(const std::string& model, const std::string& element);

 private:
  RuleIds ids_;
  std::map<std::string, uint32_t> given_;  // rules of an element so far
  std::set<uint32_t> taken_;
};

// Which packets of a flow a rule is about.
enum class Way : uint8_t { kToServer, kToClient };

// What stands in a rule behind its addresses.
struct SuricataOptions {
  std::string message;               // a plain sentence
  std::vector<std::string> matches;  // written options: flowbits, content, ...
  bool established = false, alerts = true;
};

// Writes the rules of one filter: one for each transport, pair of address blocks and application. Thread: one.
class SuricataRules {
 public:
  // `rule` is what they are told of; Sids are the caller's.
  SuricataRules(const v1::Rule& rule, Sids& sids) : rule_(rule), sids_(sids) {}

  // `payload`: they look into it, so transports are named even where no port is. An application that Suricata does not
  // know must not be in the filter.
  enum class Looks : uint8_t { kHeaders, kPayload };
  void add(const Filter& filter, Way way, Looks looks, const SuricataOptions& options);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void one(const std::string& transport, const std::string& ends, Way way, const std::string& app,
           const SuricataOptions& options);

  const v1::Rule& rule_;
  Sids& sids_;
  std::string text_;
};

}  // namespace glacis::control
