#pragma once

#include <string>
#include <string_view>

namespace glacis::control {

// Text as it may stand in XML and HTML, between tags and in attributes: markup escaped, characters that XML 1.0 (2.2)
// does not have replaced. Any thread.
[[nodiscard]] std::string xml_text(std::string_view text);

// Text as it may stand in a cell of a Markdown table: nothing in it is markup, nothing ends the cell or the line.
[[nodiscard]] std::string markdown_text(std::string_view text);

// Text as a code span of Markdown (CommonMark 6.1), in which nothing is markup, a mention or a link; one line, as
// printable().
[[nodiscard]] std::string markdown_code(std::string_view text);

// Text as a cell of a CSV file (RFC 4180): quoted where it must be. What a spreadsheet would calculate has an
// apostrophe before it (OWASP, CSV injection).
[[nodiscard]] std::string csv_text(std::string_view text);

}  // namespace glacis::control
