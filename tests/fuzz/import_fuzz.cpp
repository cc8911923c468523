// Another tool's model behind a byte that picks the importer, or lets it be recognised. What is imported is a good
// model: it parses, composes as `check` does, and comes out the same again.
// With GLACIS_IMPORT_ONLY=FORMAT in the environment that importer alone is asked, whatever the byte: five times as
// fast, and no edge is another parser's. What a run finds so is then held to the rest by a run without it.
#include <cstdlib>
#include <span>
#include <string>

#include "control/exchange/import.h"
#include "control/exchange/import_report.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/parse.h"
#include "glacis/v1/policy.pb.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;
using namespace glacis::control;

constexpr int kFormats = 7;

std::optional<ForeignFormat> format_of(uint8_t byte) {
  const int picked = byte % (kFormats + 1);
  return picked == kFormats ? std::nullopt : std::optional(static_cast<ForeignFormat>(picked));
}

std::optional<ForeignFormat> the_only_format() {
  const char* const name = std::getenv("GLACIS_IMPORT_ONLY");
  const auto format = name == nullptr ? std::nullopt : format_called(name);
  require(name == nullptr || format.has_value(), "GLACIS_IMPORT_ONLY names a format");
  return format;
}

void check_draft(const ImportedModel& imported) {
  const ParseResult result = parse_model({{"draft.yaml", imported.text}});
  for (const Diagnostic& d : result.diagnostics) {
    if (d.level == Level::kError) std::fprintf(stderr, "%u: %s\n", d.at.line, d.message.c_str());
  }
  require(result.model.has_value(), "a draft parses");
  require(result.model->stage == "design", "a draft is a design");
  RuleIds ids;
  require(compile(std::span(&*result.model, 1), "", ids, CompileFor::kCheck).has_value(), "a draft composes");
  for (const char c : import_text(imported)) require(static_cast<uint8_t>(c) >= 0x20 || c == '\n', "a list only shows");
  (void)import_json(imported);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const SourceFile file{"theirs", std::string(reinterpret_cast<const char*>(data + 1), size - 1)};
  static const std::optional<ForeignFormat> only = the_only_format();
  const std::optional<ForeignFormat> format = only ? only : format_of(data[0]);
  const auto imported = import_model(file, format);
  if (!imported) {
    require(!imported.error().empty(), "a refusal has a reason");
    return 0;
  }
  if (only) return 0;
  check_draft(*imported);
  const auto again = import_model(file, format);
  require(again.has_value() && again->text == imported->text, "the same file gives the same draft");
  return 0;
}
