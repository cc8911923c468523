#include "control/threat_model/pattern_check.h"

#include <hs/hs.h>

#include <cstdlib>

#include "dataplane/scan/pattern_cost.h"

namespace glacis::control {
namespace {

void check_one(const std::string& expression, const Position& at, std::vector<Diagnostic>& diagnostics) {
  if (auto fault = pattern_fault(expression)) {
    diagnostics.push_back({Level::kError, "bad-pattern", std::move(fault->what), std::move(fault->hint), at});
    return;
  }
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_expression_info(expression.c_str(), 0, &info, &error) != HS_SUCCESS) {
    diagnostics.push_back({Level::kError, "bad-pattern", std::string("the pattern does not compile: ") + (error != nullptr ? error->message : "unknown"), "", at});
    hs_free_compile_error(error);
    return;
  }
  if (info->min_width == 0) {
    diagnostics.push_back({Level::kError, "matches-all", "the pattern matches everything", "ask for at least one byte", at});
  }
  std::free(info);
}

void check_steps(const PathElement& node, std::vector<Diagnostic>& diagnostics) {
  if (node.kind == PathElement::Kind::kStep && node.step.verb == "content") check_one(node.step.pattern, node.step.at, diagnostics);
  for (const PathElement& inner : node.nodes) check_steps(inner, diagnostics);
}

}  // namespace

void check_patterns(const Model& model, std::vector<Diagnostic>& diagnostics) {
  for (const DataElement& data : model.data) {
    if (!data.pattern.empty()) check_one(data.pattern, data.pattern_at, diagnostics);
  }
  for (const AbuseElement& abuse : model.abuse) {
    if (abuse.path) check_steps(*abuse.path, diagnostics);
  }
}

}  // namespace glacis::control
