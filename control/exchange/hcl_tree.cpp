#include <cctype>
#include <string>

#include "control/exchange/tree.h"

namespace glacis::control {
namespace {

// A recursive reader of blocks and attributes (HCL 2 syntax specification, "Structural Elements"). Expressions are not
// evaluated: of one that is no literal the end is found, by its brackets and quotes, and the value has no text.
class Reader {
 public:
  Reader(const SourceFile& file, std::vector<Diagnostic>& diagnostics)
      : file_(file), text_(file.text), diagnostics_(diagnostics) {}

  YamlTree read() {
    YamlTree out;
    out.kind = YamlTree::Kind::kMap;
    body(out, 0);
    if (failed_) return {};
    return out;
  }

 private:
  [[nodiscard]] bool ended() const { return failed_ || at_ >= text_.size(); }
  [[nodiscard]] char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  [[nodiscard]] bool next_is(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  static bool in_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  }

  void fail(const char* what) {
    if (!failed_) diagnostics_.push_back(foreign_fault("hcl", what, "", place_of(file_, at_)));
    failed_ = true;
  }
  void count() {
    if (++nodes_ > kMaxForeignNodes) fail("more than a million values");
  }

  void comment() {
    if (next_is("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }
  [[nodiscard]] bool at_comment() const { return peek() == '#' || next_is("//") || next_is("/*"); }
  // White space and comments; line ends too, or not.
  void blanks(bool lines) {
    while (!ended()) {
      const char c = peek();
      if (at_comment()) {
        comment();
      } else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
        ++at_;
      } else {
        return;
      }
    }
  }

  std::string name() {
    const size_t start = at_;
    while (!ended() && in_name(peek())) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  void body(YamlTree& out, int depth) {
    if (depth > kMaxForeignDepth) return fail("nested deeper than 64 levels");
    for (blanks(true); !ended(); blanks(true)) {
      if (peek() == '}') {
        if (depth == 0) return fail("a } too many");
        ++at_;
        return;
      }
      element(out, depth);
    }
    if (!failed_ && depth > 0) fail("a } is missing");
  }

  void element(YamlTree& out, int depth) {
    count();
    YamlTree key = scalar(name());
    if (key.text.empty()) return fail("a name is expected here");
    blanks(false);
    if (peek() == '=' && peek(1) != '=') {
      ++at_;
      blanks(false);
      YamlTree value = expression(depth);
      if (!failed_) out.entries.emplace_back(std::move(key), std::move(value));
      return;
    }
    block(std::move(key), out, depth);
  }

  void block(YamlTree key, YamlTree& out, int depth) {
    YamlTree value;
    value.kind = YamlTree::Kind::kMap;
    for (blanks(false); !ended() && peek() != '{'; blanks(false)) {
      const bool quoted = peek() == '"';
      const std::string label = quoted ? string().text : name();
      if (label.empty() && !quoted) return fail("a label, { or = is expected here");
      if (value.text.empty()) value.text = label;
    }
    if (peek() != '{') return fail("a { is missing");
    ++at_;
    body(value, depth + 1);
    if (!failed_) out.entries.emplace_back(std::move(key), std::move(value));
  }

  static YamlTree scalar(std::string text) {
    YamlTree out;
    out.kind = YamlTree::Kind::kScalar;
    out.text = std::move(text);
    return out;
  }

  // A literal, a list of them, or what is passed over.
  YamlTree expression(int depth) {
    count();
    if (depth > kMaxForeignDepth) fail("nested deeper than 64 levels");
    if (ended()) return {};
    const size_t start = at_;
    YamlTree out;
    if (peek() == '"') {
      out = string();
    } else if (next_is("<<")) {
      return here_document();
    } else if (peek() == '[') {
      out = list(depth);
    } else if (const std::string word = name(); is_literal(word)) {
      out = scalar(word);
    }
    blanks(false);
    if (failed_ || ends_value()) return out;
    at_ = start;
    pass_over();
    return {};
  }
  [[nodiscard]] bool ends_value() const {
    const char c = peek();
    return at_ >= text_.size() || c == '\n' || c == ',' || c == ']' || c == '}';
  }
  static bool is_literal(const std::string& word) {
    return word == "true" || word == "false" ||
           (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) != 0);
  }

  YamlTree list(int depth) {
    YamlTree out;
    out.kind = YamlTree::Kind::kList;
    ++at_;
    for (blanks(true); !ended() && peek() != ']'; blanks(true)) {
      out.items.push_back(expression(depth + 1));
      blanks(true);
      if (peek() == ',') {
        ++at_;
      } else if (peek() != ']') {
        fail("a , or ] is missing");
      }
    }
    if (ended()) {
      fail("a ] is missing");
    } else {
      ++at_;
    }
    return out;
  }

  // A template with ${ or %{ must be computed: it has no text.
  YamlTree string() {
    std::string out;
    bool computed = false;
    for (++at_; !ended() && peek() != '"'; ++at_) {
      if (peek() == '\n') break;
      computed |= (peek() == '$' || peek() == '%') && peek(1) == '{';
      if (peek() == '\\') {
        ++at_;
        out += peek() == 'n' || peek() == 't' ? ' ' : peek();
      } else {
        out += peek();
      }
    }
    if (peek() != '"') fail("a string does not end on its line");
    ++at_;
    if (computed) return {};
    return scalar(std::move(out));
  }

  // <<NAME or <<-NAME up to a line that is the name alone.
  YamlTree here_document() {
    at_ += peek(2) == '-' ? 3 : 2;
    const std::string end = name();
    if (end.empty()) fail("a name is missing after <<");
    std::string out;
    at_ = std::min(text_.find('\n', at_), text_.size());
    while (!ended()) {
      const size_t start = ++at_;
      at_ = std::min(text_.find('\n', std::min(start, text_.size())), text_.size());
      std::string_view line = text_.substr(std::min(start, text_.size()), at_ - std::min(start, at_));
      const size_t first = line.find_first_not_of(" \t");
      line.remove_prefix(std::min(first, line.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line == end) return scalar(std::move(out));
      out += std::string(line) + "\n";
    }
    fail("a here document does not end");
    return {};
  }

  // To the end of a value: a line end, , ] or } outside of brackets and quotes.
  void pass_over() {
    size_t open = 0;
    while (!ended()) {
      const char c = peek();
      if (open == 0 && ends_value()) return;
      if (c == '"') {
        (void)string();
        continue;
      }
      if (at_comment()) {
        comment();
        continue;
      }
      if (c == '(' || c == '[' || c == '{') ++open;
      if (c == ')' || c == ']' || c == '}') open -= open > 0 ? 1 : 0;
      ++at_;
    }
  }

  const SourceFile& file_;
  std::string_view text_;
  std::vector<Diagnostic>& diagnostics_;
  size_t at_ = 0, nodes_ = 0;
  bool failed_ = false;
};

}  // namespace

YamlTree read_hcl(const SourceFile& file, std::vector<Diagnostic>& diagnostics) {
  return Reader(file, diagnostics).read();
}

}  // namespace glacis::control
