#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "control/report/diagram.h"
#include "control/report/diagram_layout.h"
#include "control/report/markup.h"
#include "control/threat_model/printable_text.h"

namespace glacis::control {
namespace {

constexpr std::string_view kStyle = R"(<style>
text { font: 11px monospace; fill: #1d1d1f; }
.title { font: bold 15px sans-serif; }
.group { fill: #f6f6f8; stroke: #8a8a90; stroke-dasharray: 6 3; }
.grouplabel { font: bold 12px monospace; }
.node { fill: #ffffff; stroke: #444444; }
.first { font-weight: bold; }
.line { fill: none; stroke: #55555b; }
.boundary { stroke: #1d1d1f; stroke-width: 2.5; }
.unseen { stroke: #b3261e; stroke-dasharray: 7 4; }
.empty { stroke: #55555b; stroke-dasharray: 1 4; }
.label { font-size: 10px; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
.label.unseen { fill: #b3261e; stroke: #ffffff; }
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse"><path d="M0,0 L8,4 L0,8 z" fill="#444444"/></marker></defs>
)";

std::string number(int value) { return std::to_string(value); }

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string whole(const std::string& text) { return xml_text(printable(text)); }

std::string text_at(int x, int y, std::string_view classes, const std::string& text, size_t characters,
                    std::string_view anchor) {
  const std::string shown = shortened(text, characters);
  std::string out = "<text" + attribute("x", number(x)) + attribute("y", number(y)) + attribute("class", classes) +
                    attribute("text-anchor", anchor) + ">" + xml_text(shown);
  if (shown != printable(text)) out += "<title>" + whole(text) + "</title>";
  return out + "</text>\n";
}

std::string rectangle(const DiagramLayout::Box& box, std::string_view id, std::string_view look) {
  return "<rect" + attribute("id", id) + attribute("x", number(box.x)) + attribute("y", number(box.y)) +
         attribute("width", number(box.width)) + attribute("height", number(box.height)) + std::string(look) + "/>\n";
}

std::string node_svg(const Graph::Node& node, const DiagramLayout::Box& box) {
  constexpr std::array<std::string_view, 4> kLooks = {" rx=\"14\"", "", " rx=\"3\"", " rx=\"3\" stroke-width=\"2\""};
  std::string look = attribute("class", "node") + std::string(kLooks[static_cast<size_t>(node.shape)]);
  if (node.sight) {
    const auto [fill, stroke] = colours_of(*node.sight);
    look += attribute("style", "fill: " + std::string(fill) + "; stroke: " + std::string(stroke));
  }
  std::string out = rectangle(box, node.id, look);
  if (node.shape == Graph::Shape::kStore)
    out +=
        "<path class=\"line\" d=\"M" + number(box.x + 6) + "," + number(box.y) + " v" + number(box.height) + "\"/>\n";
  int y = box.y + (box.height - static_cast<int>(node.lines.size()) * kTextLine_px) / 2 + kTextLine_px - 4;
  for (size_t i = 0; i < node.lines.size(); ++i, y += kTextLine_px)
    out += text_at(box.x + box.width / 2, y, i == 0 ? "first" : "more", node.lines[i], kMostBoxCharacters, "middle");
  return out;
}

std::string_view class_of(Graph::Mark mark) {
  constexpr std::array<std::string_view, 4> kClasses = {"plain", "boundary", "unseen", "empty"};
  return kClasses[static_cast<size_t>(mark)];
}

std::string line_svg(const Graph::Edge& edge, const DiagramLayout::Line& line) {
  constexpr int kLoopReach_px = 52;  // its curve bulges three quarters of it
  const int middle = (line.leaves_x + line.enters_x) / 2;
  const int first = line.loops ? line.leaves_x + kLoopReach_px : middle;
  const int second = line.loops ? line.enters_x + kLoopReach_px : middle;
  const auto point = [](int x, int y) { return number(x) + "," + number(y); };
  std::string out = "<path" + attribute("class", "line " + std::string(class_of(edge.mark))) +
                    attribute("d", "M" + point(line.from_x, line.from_y) + " L" + point(line.leaves_x, line.from_y) +
                                       " C" + point(first, line.from_y) + " " + point(second, line.to_y) + " " +
                                       point(line.enters_x, line.to_y) + " L" + point(line.to_x, line.to_y));
  if (edge.mark != Graph::Mark::kEmpty) out += attribute("marker-end", "url(#arrow)");
  return out + "/>\n";
}

std::string label_svg(const Graph::Edge& edge, const DiagramLayout::Line& line) {
  if (edge.label.empty()) return "";
  return text_at(line.label_x, line.to_y - 4, "label " + std::string(class_of(edge.mark)), edge.label,
                 kMostLabelCharacters, line.label_ends ? "end" : "start");
}

std::string legend_of(const Graph& graph) {
  if (graph.groups.empty()) return "green: enforced; yellow: metadata only; blue: elsewhere; red: blind";
  return "thick: crosses a declared boundary; red and dashed: no tap sees it; dotted: a boundary that no line crosses";
}

}  // namespace

std::string svg(const Graph& graph) {
  constexpr int kLegend_px = 30, kMargin_px = 24;
  constexpr size_t kMostTitleCharacters = 110;
  const DiagramLayout layout = lay_out(graph);
  const std::string legend = legend_of(graph);
  const int width =
      std::max({layout.width, width_px(legend) + 2 * kMargin_px,
                9 * static_cast<int>(std::min(graph.title.size(), kMostTitleCharacters)) + 2 * kMargin_px});
  const int height = layout.height + kLegend_px;
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", number(width)) +
                    attribute("height", number(height)) +
                    attribute("viewBox", "0 0 " + number(width) + " " + number(height)) + ">\n<title>" +
                    whole(graph.title) + "</title>\n" + std::string(kStyle) +
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  out += text_at(kMargin_px, kMargin_px, "title", graph.title, kMostTitleCharacters, "start");
  for (size_t i = 0; i < graph.groups.size(); ++i) {
    const DiagramLayout::Box& box = layout.groups[i];
    out += rectangle(box, graph.groups[i].id, attribute("class", "group"));
    out += text_at(box.x + 12, box.y + 19, "grouplabel", graph.groups[i].label, kMostBoxCharacters, "start");
  }
  for (size_t i = 0; i < graph.edges.size(); ++i) out += line_svg(graph.edges[i], layout.lines[i]);
  for (size_t i = 0; i < graph.nodes.size(); ++i) out += node_svg(graph.nodes[i], layout.nodes[i]);
  for (size_t i = 0; i < graph.edges.size(); ++i) out += label_svg(graph.edges[i], layout.lines[i]);
  out += text_at(kMargin_px, layout.height + kLegend_px / 2, "label", legend, legend.size(), "start");
  return out + "</svg>\n";
}

}  // namespace glacis::control
