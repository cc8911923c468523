#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glacis::control {

// A Hyperscan pattern as an option of a Suricata rule: content for plain text, else pcre. Quotes, semicolons and bytes
// that are not printable are written as hexadecimal, which means the same. Nothing: it cannot be written so (\Q, or a
// verb of PCRE's that Hyperscan reads otherwise).
[[nodiscard]] std::optional<std::string> suricata_pattern(std::string_view pattern);

// Text in double quotes of a rule (msg): what ends it is escaped.
[[nodiscard]] std::string suricata_text(std::string_view text);
// Text as a value of metadata: what separates there is a space.
[[nodiscard]] std::string suricata_word(std::string_view text);

}  // namespace glacis::control
