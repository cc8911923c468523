#include "control/report/diagram.h"

#include <gtest/gtest.h>

#include <random>

#include "control/report/diagram_layout.h"

namespace glacis::control {
namespace {

using Box = DiagramLayout::Box;

const std::string kHostile = "\"] end\n--> x{{#quot;<script>`$$%%;|\\N&lt;\x1b[31m \xe2\x80\xae\xe6\x97\xa5";

Graph hostile() {
  Graph out;
  out.id = out.title = kHostile;
  out.groups.push_back({"z_a", kHostile, 0});
  out.nodes.push_back({.id = "a_a", .lines = {kHostile, "more"}, .shape = Graph::Shape::kStore, .group = 0});
  out.nodes.push_back({.id = "a_b", .lines = {"b"}, .sight = Sight::kBlind, .column = 1});
  out.edges.push_back({0, 1, kHostile, Graph::Mark::kUnseen});
  return out;
}

TEST(Mermaid, TextIsOfPlainCharactersAndCodes) {
  const std::string text =
      "#34;] end#92;x0a--#62; x#123;#123;#35;quot#59;#60;script#62;#96;#36;#36;#37;#37;#59;#124;#92;N#38;lt#59;"
      "#92;x1b[31m #92;u#123;202e#125;\xe6\x97\xa5";
  EXPECT_EQ(mermaid(hostile()), "flowchart LR\n  a_b(\"b\"):::blind\n  subgraph z_a [\"" + text + "\"]\n    a_a[(\"" +
                                    text + "<br/>more\")]\n  end\n  a_a -. \"" + text +
                                    "\" .-> a_b\n  classDef blind fill:#ffdada,stroke:#b3261e\n");
}

TEST(Dot, QuotesBackslashesAndEntitiesAreText) {
  const std::string text = R"(\"] end\\x0a--> x{{#quot;<script>`$$%%;|\\N&amp;lt;\\x1b[31m \\u{202e})"
                           "\xe6\x97\xa5";
  const std::string out = dot(hostile());
  EXPECT_NE(out.find("  label=\"" + text + "\";"), std::string::npos) << out;
  EXPECT_NE(out.find("\"a_a\" [label=\"" + text + "\\nmore\", shape=cylinder"), std::string::npos) << out;
  EXPECT_NE(out.find("\"a_a\" -> \"a_b\" [label=\"" + text + "\", style=dashed"), std::string::npos) << out;
}

TEST(Svg, TextIsEscapedAndWhatIsCutStandsInTheTitle) {
  const std::string out = svg(hostile());
  EXPECT_EQ(out.find("<script"), std::string::npos);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_NE(out.find("...<title>&quot;] end\\x0a--&gt; x{{#quot;&lt;script&gt;"), std::string::npos) << out;
}

TEST(Shortened, CutsBetweenCharactersAndCountsWideOnesTwice) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abc...");
  EXPECT_EQ(shortened("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6), "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
  EXPECT_EQ(shortened("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e!", 6), "\xe6\x97\xa5...");
  EXPECT_EQ(width_px("a\xe6\x97\xa5"), 3 * kCharacter_px);
}

bool overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

bool holds(const Box& outer, const Box& inner) {
  return outer.x <= inner.x && outer.y <= inner.y && inner.x + inner.width <= outer.x + outer.width &&
         inner.y + inner.height <= outer.y + outer.height;
}

Graph random_graph(std::mt19937& random) {
  Graph out;
  const size_t columns = 1 + random() % 6;
  for (size_t c = 0; c < columns; ++c) out.groups.push_back({"z", std::string(1 + random() % 50, 'g'), c});
  for (size_t c = 0; c < columns; ++c) {
    for (size_t r = 0; r < random() % 6; ++r) {
      std::vector<std::string> lines(1 + random() % 5, std::string(1 + random() % 60, 'n'));
      out.nodes.push_back({.id = "n", .lines = lines, .column = c, .row = r, .group = c});
    }
  }
  for (size_t e = 0; e < random() % 40 && !out.nodes.empty(); ++e)
    out.edges.push_back({random() % out.nodes.size(), random() % out.nodes.size(), std::string(random() % 60, 'e'),
                         Graph::Mark::kPlain});
  return out;
}

// The space that a line's label takes: it stands above the line's last piece, as drawn.
std::vector<Box> labels_of(const Graph& graph, const DiagramLayout& layout) {
  std::vector<Box> out;
  for (size_t i = 0; i < graph.edges.size(); ++i) {
    const int width = width_px(shortened(graph.edges[i].label, kMostLabelCharacters));
    const DiagramLayout::Line& line = layout.lines[i];
    if (width != 0) out.push_back({line.label_ends ? line.label_x - width : line.label_x, line.to_y - 14, width, 13});
  }
  return out;
}

void expect_apart(const std::vector<Box>& boxes, const std::string& what) {
  for (size_t i = 0; i < boxes.size(); ++i) {
    for (size_t j = i + 1; j < boxes.size(); ++j)
      EXPECT_FALSE(overlap(boxes[i], boxes[j])) << what << " " << i << " and " << j;
  }
}

TEST(Layout, NoBoxFrameOrLabelLiesOnAnother) {
  std::mt19937 random(11);
  for (int round = 0; round < 300 && !testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const Graph graph = random_graph(random);
    const DiagramLayout layout = lay_out(graph);
    const Box page{0, 0, layout.width, layout.height};
    expect_apart(layout.nodes, "nodes");
    expect_apart(layout.groups, "groups");
    std::vector<Box> texts = labels_of(graph, layout);
    texts.insert(texts.end(), layout.nodes.begin(), layout.nodes.end());
    expect_apart(texts, "labels and nodes");
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      EXPECT_TRUE(holds(layout.groups[*graph.nodes[i].group], layout.nodes[i])) << i;
    for (const Box& box : layout.groups) EXPECT_TRUE(holds(page, box));
    for (const Box& box : labels_of(graph, layout)) EXPECT_TRUE(holds(page, box));
  }
}

TEST(Layout, LineMeetsTheBoxesThatItJoins) {
  std::mt19937 random(12);
  for (int round = 0; round < 100; ++round) {
    const Graph graph = random_graph(random);
    const DiagramLayout layout = lay_out(graph);
    for (size_t i = 0; i < graph.edges.size(); ++i) {
      const DiagramLayout::Line& line = layout.lines[i];
      const Box &from = layout.nodes[graph.edges[i].from], &to = layout.nodes[graph.edges[i].to];
      EXPECT_TRUE(line.from_x == from.x || line.from_x == from.x + from.width);
      EXPECT_TRUE(line.to_x == to.x || line.to_x == to.x + to.width);
      EXPECT_TRUE(from.y < line.from_y && line.from_y < from.y + from.height);
      EXPECT_TRUE(to.y < line.to_y && line.to_y < to.y + to.height);
    }
  }
}

}  // namespace
}  // namespace glacis::control
