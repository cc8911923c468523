#pragma once

#include <string>
#include <vector>

#include "control/analysis/graph.h"

namespace glacis::control {

// Where a picture's parts go, in pixels from the upper left corner.
struct DiagramLayout {
  struct Box {
    int x = 0, y = 0, width = 0, height = 0;
  };
  // A line leaves a box on one side and enters another; its label stands on its last piece, which is level.
  struct Line {
    int from_x = 0, from_y = 0;      // at its box
    int leaves_x = 0, enters_x = 0;  // where its curve begins and ends
    int to_x = 0, to_y = 0;          // at its box
    int label_x = 0;                 // beginning, or end where `label_ends`
    bool label_ends = false;
    bool loops = false;  // both boxes stand in one column
  };
  std::vector<Box> nodes, groups;  // as in the graph
  std::vector<Line> lines;         // one for each edge
  int width = 0, height = 0;
};

inline constexpr int kCharacter_px = 7, kTextLine_px = 16;
inline constexpr size_t kMostBoxCharacters = 36, kMostLabelCharacters = 46;

// Columns are as wide as their widest box, rows as high as their highest; between columns is room for the labels of
// lines that enter on that side, and a channel in which lines bend. So no box, frame or label lies on another.
[[nodiscard]] DiagramLayout lay_out(const Graph& graph);

// At most so many characters, of which those of East Asia count twice; "..." ends what was cut.
[[nodiscard]] std::string shortened(const std::string& text, size_t characters);
// Its width on screen.
[[nodiscard]] int width_px(const std::string& text);

}  // namespace glacis::control
