#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glacis::control {

// What a draft may carry of text from outside: one line of at most `most` bytes, white space and control characters as
// single blanks, without characters that hide or reorder what stands around them. A cut is shown by "...". Any thread.
[[nodiscard]] std::string draft_line(std::string_view text, size_t most);

// As YAML: plain where every reader takes it for text, else in double quotes. `text` is one line.
[[nodiscard]] std::string yaml_scalar(std::string_view text);
// "[a, b]"; one value stands alone.
[[nodiscard]] std::string yaml_list(const std::vector<std::string>& texts);

}  // namespace glacis::control
