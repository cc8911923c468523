#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/exchange/tree.h"

namespace glacis::control {

// A rectangle of a drawing; y grows downwards.
struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  [[nodiscard]] double area() const { return width * height; }
  [[nodiscard]] bool holds(double x, double y) const {
    return x >= left && x <= left + width && y >= top && y <= top + height;
  }
};

// Drawings do not say what lies in what. A node is in the smallest box that its centre lies in: edges often overlap.
struct ZoneBox {
  Box box;
  std::string zone;  // id in the draft
};
// Empty: in none.
[[nodiscard]] std::string zone_around(const Box& node, const std::vector<ZoneBox>& zones);
// Outer box of each that lies in another, by its centre; pairs of ids, inner first.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> nested(const std::vector<ZoneBox>& zones);

// More boxes than these are not looked into.
inline constexpr size_t kMostZoneBoxes = 500;

}  // namespace glacis::control
