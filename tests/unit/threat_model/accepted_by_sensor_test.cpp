#include "control/threat_model/source_files.h"
#include "dataplane/policy/generation.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

std::string refusals(const std::string& path, const std::string& tap) {
  std::vector<Diagnostic> diagnostics;
  ParseResult result = parse_model(load_sources(path, diagnostics));
  if (!result.model) return told(result.diagnostics);
  std::string out;
  const auto generation =
      build_generation(serialise(policy_of({std::move(*result.model)}, tap)), GenerationId(1), 1, nullptr);
  if (generation) return "";
  for (const Error& fault : generation.error()) out += fault.text() + "\n";
  return out;
}

TEST(AcceptedBySensor, WhatControlCompilesASensorBuilds) {
  for (const char* tap : {"", "t-gate", "t-ward", "t-vault"})
    EXPECT_EQ(refusals(GLACIS_MODELS "clinic.yaml", tap), "") << tap;
  EXPECT_EQ(refusals(GLACIS_SHIPPED_MODELS "web-shop.yaml", "t-core"), "");
}

TEST(AcceptedBySensor, CarriedGroupsDoNotMakeASensorRefuse) {
  const auto accepts = [](const std::string& path) {
    const v1::Policy policy = policy_of("abuse: {c: {says: x, path: " + path + "}}\n");
    EXPECT_TRUE(policy.paths(0).enforced());
    const auto generation = build_generation(serialise(policy), GenerationId(1), 1, nullptr);
    if (!generation) ADD_FAILURE() << generation.error().at(0).text();
    return generation.has_value();
  };
  EXPECT_TRUE(accepts("{any: [{all: [{id: a, flow: data}, {id: b, flow: users}]}, {id: c, flow: users, from: data}]}"));
  EXPECT_TRUE(
      accepts("{then: [{optional: true, all: [{id: a, flow: data}, {id: b, flow: users}]}, {id: c, flow: users, from: "
              "data}]}"));
}

TEST(AcceptedBySensor, LimitsAreTheSensorsOwn) {
  std::string data;
  for (int i = 0; i < 64; ++i) data += "  d" + std::to_string(i) + ": {}\n";
  v1::Policy policy = policy_of("data:\n" + data);
  EXPECT_TRUE(build_generation(serialise(policy), GenerationId(1), 1, nullptr));
  *policy.add_data() = policy.data(0);
  EXPECT_FALSE(build_generation(serialise(policy), GenerationId(1), 1, nullptr))
      << "the sensor takes more than control lets pass";
}

}  // namespace
}  // namespace glacis::control
