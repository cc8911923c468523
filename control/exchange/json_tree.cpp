#include <nlohmann/json.hpp>

#include "control/exchange/tree.h"

namespace glacis::control {
namespace {

// Builds the tree as the library's parser, which keeps its own stack, tells what it meets; false ends it.
class Builder : public nlohmann::json::json_sax_t {
 public:
  Builder(const SourceFile& file, std::vector<Diagnostic>& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  YamlTree take() { return std::move(root_); }

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put(scalar(value ? "true" : "false")); }
  bool number_integer(number_integer_t value) override { return put(scalar(std::to_string(value))); }
  bool number_unsigned(number_unsigned_t value) override { return put(scalar(std::to_string(value))); }
  bool number_float(number_float_t, const string_t& written) override { return put(scalar(written)); }
  bool string(string_t& value) override { return put(scalar(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(YamlTree::Kind::kMap); }
  bool start_array(std::size_t) override { return open(YamlTree::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception&) override {
    const size_t at = byte == 0 ? 0 : byte - 1;
    diagnostics_.push_back(foreign_fault("json", "not JSON from here on", "", place_of(file_, at)));
    return false;
  }

 private:
  static YamlTree scalar(std::string text) {
    YamlTree out;
    out.kind = YamlTree::Kind::kScalar;
    out.text = std::move(text);
    return out;
  }

  bool open(YamlTree::Kind kind) {
    if (open_.size() >= kMaxForeignDepth) return too_large("nested deeper than 64 levels");
    YamlTree out;
    out.kind = kind;
    YamlTree* const at = place(std::move(out));
    if (at == nullptr) return false;
    open_.push_back(at);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool put(YamlTree value) { return place(std::move(value)) != nullptr; }

  // Only the last child of what is open grows, so its place holds until it is closed.
  YamlTree* place(YamlTree value) {
    if (++nodes_ > kMaxForeignNodes) {
      too_large("more than a million values");
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    YamlTree& parent = *open_.back();
    if (parent.kind == YamlTree::Kind::kList) return &parent.items.emplace_back(std::move(value));
    return &parent.entries.emplace_back(scalar(key_), std::move(value)).second;
  }

  bool too_large(const char* what) {
    diagnostics_.push_back(foreign_fault("too-large", what, "", {file_.name, 0, 0}));
    return false;
  }

  const SourceFile& file_;
  std::vector<Diagnostic>& diagnostics_;
  YamlTree root_;
  std::vector<YamlTree*> open_;
  std::string key_;
  size_t nodes_ = 0;
};

}  // namespace

YamlTree read_json(const SourceFile& file, std::vector<Diagnostic>& diagnostics) {
  Builder builder(file, diagnostics);
  if (!nlohmann::json::sax_parse(file.text, &builder)) return {};
  return builder.take();
}

}  // namespace glacis::control
