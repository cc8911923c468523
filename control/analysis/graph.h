#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/analysis/coverage.h"

namespace glacis::control {

// A picture as plain data: boxes in columns and rows, lines between them. Ids are made of names alone (graph_id), so a
// small edit of the model is a small edit of the picture. Text is the model's: to be escaped by who writes it.
struct Graph {
  enum class Shape : uint8_t { kProcess, kExternal, kStore, kJoin };
  struct Node {
    std::string id;
    std::vector<std::string> lines = {};
    Shape shape = Shape::kProcess;
    std::optional<Sight> sight = {};
    size_t column = 0, row = 0;
    std::optional<size_t> group = {};
  };
  // A zone.
  struct Group {
    std::string id, label;
    size_t column = 0;
  };
  enum class Mark : uint8_t {
    kPlain,
    kBoundary,  // crosses a declared boundary
    kUnseen,    // no tap sees it
    kEmpty,     // a boundary that no line crosses
  };
  struct Edge {
    size_t from = 0, to = 0;
    std::string label;
    Mark mark = Mark::kPlain;
  };
  std::string id, title;
  std::vector<Group> groups;  // each fills a column of its own
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

// "a_order_2dapi": the kind, then the name with all but letters and digits as _ and two hex digits. Never a word of a
// diagram language; two names have two ids.
[[nodiscard]] std::string graph_id(char kind, std::string_view name);

// Zones by trust, what stands in them in the order of the model, and each flows line from each of its ends to each.
[[nodiscard]] Graph data_flow(const Places& places);
// A case: its groups and steps, with what is seen of each.
[[nodiscard]] Graph attack_tree(const CaseCoverage& coverage, const Places& places);

}  // namespace glacis::control
