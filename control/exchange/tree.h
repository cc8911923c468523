#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {

// Every foreign format is read into one kind of tree, so that an importer sees keys and values only. What is read is
// hostile: size, depth and number of values are bounded, nothing is looked up elsewhere, nothing is executed. A fault
// is one diagnostic, and the tree then is of no use. Any thread.

inline constexpr size_t kMaxForeignBytes = 16u << 20;
inline constexpr size_t kMaxForeignNodes = 1'000'000;
inline constexpr int kMaxForeignDepth = 64;
// Of one text an importer sees so many bytes: a long name that many refer to must not be copied for each.
inline constexpr size_t kMostForeignText = 4096;

// JSON (RFC 8259). No positions: elements are known by their names.
[[nodiscard]] YamlTree read_json(const SourceFile& file, std::vector<Diagnostic>& diagnostics);
// XML 1.0 without a document type. An element is a map of its children, a name standing as often as it does there, with
// its text; an attribute is a child "@NAME". Prefixes of names are cut.
[[nodiscard]] YamlTree read_xml(const SourceFile& file, std::vector<Diagnostic>& diagnostics);
// The part of HCL 2 that threatcl models use: attributes with plain values and lists, and nested blocks. A block is a
// map whose text is its label; what must be computed (a reference, a call, ${...}) is a value without text.
[[nodiscard]] YamlTree read_hcl(const SourceFile& file, std::vector<Diagnostic>& diagnostics);

// A fault of the file itself.
[[nodiscard]] Diagnostic foreign_fault(std::string code, std::string message, std::string hint, Position at);
// Line and column of a byte.
[[nodiscard]] Position place_of(const SourceFile& file, size_t byte);

// What stands under a key; empty where it is not there or is of another kind.
[[nodiscard]] std::string text_at(const YamlTree& tree, std::string_view key);
[[nodiscard]] const YamlTree& child_at(const YamlTree& tree, std::string_view key);
[[nodiscard]] const std::vector<YamlTree>& items_at(const YamlTree& tree, std::string_view key);
[[nodiscard]] const std::vector<YamlEntry>& entries_at(const YamlTree& tree, std::string_view key);
[[nodiscard]] std::vector<std::string> texts_at(const YamlTree& tree, std::string_view key);
// Every value whose key this is, as XML and HCL have them.
[[nodiscard]] std::vector<const YamlTree*> all_at(const YamlTree& tree, std::string_view key);
[[nodiscard]] bool flag_at(const YamlTree& tree, std::string_view key);
// Finite numbers only.
[[nodiscard]] std::optional<double> number_at(const YamlTree& tree, std::string_view key);

}  // namespace glacis::control
