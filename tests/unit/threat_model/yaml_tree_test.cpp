#include "control/threat_model/yaml_tree.h"

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

struct Read {
  YamlTree tree;
  std::vector<Diagnostic> diagnostics;
};

Read read(const std::string& text) {
  Read out;
  out.tree = read_yaml({"m.yaml", text}, out.diagnostics);
  return out;
}

std::string value(const YamlTree& tree, std::string_view key) {
  const YamlTree* found = tree.find(key);
  return found != nullptr ? found->text : "(none)";
}

TEST(YamlTree, EveryNodeKnowsItsLineAndColumn) {
  const Read r = read("a: 1\nb:\n  - {c: x, d: [y, z]}\n");
  ASSERT_TRUE(r.diagnostics.empty()) << told(r.diagnostics);
  const YamlTree& item = r.tree.find("b")->items.at(0);
  EXPECT_EQ(item.at.line, 3u);
  EXPECT_EQ(item.at.column, 5u);
  const YamlTree& z = item.find("d")->items.at(1);
  EXPECT_EQ(z.text, "z");
  EXPECT_EQ(z.at.line, 3u);
  EXPECT_EQ(z.at.column, 19u);
}

TEST(YamlTree, KeyThatStandsTwiceIsTold) {
  EXPECT_EQ(told(read("a: 1\nb: 2\na: 3\n").diagnostics), "duplicate-key@3:1 'a' stands twice\n");
}

TEST(YamlTree, AliasIsTheValueOfItsAnchor) {
  EXPECT_EQ(value(read("a: &x {k: v}\nb: *x\n").tree.entries.at(1).second, "k"), "v");
}

TEST(YamlTree, MergedKeysGiveWayToWhatStandsThere) {
  const Read r = read("one: &one {k: 1, l: 1, m: 1}\ntwo: &two {l: 2, n: 2}\nall: {<<: [*two, *one], m: 3}\n");
  ASSERT_TRUE(r.diagnostics.empty()) << told(r.diagnostics);
  const YamlTree& all = *r.tree.find("all");
  EXPECT_EQ(value(all, "k"), "1");
  EXPECT_EQ(value(all, "l"), "2");
  EXPECT_EQ(value(all, "m"), "3");
  EXPECT_EQ(value(all, "n"), "2");
  EXPECT_EQ(all.entries.size(), 4u);
}

TEST(YamlTree, MergingWhatIsNoMapIsTold) {
  EXPECT_EQ(told(read("a: {<<: [1]}\n").diagnostics), "bad-merge@1:10 '<<' merges maps only / <<: *name of a map\n");
}

TEST(YamlTree, AliasesCannotGrowWithoutEnd) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "" : ", ") + before;
    bomb += "]\n";
  }
  const Read r = read(bomb);
  ASSERT_EQ(r.diagnostics.size(), 1u) << told(r.diagnostics);
  EXPECT_EQ(r.diagnostics[0].code, "too-large");
}

TEST(YamlTree, DeepNestingIsRefused) {
  for (const size_t depth : {40u, 100'000u}) {
    const Read r = read(std::string(depth, '[') + std::string(depth, ']'));
    ASSERT_EQ(r.diagnostics.size(), 1u) << depth;
    EXPECT_TRUE(r.diagnostics[0].code == "too-large" || r.diagnostics[0].code == "yaml") << told(r.diagnostics);
  }
}

TEST(YamlTree, AnchorThatHoldsItselfIsRefused) { EXPECT_FALSE(read("a: &a [*a]\n").diagnostics.empty()); }

TEST(YamlTree, BrokenTextIsToldWithItsPlace) {
  const Read tab = read("a:\n\t- b: c\n");
  ASSERT_EQ(tab.diagnostics.size(), 1u);
  EXPECT_EQ(tab.diagnostics[0].code, "yaml");
  EXPECT_EQ(tab.diagnostics[0].at.line, 2u) << told(tab.diagnostics);
  const Read open = read("a: 1\nb: [1, 2\n");
  ASSERT_EQ(open.diagnostics.size(), 1u);
  EXPECT_GE(open.diagnostics[0].at.line, 2u);
}

TEST(YamlTree, SecondDocumentIsNotIgnored) {
  EXPECT_EQ(told(read("a: 1\n---\nb: 2\n").diagnostics),
            "two-documents@2:1 a second YAML document begins here / one model in a file; share parts with include:, or "
            "remove what is left over\n");
}

TEST(YamlTree, StrayBracketsAndCommasAreToldWhereTheyStand) {
  for (const char* text : {", addr: 10.0.0$h.0/8}}\n", "}\n", "]", "{a: 1}}", "a: b\n}"}) {
    const Read r = read(text);
    ASSERT_EQ(r.diagnostics.size(), 1u) << text;
    EXPECT_GE(r.diagnostics[0].at.line, 1u) << text;
  }
}

TEST(YamlTree, ByteOrderMarkAndWindowsLinesChangeNothing) {
  const Read r = read(
      "\xef\xbb\xbf"
      "a: 1\r\nb: two words\r\n");
  ASSERT_TRUE(r.diagnostics.empty()) << told(r.diagnostics);
  EXPECT_EQ(value(r.tree, "a"), "1");
  EXPECT_EQ(value(r.tree, "b"), "two words");
  EXPECT_EQ(r.tree.find("b")->at.line, 2u);
}

TEST(YamlTree, EmptyFileIsNothingAtItsFirstLine) {
  for (const char* text : {"", "# only a comment\n"}) {
    const Read r = read(text);
    EXPECT_TRUE(r.diagnostics.empty()) << told(r.diagnostics);
    EXPECT_EQ(r.tree.kind, YamlTree::Kind::kNull) << text;
    EXPECT_EQ(r.tree.at.line, 1u) << text;
  }
}

TEST(YamlTree, LargerThanFourMebibytesIsRefused) {
  const Read r = read("a: " + std::string(kMaxModelBytes, 'x'));
  ASSERT_EQ(r.diagnostics.size(), 1u);
  EXPECT_EQ(r.diagnostics[0].code, "too-large");
}

}  // namespace
}  // namespace glacis::control
