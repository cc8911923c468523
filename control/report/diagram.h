#pragma once

#include <string>
#include <string_view>

#include "control/analysis/graph.h"

namespace glacis::control {

// A graph as text of three languages. A mark is told by the line's look and, where it matters, by its label. All end
// with a newline. Any thread.

// Mermaid flowchart, as code hosts and wikis draw it.
[[nodiscard]] std::string mermaid(const Graph& graph);
// Graphviz.
[[nodiscard]] std::string dot(const Graph& graph);
// SVG 1.1, drawn here: groups are columns, nodes stand in rows, no box lies on another. Long text is cut and stands
// whole in the element's title.
[[nodiscard]] std::string svg(const Graph& graph);

// Of a node with a sight: colours of its inside and its edge.
struct SightColours {
  std::string_view fill, stroke;
};
[[nodiscard]] SightColours colours_of(Sight sight);

}  // namespace glacis::control
