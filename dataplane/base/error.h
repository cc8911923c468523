#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace glacis {

// One fault of outside input: what, where, what to do. Cold code only.
struct Error {
  std::string what;   // "no such interface"
  std::string where;  // "sensor.yaml:12:5", "paths[3].root.nodes[1]", "tap0"; may be empty
  std::string hint;   // "did you mean 'eth0'?"; may be empty

  // "where: what (hint)"
  [[nodiscard]] std::string text() const {
    std::string out = where.empty() ? what : where + ": " + what;
    if (!hint.empty()) out += " (" + hint + ")";
    return out;
  }
};

template <class T>
using Expected = std::expected<T, Error>;

// Where all faults are reported at once.
template <class T>
using ExpectedAll = std::expected<T, std::vector<Error>>;

[[nodiscard]] inline std::unexpected<Error> fail(std::string what, std::string where = {}, std::string hint = {}) {
  return std::unexpected(Error{std::move(what), std::move(where), std::move(hint)});
}

}  // namespace glacis
