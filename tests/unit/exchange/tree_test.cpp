#include "control/exchange/tree.h"

#include <gtest/gtest.h>

namespace glacis::control {
namespace {

using Reader = YamlTree (*)(const SourceFile&, std::vector<Diagnostic>&);

YamlTree good(Reader read, const std::string& text) {
  std::vector<Diagnostic> faults;
  YamlTree out = read({"f", text}, faults);
  EXPECT_TRUE(faults.empty()) << faults[0].message;
  return out;
}

// "code@line:column message", of the one fault.
std::string fault(Reader read, const std::string& text) {
  std::vector<Diagnostic> faults;
  (void)read({"f", text}, faults);
  EXPECT_EQ(faults.size(), 1u) << text.substr(0, 80);
  if (faults.empty()) return "";
  return faults[0].code + "@" + std::to_string(faults[0].at.line) + ":" + std::to_string(faults[0].at.column) + " " +
         faults[0].message;
}

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

TEST(JsonTree, HasValuesAsText) {
  const YamlTree tree = good(read_json, R"({"a": [1, -2.5, true, null, "x\u00e9"], "b": {"c": "d"}, "n": 1e3})");
  EXPECT_EQ(tree.written(), "{a: [1, -2.5, true, {}, x\xc3\xa9], b: {c: d}, n: 1e3}");
  EXPECT_EQ(number_at(tree, "n"), 1000.0);
  EXPECT_EQ(number_at(tree, "b"), std::nullopt);
}

TEST(JsonTree, FaultHasItsPlace) {
  EXPECT_EQ(fault(read_json, "{\"a\": 1,\n  oops}"), "json@2:3 not JSON from here on");
  EXPECT_EQ(fault(read_json, ""), "json@1:1 not JSON from here on");
}

TEST(JsonTree, DepthIsBounded) {
  (void)good(read_json, repeated("[", 64) + repeated("]", 64));
  EXPECT_EQ(fault(read_json, repeated("[", 65) + repeated("]", 65)), "too-large@0:0 nested deeper than 64 levels");
  EXPECT_EQ(fault(read_json, repeated("[", 1'000'000)), "too-large@0:0 nested deeper than 64 levels");
}

TEST(JsonTree, NumberOfValuesIsBounded) {
  EXPECT_EQ(fault(read_json, "[" + repeated("1,", 1'000'000) + "1]"), "too-large@0:0 more than a million values");
}

TEST(XmlTree, HasElementsAttributesAndText) {
  const YamlTree tree = good(read_xml, "<r xmlns:b='u'><b:x i='1'>a &amp; b</b:x><x>c</x></r>");
  const auto all = all_at(child_at(tree, "r"), "x");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]->text, "a & b");
  EXPECT_EQ(text_at(*all[0], "@i"), "1");
  EXPECT_EQ(all[1]->text, "c");
}

TEST(XmlTree, DocumentTypeIsNotRead) {
  EXPECT_EQ(fault(read_xml, "<!DOCTYPE r [<!ENTITY a 'aaaa'>]><r>&a;</r>"), "xml@1:13 a document type is not read");
  EXPECT_EQ(fault(read_xml, "<r>&a;</r>"), "xml@1:4 not XML: undefined entity");
}

TEST(XmlTree, DepthIsBounded) {
  (void)good(read_xml, repeated("<a>", 64) + repeated("</a>", 64));
  EXPECT_EQ(fault(read_xml, repeated("<a>", 65) + repeated("</a>", 65)),
            "too-large@1:193 nested deeper than 64 levels");
  EXPECT_EQ(fault(read_xml, "<a><b></a>"), "xml@1:9 not XML: mismatched tag");
}

TEST(HclTree, HasAttributesListsAndLabelledBlocks) {
  const YamlTree tree =
      good(read_hcl,
           "# c\na = \"x \\\"y\\\"\" // c\nb = [\"p\", 2,\n  true,]\n"
           "/* c\n */ block \"one\" \"two\" { c = 1.5 }\nblock three {\n}\nd = <<-END\n    l1\n   l2\n  END\n");
  EXPECT_EQ(text_at(tree, "a"), "x \"y\"");
  EXPECT_EQ(texts_at(tree, "b"), (std::vector<std::string>{"p", "2", "true"}));
  const auto blocks = all_at(tree, "block");
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0]->text, "one");
  EXPECT_EQ(text_at(*blocks[0], "c"), "1.5");
  EXPECT_EQ(blocks[1]->text, "three");
  EXPECT_EQ(text_at(tree, "d"), "l1\nl2\n");
}

TEST(HclTree, WhatMustBeComputedHasNoText) {
  const YamlTree tree = good(read_hcl,
                             "a = import.control.x.description\nb = \"${var.x}\"\nc = f(\"}\", [1,\n 2])\n"
                             "d = 1 + 2\ne = { k = \"v\" }\nf = \"ok\"\n");
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    ASSERT_NE(tree.find(key), nullptr) << key;
    EXPECT_EQ(text_at(tree, key), "") << key;
  }
  EXPECT_EQ(text_at(tree, "f"), "ok");
}

TEST(HclTree, FaultHasItsPlace) {
  EXPECT_EQ(fault(read_hcl, "a {\n b = 1\n"), "hcl@3:1 a } is missing");
  EXPECT_EQ(fault(read_hcl, "}\n"), "hcl@1:1 a } too many");
  EXPECT_EQ(fault(read_hcl, "a = \"x\n"), "hcl@1:7 a string does not end on its line");
  EXPECT_EQ(fault(read_hcl, "a = <<E\nx\n"), "hcl@3:1 a here document does not end");
  EXPECT_EQ(fault(read_hcl, "a = [1}\n"), "hcl@1:7 a , or ] is missing");
  EXPECT_EQ(fault(read_hcl, "a b\n"), "hcl@1:4 a label, { or = is expected here");
  EXPECT_EQ(fault(read_hcl, repeated("a {\n", 100)), "hcl@65:4 nested deeper than 64 levels");
}

TEST(Tree, LongTextIsSeenInPart) {
  const YamlTree tree = good(read_json, "{\"a\": \"" + std::string(10'000, 'x') + "\"}");
  EXPECT_EQ(text_at(tree, "a").size(), kMostForeignText);
}

}  // namespace
}  // namespace glacis::control
