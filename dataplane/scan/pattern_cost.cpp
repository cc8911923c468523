#include "dataplane/scan/pattern_cost.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

namespace glacis {
namespace {

constexpr size_t kMost = SIZE_MAX / 4;

size_t product(size_t a, size_t b) { return b != 0 && a > kMost / b ? kMost : a * b; }
size_t sum(size_t a, size_t b) { return std::min(a + b, kMost); }

// Reads the expression once and counts positions as Hyperscan unrolls them. It knows just enough of the
// syntax to find what a repeat repeats; where it is unsure it counts more.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  size_t copies() {
    while (at_ < text_.size()) one();
    while (open_.size() > 1) close();
    return open_.back().all - std::min(open_.back().all, text_.size());
  }

 private:
  struct Level {
    size_t all = 0;   // positions of what was read in this group
    size_t last = 0;  // of them, those of what a repeat would repeat
  };

  void one() {
    const char c = text_[at_];
    if (text_.substr(at_).starts_with("(?#")) return skip_past(')');
    if (c == '(') return open();
    if (c == ')') return ++at_, close();
    if (c == '[') return read_class();
    if (c == '\\') return escape();
    if (c == '{' && repeat()) return;
    ++at_;
    if (c == '*' || c == '+' || c == '?') return;  // repeats that are not unrolled
    // With (?x) blanks are nothing, and a repeat behind them repeats what stands before them.
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    atom(blank ? open_.back().last : 0);
  }

  // One position more; `with` of those before belong to what may be repeated.
  void atom(size_t with) {
    Level& level = open_.back();
    level.all = sum(level.all, 1);
    level.last = sum(with, 1);
  }

  void open() {
    ++at_;
    open_.push_back({});
  }

  void close() {
    if (open_.size() == 1) return;
    const size_t inner = std::max<size_t>(open_.back().all, 1);
    open_.pop_back();
    open_.back().all = sum(open_.back().all, inner);
    open_.back().last = inner;
  }

  void skip_past(char end) { at_ = std::min(text_.find(end, at_), text_.size() - 1) + 1; }

  void read_class() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '^') ++at_;
    if (at_ < text_.size() && text_[at_] == ']') ++at_;
    while (at_ < text_.size() && text_[at_] != ']') {
      at_ += text_[at_] == '\\' ? 2 : posix_class();
    }
    at_ = std::min(at_ + 1, text_.size());
    atom(0);
  }

  // Bytes of a class such as [:^alpha:] within a class, else 1.
  [[nodiscard]] size_t posix_class() const {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with("[:")) return 1;
    const size_t end = rest.find_first_not_of("^abcdefghijklmnopqrstuvwxyz", 2);
    return end != std::string_view::npos && rest.substr(end).starts_with(":]") ? end + 2 : 1;
  }

  void escape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ = std::min(at_ + 2, text_.size());
    if (kind == 'Q' || kind == 'E') return;
    const bool braced = std::string_view("xpPNgko").find(kind) != std::string_view::npos && kind != '\0';
    if (braced && text_.substr(at_).starts_with("{")) skip_past('}');
    atom(0);
  }

  // {n}, {n,} or {n,m} at `at_`; false: a brace that stands for itself.
  bool repeat() {
    const size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return false;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    size_t most = 0;
    for (size_t i = 0; i < inside.size();) {
      size_t number = 0;
      const auto [stop, error] = std::from_chars(inside.data() + i, inside.data() + inside.size(), number);
      if (error == std::errc::result_out_of_range) number = kMost;
      if (error == std::errc::invalid_argument && inside[i] != ',') return false;
      most = std::max(most, number);
      i = error == std::errc::invalid_argument ? i + 1 : static_cast<size_t>(stop - inside.data());
    }
    at_ = end + 1;
    Level& level = open_.back();
    const size_t repeated = product(level.last, std::max<size_t>(most, 1));
    level.all = sum(level.all - std::min(level.all, level.last), repeated);
    level.last = repeated;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Level> open_{Level{}};
};

}  // namespace

size_t pattern_copies(std::string_view expression) { return Reader(expression).copies(); }

std::optional<Error> pattern_fault(std::string_view expression) {
  if (expression.size() > kMaxPatternBytes)
    return Error{"a pattern of " + std::to_string(expression.size()) + " bytes", "", "at most 4096"};
  if (expression.find('\0') != std::string_view::npos) return Error{"a zero byte in a pattern", "", "write \\x00"};
  const size_t copies = pattern_copies(expression);
  if (copies <= kMaxPatternCopies) return std::nullopt;
  return Error{"counted repeats of the pattern unroll into " + std::to_string(copies) + " copies", "", "at most 4096"};
}

}  // namespace glacis
