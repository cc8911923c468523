#include "control/report/diagram_layout.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "control/threat_model/printable_text.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

constexpr int kMargin_px = 24, kTitle_px = 40, kFramePad_px = 18, kFrameHead_px = 30, kBoxPad_px = 12, kRowGap_px = 26,
              kPort_px = 18, kChannel_px = 80, kLoop_px = 44;

enum Side : size_t { kLeft, kRight };

// One end of a line at a box.
struct Port {
  size_t edge = 0;
  bool enters = false;
  size_t column = 0, row = 0;  // of the other end
};

struct Column {
  int width = 0;                   // of its boxes
  std::array<int, 2> labels = {};  // room for labels outside its frame, by side
  int loop_labels = 0, inner = 0;  // room between boxes and frame for lines inside the column
  int head = 0;                    // of its frame's title
  int frame_x = 0, frame_width = 0;
  [[nodiscard]] int box_x() const { return frame_x + kFramePad_px; }
  [[nodiscard]] int box_end() const { return box_x() + width; }
  [[nodiscard]] int frame_end() const { return frame_x + frame_width; }
};

class Layout {
 public:
  explicit Layout(const Graph& graph) : graph_(graph), ports_(graph.nodes.size()) {
    out_.nodes.resize(graph.nodes.size());
    out_.lines.resize(graph.edges.size());
  }

  DiagramLayout run() {
    measure_columns();
    add_ports();
    place_columns();
    place_rows();
    place_groups();
    for (size_t node = 0; node < graph_.nodes.size(); ++node) {
      for (const Side side : {kLeft, kRight}) place_ports(node, side);
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool loops(const Graph::Edge& edge) const {
    return graph_.nodes[edge.from].column == graph_.nodes[edge.to].column;
  }
  // The side of a box on which a line from or to `other` is.
  [[nodiscard]] Side side_of(size_t node, size_t other) const {
    return graph_.nodes[other].column < graph_.nodes[node].column ? kLeft : kRight;
  }

  void measure_columns() {
    for (const Graph::Node& node : graph_.nodes) {
      Column& column = column_at(node.column);
      for (const std::string& line : node.lines)
        column.width = std::max(column.width, width_px(shortened(line, kMostBoxCharacters)) + 2 * kBoxPad_px);
    }
    for (const Graph::Group& group : graph_.groups)
      column_at(group.column).head = width_px(shortened(group.label, kMostBoxCharacters)) + 2 * kFramePad_px;
    for (const Graph::Edge& edge : graph_.edges) {
      const int label = edge.label.empty() ? 0 : width_px(shortened(edge.label, kMostLabelCharacters)) + kBoxPad_px;
      Column& column = column_at(graph_.nodes[edge.to].column);
      int& room = loops(edge) ? column.loop_labels : column.labels[side_of(edge.to, edge.from)];
      room = std::max(room, label);
      if (loops(edge)) column.inner = column.loop_labels + kLoop_px;
    }
  }

  Column& column_at(size_t at) {
    if (columns_.size() <= at) columns_.resize(at + 1);
    return columns_[at];
  }

  void add_ports() {
    for (size_t i = 0; i < graph_.edges.size(); ++i) {
      const auto [from, to] = std::pair(graph_.edges[i].from, graph_.edges[i].to);
      ports_[from][side_of(from, to)].push_back({i, false, graph_.nodes[to].column, graph_.nodes[to].row});
      ports_[to][side_of(to, from)].push_back({i, true, graph_.nodes[from].column, graph_.nodes[from].row});
    }
    for (auto& sides : ports_) {
      for (std::vector<Port>& side : sides)
        std::ranges::stable_sort(side, {},
                                 [](const Port& port) { return std::tuple(port.row, port.column, port.edge); });
    }
  }

  void place_columns() {
    int x = kMargin_px;
    for (Column& column : columns_) {
      x += column.labels[kLeft];
      column.frame_x = x;
      column.frame_width = std::max(column.head, column.width + column.inner + 2 * kFramePad_px);
      x = column.frame_end() + column.labels[kRight] + kChannel_px;
    }
    out_.width = x - kChannel_px + kMargin_px;
  }

  void place_rows() {
    std::vector<int> heights;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Graph::Node& node = graph_.nodes[i];
      if (heights.size() <= node.row) heights.resize(node.row + 1);
      const size_t ports = std::max(ports_[i][kLeft].size(), ports_[i][kRight].size());
      const int text = static_cast<int>(node.lines.size()) * kTextLine_px + kBoxPad_px;
      out_.nodes[i].height = std::max(text, static_cast<int>(ports) * kPort_px + kBoxPad_px);
      heights[node.row] = std::max(heights[node.row], out_.nodes[i].height);
    }
    std::vector<int> tops;
    int y = kTitle_px + kFrameHead_px;
    for (const int height : heights) {
      tops.push_back(y);
      y += height + kRowGap_px;
    }
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Column& column = columns_[graph_.nodes[i].column];
      out_.nodes[i].x = column.box_x();
      out_.nodes[i].width = column.width;
      out_.nodes[i].y = tops[graph_.nodes[i].row];
    }
    out_.height = y + kFramePad_px;
  }

  void place_groups() {
    for (size_t i = 0; i < graph_.groups.size(); ++i) {
      const Column& column = columns_[graph_.groups[i].column];
      int end = kTitle_px + kFrameHead_px;
      for (size_t n = 0; n < graph_.nodes.size(); ++n) {
        if (graph_.nodes[n].group == i) end = std::max(end, out_.nodes[n].y + out_.nodes[n].height);
      }
      out_.groups.push_back({column.frame_x, kTitle_px, column.frame_width, end + kFramePad_px - kTitle_px});
    }
  }

  // Lines at one side of a box, evenly from its middle.
  void place_ports(size_t node, Side side) {
    const std::vector<Port>& ports = ports_[node][side];
    const DiagramLayout::Box& box = out_.nodes[node];
    int y = box.y + box.height / 2 - (static_cast<int>(ports.size()) - 1) * kPort_px / 2;
    for (const Port& port : ports) {
      place_end(port, columns_[graph_.nodes[node].column], side, y);
      y += kPort_px;
    }
  }

  void place_end(const Port& port, const Column& column, Side side, int y) {
    DiagramLayout::Line& line = out_.lines[port.edge];
    line.loops = loops(graph_.edges[port.edge]);
    const int box = side == kLeft ? column.box_x() : column.box_end();
    int bend = side == kLeft ? column.frame_x - column.labels[kLeft] : column.frame_end() + column.labels[kRight];
    if (line.loops) bend = box + column.loop_labels;
    (port.enters ? line.to_x : line.from_x) = box;
    (port.enters ? line.to_y : line.from_y) = y;
    (port.enters ? line.enters_x : line.leaves_x) = bend;
    if (!port.enters) return;
    line.label_ends = side == kLeft;
    line.label_x = line.loops      ? box + kBoxPad_px
                   : side == kLeft ? column.frame_x - kBoxPad_px
                                   : column.frame_end() + kBoxPad_px;
  }

  const Graph& graph_;
  DiagramLayout out_;
  std::vector<Column> columns_;
  std::vector<std::array<std::vector<Port>, 2>> ports_;  // of each node, by side
};

// Cells of a terminal that a character of so many bytes takes, about.
size_t cells(size_t bytes) { return bytes >= 3 ? 2 : 1; }

}  // namespace

std::string shortened(const std::string& text, size_t characters) {
  constexpr size_t kDots = 3;
  const std::string clean = printable(text);
  size_t at = 0, used = 0, cut = 0;  // cut: where the dots would go
  while (const size_t bytes = utf8_character(std::string_view(clean).substr(at))) {
    used += cells(bytes);
    if (used > characters) return clean.substr(0, cut) + "...";
    at += bytes;
    if (used + kDots <= characters) cut = at;
  }
  return clean;
}

int width_px(const std::string& text) {
  size_t used = 0, at = 0;
  while (const size_t bytes = utf8_character(std::string_view(text).substr(at))) {
    used += cells(bytes);
    at += bytes;
  }
  return static_cast<int>(used) * kCharacter_px;
}

DiagramLayout lay_out(const Graph& graph) { return Layout(graph).run(); }

}  // namespace glacis::control
