#include "control/exchange/import.h"

#include <algorithm>
#include <array>

#include "control/exchange/draft_text.h"
#include "control/exchange/importers.h"
#include "control/exchange/tree.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

enum class Syntax : uint8_t { kJson, kYaml, kXml, kHcl };

struct Importer {
  ForeignFormat format;
  std::string_view name;
  void (*run)(const YamlTree& tree, Draft& draft);
};
constexpr std::array kImporters = {Importer{ForeignFormat::kThreagile, "threagile", import_threagile},
                                   Importer{ForeignFormat::kThreatDragon, "threat-dragon", import_threat_dragon},
                                   Importer{ForeignFormat::kOtm, "otm", import_otm},
                                   Importer{ForeignFormat::kTmt, "tmt", import_tmt},
                                   Importer{ForeignFormat::kPytm, "pytm", import_pytm},
                                   Importer{ForeignFormat::kTmBom, "tm-bom", import_tm_bom},
                                   Importer{ForeignFormat::kThreatcl, "threatcl", import_threatcl}};

const Importer& importer_of(ForeignFormat format) { return kImporters[static_cast<size_t>(format)]; }

// A line that begins with a block or an attribute that every threatcl file has.
bool looks_like_hcl(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("threatmodel ") || line.starts_with("threatmodel\t")) return true;
    if (line.starts_with("spec_version") && line.find('=') != std::string_view::npos) return true;
    at = end + 1;
  }
  return false;
}

Syntax syntax_of(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const char c = first == std::string_view::npos ? '\0' : text[first];
  if (c == '<') return Syntax::kXml;
  if (c == '{') return Syntax::kJson;
  return looks_like_hcl(text) ? Syntax::kHcl : Syntax::kYaml;
}

YamlTree read(const SourceFile& file, Syntax syntax, std::vector<Diagnostic>& diagnostics) {
  switch (syntax) {
    case Syntax::kJson:
      return read_json(file, diagnostics);
    case Syntax::kXml:
      return read_xml(file, diagnostics);
    case Syntax::kHcl:
      return read_hcl(file, diagnostics);
    case Syntax::kYaml:
      return read_yaml(file, diagnostics);
  }
  return {};
}

bool has(const YamlTree& tree, std::initializer_list<std::string_view> keys) {
  return std::ranges::all_of(keys, [&](std::string_view key) { return tree.find(key) != nullptr; });
}

std::optional<ForeignFormat> recognised(const YamlTree& tree) {
  if (has(tree, {"threagile_version"}) || has(tree, {"technical_assets"})) return ForeignFormat::kThreagile;
  if (has(tree, {"otmVersion"})) return ForeignFormat::kOtm;
  if (has(child_at(tree, "detail"), {"diagrams"})) return ForeignFormat::kThreatDragon;
  if (has(child_at(tree, "ThreatModel"), {"DrawingSurfaceList"})) return ForeignFormat::kTmt;
  if (has(tree, {"scope", "trust_zones"}) || has(tree, {"scope", "data_flows"})) return ForeignFormat::kTmBom;
  if (has(tree, {"boundaries", "flows", "assets"})) return ForeignFormat::kPytm;
  if (has(tree, {"threatmodel"})) return ForeignFormat::kThreatcl;
  return std::nullopt;
}

std::vector<Diagnostic> one(std::string code, std::string message, std::string hint, const SourceFile& file) {
  return {foreign_fault(std::move(code), std::move(message), std::move(hint), {file.name, 0, 0})};
}

// Threat Dragon 1 drew otherwise: with cells below `diagramJson`.
bool is_first_threat_dragon(const YamlTree& tree) {
  const auto& diagrams = items_at(child_at(tree, "detail"), "diagrams");
  return std::ranges::any_of(diagrams, [](const YamlTree& d) { return d.find("diagramJson") != nullptr; });
}

}  // namespace

std::string_view name_of(ForeignFormat format) { return importer_of(format).name; }

std::optional<ForeignFormat> format_called(std::string_view name) {
  const auto found = std::ranges::find(kImporters, name, &Importer::name);
  return found == kImporters.end() ? std::nullopt : std::optional(found->format);
}

std::string format_names() {
  std::string out;
  for (const Importer& importer : kImporters) out += (out.empty() ? "" : ", ") + std::string(importer.name);
  return out;
}

std::expected<ImportedModel, std::vector<Diagnostic>> import_model(const SourceFile& given,
                                                                   std::optional<ForeignFormat> format) {
  if (given.text.size() > kMaxForeignBytes) return std::unexpected(one("too-large", "larger than 16 MiB", "", given));
  SourceFile file = given;
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (file.text.starts_with(kByteOrderMark)) file.text.erase(0, kByteOrderMark.size());
  if (const size_t prefix = utf8_prefix(file.text); prefix < file.text.size())
    return std::unexpected(std::vector{
        foreign_fault("encoding", "not UTF-8 from here on", "save the file as UTF-8", place_of(file, prefix))});
  std::vector<Diagnostic> faults;
  const YamlTree tree = read(file, syntax_of(file.text), faults);
  if (has_errors(faults)) return std::unexpected(std::move(faults));
  if (!format) format = recognised(tree);
  if (!format)
    return std::unexpected(
        one("format", "none of the formats that are known", "--format is one of " + format_names(), file));
  if (*format == ForeignFormat::kThreatDragon && is_first_threat_dragon(tree))
    return std::unexpected(one("format", "Threat Dragon version 1", "open it in version 2 and save it there", file));
  ImportedModel out{*format, {}, ""};
  importer_of(*format).run(tree, out.draft);
  out.draft.finish(file.name.substr(0, file.name.rfind('.')));
  out.text = draft_text(out.draft, name_of(*format), file.name);
  if (out.draft.full() || out.text.size() > kMaxModelBytes)
    return std::unexpected(
        one("too-large", "more than a draft holds: 20,000 elements, 4 MiB", "import it in parts", file));
  return out;
}

}  // namespace glacis::control
