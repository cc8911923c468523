// A model's text, as whoever may push can send it; a zero byte begins a file that it may include.
// Every diagnostic can be printed, and what is accepted compiles into a policy that a sensor builds.
#include <algorithm>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "control/threat_model/compile.h"
#include "control/threat_model/diagnostic.h"
#include "control/threat_model/parse.h"
#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;
using namespace glacis::control;

std::vector<SourceFile> files_of(std::string_view input) {
  std::vector<SourceFile> out;
  for (size_t at = 0; at <= input.size() && out.size() < 4;) {
    const size_t end = std::min(input.find('\0', at), input.size());
    out.push_back({out.empty() ? "model.yaml" : "part" + std::to_string(out.size()) + ".yaml",
                   std::string(input.substr(at, end - at))});
    at = end + 1;
  }
  return out;
}

void print(const ParseResult& result, const std::vector<SourceFile>& files) {
  std::ostringstream text, json;
  print_text(result.diagnostics, files, Colour::kOn, text);
  print_json(result.diagnostics, json);
  for (const Diagnostic& d : result.diagnostics)
    require(!d.code.empty() && !d.message.empty(), "a diagnostic has code and message");
}

void compile_for(const Model& model, const std::string& tap) {
  RuleIds ids, same_ids;
  const auto policy = compile(std::span(&model, 1), tap, ids);
  if (!policy) {
    require(!policy.error().empty(), "a refusal to compile has a reason");
    return;
  }
  const std::string bytes = serialise(*policy);
  const auto again = compile(std::span(&model, 1), tap, same_ids);
  require(again.has_value() && serialise(*again) == bytes, "the same model gives the same bytes");
  const auto built = build_generation(bytes, GenerationId(1), 1, nullptr);
  if (built) return;
  for (const Error& fault : built.error()) std::fprintf(stderr, "%s\n", fault.text().c_str());
  require(false, "a sensor builds what control compiled");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<SourceFile> files = files_of({reinterpret_cast<const char*>(data), size});
  const ParseResult result = parse_model(files);
  print(result, files);
  require(result.model.has_value() != has_errors(result.diagnostics), "a model, or an error that says why not");
  if (!result.model) return 0;
  compile_for(*result.model, "");
  if (!result.model->taps.empty()) compile_for(*result.model, result.model->taps.front().id);
  return 0;
}
