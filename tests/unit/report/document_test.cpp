#include "control/report/document.h"

#include <gtest/gtest.h>

namespace glacis::control {
namespace {

// What would be markup, a new cell, a new line or an order to a terminal.
const std::string kHostile = "<b>|`*_[x](y)\\ \x1b[31m\n# & \xe2\x80\xae";

Document hostile() {
  Document out;
  out.title = kHostile;
  out.sections.push_back(
      {kHostile, {kHostile}, {"A", "B"}, {{{{kHostile, Document::Tone::kBad}, {"b"}}, {kHostile, "n"}}}});
  return out;
}

TEST(Document, MarkdownEscapesWhatWouldBeMarkup) {
  const std::string text = R"(\<b\>\|\`\*\_\[x\](y)\\ \\x1b\[31m\\x0a\# \& \\u\{202e\})";
  EXPECT_EQ(markdown(hostile()), "# " + text + "\n\n## " + text + "\n\n" + text +
                                     "\n\n| A | B | Why |\n|---|---|---|\n| " + text + " | b | " + text +
                                     "<br>n |\n\n");
}

TEST(Document, HtmlEscapesWhatWouldBeMarkup) {
  const std::string text = R"(&lt;b&gt;|`*_[x](y)\ \x1b[31m\x0a# &amp; \u{202e})";
  const std::string page = html(hostile());
  EXPECT_EQ(page.substr(page.find("<title>")),
            "<title>" + text + "</title>\n</head>\n<body>\n<h1>" + text + "</h1>\n<h2>" + text + "</h2>\n<p>" + text +
                "</p>\n<table>\n<tr><th>A</th><th>B</th><th>Why</th></tr>\n<tr><td class=\"bad\">" + text +
                "</td><td>b</td><td>" + text + "<br>n</td></tr>\n</table>\n</body>\n</html>\n");
}

TEST(Document, SectionWithoutRowsHasNoTableAndWithoutNotesNoColumnForThem) {
  Document document;
  document.title = "t";
  document.sections.push_back({"h", {}, {"A"}, {}});
  document.sections.push_back({"i", {}, {"A"}, {{{{"a"}}, {}}}});
  EXPECT_EQ(markdown(document), "# t\n\n## h\n\n## i\n\n| A |\n|---|\n| a |\n\n");
}

}  // namespace
}  // namespace glacis::control
