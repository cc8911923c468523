#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "control/analysis/static_check.h"
#include "control/exchange/import.h"
#include "control/exchange/import_report.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/parse.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

// "code: message" of each.
inline std::string faults_text(const std::vector<Diagnostic>& faults) {
  std::string out;
  for (const Diagnostic& d : faults) out += d.code + ": " + d.message + "\n";
  return out;
}

inline std::string fault_of(const std::string& text, std::optional<ForeignFormat> format = std::nullopt) {
  const auto imported = import_model({"theirs.txt", text}, format);
  return imported ? "" : faults_text(imported.error());
}

// A draft that parses and composes, or the test fails.
struct Imported {
  ImportedModel model;
  Model parsed;
  std::string list;  // as people read it
};

inline Imported imported(const std::string& text, std::optional<ForeignFormat> format = std::nullopt) {
  auto model = import_model({"theirs.txt", text}, format);
  EXPECT_TRUE(model) << faults_text(model ? std::vector<Diagnostic>() : model.error());
  if (!model) return {};
  ParseResult result = parse_model({{"draft.yaml", model->text}});
  EXPECT_TRUE(result.model) << faults_text(result.diagnostics) << model->text;
  if (!result.model) return {};
  RuleIds ids;
  const auto policy = compile({&*result.model, 1}, "", ids, CompileFor::kCheck);
  EXPECT_TRUE(policy) << model->text;
  EXPECT_EQ(result.model->stage, "design");
  std::string list = import_text(*model);
  return {std::move(*model), std::move(*result.model), std::move(list)};
}

inline const AssetElement& asset_of(const Imported& in, const std::string& id) {
  static const AssetElement kNone;
  for (const AssetElement& asset : in.parsed.assets) {
    if (asset.id == id) return asset;
  }
  ADD_FAILURE() << "no asset " << id << " in\n" << in.model.text;
  return kNone;
}

inline const FlowElement& flow_of(const Imported& in, const std::string& id) {
  static const FlowElement kNone;
  for (const FlowElement& flow : in.parsed.flows) {
    if (flow.id == id) return flow;
  }
  ADD_FAILURE() << "no flow " << id << " in\n" << in.model.text;
  return kNone;
}

inline bool told(const Imported& in, const std::string& line) {
  const bool found = in.list.find(line) != std::string::npos;
  EXPECT_TRUE(found) << "'" << line << "' is not in\n" << in.list;
  return found;
}

}  // namespace glacis::control
