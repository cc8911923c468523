#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "control/report/diagram.h"
#include "control/threat_model/printable_text.h"

namespace glacis::control {
namespace {

// Text between quotes: what means something to Mermaid, Markdown or HTML as character codes (#35;), the rest as it is.
std::string mermaid_text(std::string_view text) {
  constexpr std::string_view kPlain = " .,:'/()[]+=?!-_@";
  std::string out;
  for (const char c : printable(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += "#" + std::to_string(byte) + ";";
    }
  }
  return out;
}

std::string mermaid_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "<br/>") + mermaid_text(line);
  return "\"" + out + "\"";
}

// "enforced", "metadata-only": a class of Mermaid.
std::string class_of(Sight sight) {
  std::string out(sight_name(sight));
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string mermaid_node(const Graph::Node& node) {
  constexpr std::array<std::array<std::string_view, 2>, 4> kBrackets = {
      {{"(", ")"}, {"[", "]"}, {"[(", ")]"}, {"{{", "}}"}}};
  const auto& [open, close] = kBrackets[static_cast<size_t>(node.shape)];
  return node.id + std::string(open) + mermaid_lines(node.lines) + std::string(close) +
         (node.sight ? ":::" + class_of(*node.sight) : "") + "\n";
}

std::string mermaid_edge(const Graph& graph, const Graph::Edge& edge) {
  constexpr std::array<std::array<std::string_view, 2>, 4> kArrows = {
      {{"--", "-->"}, {"==", "==>"}, {"-.", ".->"}, {"-.", ".-"}}};
  const auto& [begin, end] = kArrows[static_cast<size_t>(edge.mark)];
  const std::string label = edge.label.empty() ? "" : std::string(begin) + " \"" + mermaid_text(edge.label) + "\" ";
  return "  " + graph.nodes[edge.from].id + " " + label + std::string(end) + " " + graph.nodes[edge.to].id + "\n";
}

// Sights that nodes have, each once.
std::set<Sight> sights_of(const Graph& graph) {
  std::set<Sight> out;
  for (const Graph::Node& node : graph.nodes) {
    if (node.sight) out.insert(*node.sight);
  }
  return out;
}

std::string dot_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    // Graphviz reads &lt; and its like in every label.
    out += c == '&' ? std::string("&amp;") : std::string(1, c);
  }
  return out;
}

std::string dot_quoted(const std::string& text) { return "\"" + dot_text(text) + "\""; }

std::string dot_node(const Graph::Node& node) {
  constexpr std::array<std::string_view, 4> kShapes = {"box, style=\"rounded,filled\"", "box, style=filled",
                                                       "cylinder, style=filled", "hexagon, style=filled"};
  std::string label;
  for (const std::string& line : node.lines) label += (label.empty() ? "" : "\\n") + dot_text(line);
  const SightColours colours = node.sight ? colours_of(*node.sight) : SightColours{"#ffffff", "#444444"};
  return dot_quoted(node.id) + " [label=\"" + label +
         "\", shape=" + std::string(kShapes[static_cast<size_t>(node.shape)]) + ", fillcolor=\"" +
         std::string(colours.fill) + "\", color=\"" + std::string(colours.stroke) + "\"];\n";
}

std::string dot_edge(const Graph& graph, const Graph::Edge& edge) {
  constexpr std::array<std::string_view, 4> kLooks = {"", ", penwidth=2.5", ", style=dashed, color=\"#b3261e\"",
                                                      ", style=dotted, dir=none"};
  return "  " + dot_quoted(graph.nodes[edge.from].id) + " -> " + dot_quoted(graph.nodes[edge.to].id) +
         " [label=" + dot_quoted(edge.label) + std::string(kLooks[static_cast<size_t>(edge.mark)]) + "];\n";
}

// Nodes without a group, then the groups with theirs.
template <class Open, class Write>
std::string nodes_text(const Graph& graph, std::string_view close, Open open, Write write) {
  std::string out;
  for (const Graph::Node& node : graph.nodes) {
    if (!node.group) out += "  " + write(node);
  }
  for (size_t i = 0; i < graph.groups.size(); ++i) {
    out += open(graph.groups[i]);
    for (const Graph::Node& node : graph.nodes) {
      if (node.group == i) out += "    " + write(node);
    }
    out += close;
  }
  return out;
}

}  // namespace

SightColours colours_of(Sight sight) {
  constexpr std::array<SightColours, 4> kColours = {
      {{"#ffdada", "#b3261e"}, {"#dbe9ff", "#1f5fae"}, {"#fff3c4", "#b38600"}, {"#d9f2d9", "#2e7d32"}}};
  return kColours[static_cast<size_t>(sight)];
}

std::string mermaid(const Graph& graph) {
  std::string out = "flowchart LR\n";
  out += nodes_text(
      graph, "  end\n",
      [](const Graph::Group& group) { return "  subgraph " + group.id + " [\"" + mermaid_text(group.label) + "\"]\n"; },
      mermaid_node);
  for (const Graph::Edge& edge : graph.edges) out += mermaid_edge(graph, edge);
  for (const Sight sight : sights_of(graph)) {
    const auto [fill, stroke] = colours_of(sight);
    out += "  classDef " + class_of(sight) + " fill:" + std::string(fill) + ",stroke:" + std::string(stroke) + "\n";
  }
  return out;
}

std::string dot(const Graph& graph) {
  std::string out = "digraph " + dot_quoted(graph.id) + " {\n  label=" + dot_quoted(graph.title) +
                    ";\n  labelloc=t;\n  rankdir=LR;\n  node [fontname=\"Helvetica\", fontsize=11];\n"
                    "  edge [fontname=\"Helvetica\", fontsize=9];\n";
  out += nodes_text(
      graph, "  }\n",
      [](const Graph::Group& group) {
        return "  subgraph " + dot_quoted("cluster_" + group.id) + " {\n    label=" + dot_quoted(group.label) + ";\n";
      },
      dot_node);
  for (const Graph::Edge& edge : graph.edges) out += dot_edge(graph, edge);
  return out + "}\n";
}

}  // namespace glacis::control
