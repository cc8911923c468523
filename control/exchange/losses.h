#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// Something that another format cannot say, or says otherwise.
struct Loss {
  std::string model, element;  // "web-shop", "abuse/LM1"
  Position at;
  std::string what;  // one plain sentence
  friend bool operator==(const Loss& a, const Loss& b) {
    return a.model == b.model && a.element == b.element && a.what == b.what;
  }
};

// What is lost on the way, each once, in the order of model, file and line. Thread: one.
class Losses {
 public:
  void add(const std::string& model, std::string element, const Position& at, std::string what);
  [[nodiscard]] std::vector<Loss> list() const;

 private:
  std::vector<Loss> losses_;
};

// "web-shop.yaml:56: lost: abuse/LM1: ...", a line each, without control characters.
void print_losses(const std::vector<Loss>& losses, std::ostream& out);
// One array of objects: model, element, file, line, column, what.
[[nodiscard]] std::string losses_json(const std::vector<Loss>& losses);

}  // namespace glacis::control
