#include "control/report/diff_report.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "control/report/markup.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/report/file_text.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

const std::string kShop = GLACIS_SHIPPED_MODELS "web-shop.yaml", kNext = GLACIS_SHIPPED_MODELS "web-shop-next.yaml";

class DiffReport : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = temporary_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  int diff(const std::string& before, const std::string& after, DiffOptions options = {}) {
    out_.str("");
    err_.str("");
    return run_diff(before, after, options, out_, err_);
  }
  TemporaryFolder temporary_;
  std::ostringstream out_, err_;
};

TEST_F(DiffReport, ShippedModelsAreComparedForPeopleMergeRequestsAndPrograms) {
  for (const auto& [format, name] : {std::pair{DiffFormat::kText, "shop-diff.txt"},
                                     {DiffFormat::kMarkdown, "shop-diff.md"},
                                     {DiffFormat::kJson, "shop-diff.json"}}) {
    EXPECT_EQ(diff(kShop, kNext, {format}), 0);
    EXPECT_EQ(out_.str(), file_text(GLACIS_GOLDEN + std::string(name)));
  }
}

TEST_F(DiffReport, NothingIsSaidOfWhatDidNotChange) {
  EXPECT_EQ(diff(kShop, kShop, {.exit_code = true}), 0);
  EXPECT_EQ(out_.str(), "web-shop.yaml -> web-shop.yaml: no difference\n");
  EXPECT_EQ(diff(kShop, write("m.yaml", file_text(kShop) + "# nothing\n"), {.exit_code = true}), 0);
  EXPECT_EQ(out_.str(), "web-shop.yaml -> m.yaml: no difference; only order, layout or comments of the files differ\n");
}

TEST_F(DiffReport, ExitCodeTellsDifferencesWhenAskedFaultsAndUnreadableFiles) {
  EXPECT_EQ(diff(kShop, kNext, {.exit_code = true}), 1);
  EXPECT_EQ(diff(kShop, write("bad.yaml", "model: {id: m, owner: ada}\nzonez: {}\n")), 1);
  EXPECT_NE(err_.str().find("unknown key 'zonez'"), std::string::npos) << err_.str();
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(diff(temporary_.path() + "/none.yaml", kShop), 2);
}

TEST_F(DiffReport, EffectIsColouredOnDemandOnly) {
  EXPECT_EQ(diff(kShop, kNext, {.colour = Colour::kOn}), 0);
  EXPECT_NE(out_.str().find("\033[32madded, tighter\033[0m"), std::string::npos) << out_.str();
  EXPECT_EQ(diff(kShop, kNext), 0);
  EXPECT_EQ(out_.str().find('\033'), std::string::npos);
}

// What a model says is data in every format.
TEST_F(DiffReport, ModelCannotWriteOnTheTerminalNorIntoAReview) {
  const std::string a = write("a.yaml", small_model("never: {n: {from: users, why: before}}\n"));
  const std::string b =
      write("b.yaml",
            small_model("never: {n: {from: users, why: \"\\e[31m`</code>\\n# [x](http://e) @all **b** \\u202e\"}}\n"));
  EXPECT_EQ(diff(a, b), 0);
  EXPECT_EQ(out_.str().find('\033'), std::string::npos);
  EXPECT_NE(out_.str().find("why: before -> \\x1b[31m`</code>\\x0a# [x](http://e) @all **b** \\u{202e}\n"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(diff(a, b, {DiffFormat::kMarkdown}), 0);
  EXPECT_NE(out_.str().find("  - `why`: `before` -> ``\\x1b[31m`</code>\\x0a# [x](http://e) @all **b** \\u{202e}``\n"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(diff(a, b, {DiffFormat::kJson}), 0);
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["changes"][0]["keys"][0]["after"], "\033[31m`</code>\n# [x](http://e) @all **b** \xe2\x80\xae");
}

TEST(MarkdownCode, FenceIsLongerThanWhatItHolds) {
  EXPECT_EQ(markdown_code("a"), "`a`");
  EXPECT_EQ(markdown_code("a``b"), "```a``b```");
  EXPECT_EQ(markdown_code("`a`"), "`` `a` ``");
  EXPECT_EQ(markdown_code(""), "`   `");
  EXPECT_EQ(markdown_code("a\nb"), "`a\\x0ab`");
}

}  // namespace
}  // namespace glacis::control
