#include <expat.h>

#include <climits>
#include <memory>
#include <string>

#include "control/exchange/tree.h"

namespace glacis::control {
namespace {

// Builds the tree from expat's calls. The parser is stopped at a document type, so no entity is ever declared, and at
// what is too deep or too much.
class Builder {
 public:
  Builder(const SourceFile& file, std::vector<Diagnostic>& diagnostics) : file_(file), diagnostics_(diagnostics) {
    root_.kind = YamlTree::Kind::kMap;
    open_.push_back(&root_);
  }

  YamlTree read() {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
    const auto size = static_cast<int>(file_.text.size());  // bounded by kMaxForeignBytes
    if (XML_Parse(parser_.get(), file_.text.data(), size, XML_TRUE) == XML_STATUS_OK) return std::move(root_);
    if (!stopped_) fault("xml", std::string("not XML: ") + XML_ErrorString(XML_GetErrorCode(parser_.get())));
    return {};
  }

 private:
  static Builder& self(void* data) { return *static_cast<Builder*>(data); }
  static void on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    self(data).start(name, attributes);
  }
  static void on_end(void* data, const XML_Char*) { self(data).end(); }
  static void on_text(void* data, const XML_Char* text, int size) {
    self(data).open_.back()->text.append(text, static_cast<size_t>(size));
  }
  static void on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    self(data).stop("xml", "a document type is not read");
  }

  static std::string local(std::string_view name) { return std::string(name.substr(name.rfind(':') + 1)); }

  // Only the last child of what is open grows, so its place holds until it is closed.
  YamlTree& add(std::string name, YamlTree::Kind kind) {
    YamlTree key;
    key.kind = YamlTree::Kind::kScalar;
    key.text = std::move(name);
    YamlTree value;
    value.kind = kind;
    value.at = {file_.name, static_cast<uint32_t>(XML_GetCurrentLineNumber(parser_.get())),
                static_cast<uint32_t>(XML_GetCurrentColumnNumber(parser_.get()) + 1)};
    return open_.back()->entries.emplace_back(std::move(key), std::move(value)).second;
  }

  void start(const XML_Char* name, const XML_Char** attributes) {
    if (stopped_) return;
    if (open_.size() > kMaxForeignDepth) return stop("too-large", "nested deeper than 64 levels");
    YamlTree& element = add(local(name), YamlTree::Kind::kMap);
    open_.push_back(&element);
    for (; *attributes != nullptr; attributes += 2) {
      if (std::string_view(attributes[0]).starts_with("xmlns")) continue;
      if (++nodes_ > kMaxForeignNodes) return stop("too-large", "more than a million elements");
      add("@" + local(attributes[0]), YamlTree::Kind::kScalar).text = attributes[1];
    }
    if (++nodes_ > kMaxForeignNodes) stop("too-large", "more than a million elements");
  }
  void end() {
    if (!stopped_) open_.pop_back();
  }

  void stop(const char* code, const char* what) {
    if (!stopped_) fault(code, what);
    stopped_ = true;
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  void fault(const char* code, std::string what) {
    diagnostics_.push_back(foreign_fault(code, std::move(what), "",
                                         {file_.name, static_cast<uint32_t>(XML_GetCurrentLineNumber(parser_.get())),
                                          static_cast<uint32_t>(XML_GetCurrentColumnNumber(parser_.get()) + 1)}));
  }

  const SourceFile& file_;
  std::vector<Diagnostic>& diagnostics_;
  // Whatever a declaration says, it is read as UTF-8.
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_{XML_ParserCreate("UTF-8"), XML_ParserFree};
  YamlTree root_;
  std::vector<YamlTree*> open_;
  size_t nodes_ = 0;
  bool stopped_ = false;
};

static_assert(kMaxForeignBytes < INT_MAX);

}  // namespace

YamlTree read_xml(const SourceFile& file, std::vector<Diagnostic>& diagnostics) {
  return Builder(file, diagnostics).read();
}

}  // namespace glacis::control
