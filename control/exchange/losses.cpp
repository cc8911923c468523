#include "control/exchange/losses.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <tuple>

#include "control/exchange/one_line.h"

namespace glacis::control {

void Losses::add(const std::string& model, std::string element, const Position& at, std::string what) {
  losses_.push_back({model, std::move(element), at, std::move(what)});
}

std::vector<Loss> Losses::list() const {
  std::vector<Loss> out = losses_;
  const auto place = [](const Loss& l) {
    return std::tie(l.model, l.at.file, l.at.line, l.at.column, l.element, l.what);
  };
  std::ranges::sort(out, [&](const Loss& a, const Loss& b) { return place(a) < place(b); });
  const auto again = std::ranges::unique(out);
  out.erase(again.begin(), again.end());
  return out;
}

void print_losses(const std::vector<Loss>& losses, std::ostream& out) {
  for (const Loss& l : losses) {
    out << one_line(l.at.file) << ':' << l.at.line << ": lost: " << one_line(l.element) << ": " << one_line(l.what)
        << '\n';
  }
}

std::string losses_json(const std::vector<Loss>& losses) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Loss& l : losses) {
    out.push_back({{"model", l.model},
                   {"element", l.element},
                   {"file", l.at.file},
                   {"line", l.at.line},
                   {"column", l.at.column},
                   {"what", l.what}});
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace glacis::control
